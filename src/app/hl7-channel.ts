/** Referrals and results as HL7 v2 messages: put into the durable outbox once for each version of a case, and sent one at a time. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Case } from '../case/case.ts';
import type { Config } from '../config.ts';
import { GiveUp } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Envelope } from '../systems/hl7/build-message.ts';
import { startChannel } from '../systems/hl7/outbound.ts';
import { referralMessage, referralOrderMessage } from '../systems/hl7/referral-message.ts';
import { resultMessage } from '../systems/hl7/result-message.ts';
import { onlyOne } from '../systems/postgres/only-one.ts';
import { makeOutbox } from '../systems/postgres/outbox.ts';
import type { Pool } from '../systems/postgres/pool.ts';

export interface Hl7Channel {
  /** Safe to run twice: a message is added once by its key. Gives the keys, for the state of the delivery. */
  queue(subject: Case): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Name of the outbox that holds them. */
export const CHANNEL = 'referrals';
const KINDS = ['REF_I12', 'ORM_O01', 'ORU_R01'] as const;
type Kind = (typeof KINDS)[number];

/** Every worker may queue; one of them sends. Null when no receiver is set. */
export function startHl7Channel(config: Config, pool: Pool, log: Log): Hl7Channel | null {
  if (config.HL7_OUT_HOST === '') return null;
  const unknown = config.HL7_OUT_KINDS.filter((kind) => !KINDS.some((known) => known === kind));
  if (unknown.length > 0)
    throw new GiveUp(`HL7_OUT_KINDS: ${unknown.join(', ')} is none of ${KINDS.join(', ')}`, { code: 'CONFIG_FAULTY', phase: 'parse' });
  const outbox = makeOutbox(pool);
  const sender = onlyOne(pool, `outbox ${CHANNEL}`);
  const channel = startChannel({
    isMine: () => sender.isMine(),
    channel: CHANNEL,
    receiver: { host: config.HL7_OUT_HOST, port: config.HL7_OUT_PORT, ...tlsOf(config) },
    outbox,
    log,
  });
  return {
    queue: async (subject) => {
      const keys: string[] = [];
      for (const kind of KINDS.filter((known) => config.HL7_OUT_KINDS.includes(known))) {
        if (kind !== 'ORU_R01' && subject.facts.decision?.outcome !== 'refer') continue;
        const key = `${config.SITE}|${subject.id}|${subject.reportVersion}|${subject.facts.decision?.rule ?? ''}|${kind}`;
        const controlId = createHash('sha256').update(key).digest('hex').slice(0, 20).toUpperCase();
        await outbox.add(CHANNEL, { key, controlId, bytes: build(kind, subject, config, controlId) });
        keys.push(key);
      }
      channel.wake();
      return keys;
    },
    close: async () => {
      await channel.close();
      await sender.close();
    },
  };
}

function tlsOf(config: Config) {
  if (!config.HL7_OUT_TLS) return {};
  const file = (name: 'ca' | 'cert' | 'key', path: string) => (path === '' ? {} : { [name]: readFileSync(path, 'utf8') });
  return {
    tls: { ...file('ca', config.HL7_OUT_TLS_CA_FILE), ...file('cert', config.HL7_OUT_TLS_CERT_FILE), ...file('key', config.HL7_OUT_TLS_KEY_FILE) },
  };
}

function build(kind: Kind, subject: Case, config: Config, controlId: string): Buffer {
  const envelope: Envelope = {
    sendingApplication: config.HL7_OUR_APPLICATION,
    sendingFacility: config.HL7_OUR_FACILITY,
    receivingApplication: config.HL7_OUT_APPLICATION,
    receivingFacility: config.HL7_OUT_FACILITY,
    controlId,
    at: new Date(),
    processingId: 'P',
  };
  if (kind === 'ORU_R01') return resultMessage(subject, envelope);
  const [code = '', text = '', system = ''] = config.HL7_OUT_SERVICE.split('|');
  const settings = { service: { code, text, system }, referredTo: text };
  return kind === 'REF_I12' ? referralMessage(subject, settings, envelope) : referralOrderMessage(subject, settings, envelope);
}
