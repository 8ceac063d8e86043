/** Referrals, their cancellations and results as HL7 v2 messages: put into the durable outbox once for each occasion, and sent one at a time. */
import { readFileSync } from 'node:fs';
import type { Case } from '../case/case.ts';
import type { Config } from '../config.ts';
import { GiveUp } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { startChannel } from '../systems/hl7/outbound.ts';
import { onlyOne } from '../systems/postgres/only-one.ts';
import { makeOutbox, outboxKeys } from '../systems/postgres/outbox.ts';
import type { Pool } from '../systems/postgres/pool.ts';
import { HL7_KINDS, keyPrefix, owedMessages } from './hl7-messages.ts';

export interface Hl7Channel {
  /** Safe to run twice: a message is added once by its key. Gives the keys, for the state of the delivery. */
  queue(subject: Case): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Name of the outbox that holds them. */
export const CHANNEL = 'referrals';

/** Every worker may queue; one of them sends. Null when no receiver is set. */
export function startHl7Channel(config: Config, pool: Pool, log: Log): Hl7Channel | null {
  if (config.HL7_OUT_HOST === '') return null;
  const unknown = config.HL7_OUT_KINDS.filter((kind) => !HL7_KINDS.some((known) => known === kind));
  if (unknown.length > 0)
    throw new GiveUp(`HL7_OUT_KINDS: ${unknown.join(', ')} is none of ${HL7_KINDS.join(', ')}`, { code: 'CONFIG_FAULTY', phase: 'parse' });
  const outbox = makeOutbox(pool);
  const sender = onlyOne(pool, `outbox ${CHANNEL}`);
  const channel = startChannel({
    isMine: () => sender.isMine(),
    channel: CHANNEL,
    receiver: receiverOf(config),
    outbox,
    log,
  });
  return {
    queue: async (subject) => {
      const keys = await queueHl7(config, pool, subject);
      channel.wake();
      return keys;
    },
    close: async () => {
      await channel.close();
      await sender.close();
    },
  };
}

/** Where messages go, and how. Throws when a file of the TLS settings cannot be read. */
export const receiverOf = (config: Config) => ({ host: config.HL7_OUT_HOST, port: config.HL7_OUT_PORT, ...tlsOf(config) });

function tlsOf(config: Config) {
  if (!config.HL7_OUT_TLS) return {};
  const file = (name: 'ca' | 'cert' | 'key', path: string) => (path === '' ? {} : { [name]: readFileSync(path, 'utf8') });
  return {
    tls: { ...file('ca', config.HL7_OUT_TLS_CA_FILE), ...file('cert', config.HL7_OUT_TLS_CERT_FILE), ...file('key', config.HL7_OUT_TLS_KEY_FILE) },
  };
}

/** Puts what the case owes into the outbox, once; `withdrawn`: a person takes the case back. Gives the keys. */
export async function queueHl7(config: Config, pool: Pool, subject: Case, withdrawn = false): Promise<readonly string[]> {
  const outbox = makeOutbox(pool);
  const owed = owedMessages(subject, await outboxKeys(pool, CHANNEL, keyPrefix(config, subject)), config, withdrawn);
  for (const { key, controlId, bytes } of owed) if (bytes) await outbox.add(CHANNEL, { key, controlId, bytes });
  return owed.map((one) => one.key);
}
