/**
 * Every some minutes the listener process sends itself the report of an invented patient: over a socket on loopback, through the listener's own
 * code, into a table of its own, and on as a job to a worker. What arrives there proves socket, parser, database, queue, grammar and rules.
 */
import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import { startListener } from '../systems/hl7/listener.ts';
import { MllpClient } from '../systems/hl7/mllp-client.ts';
import { proofMessage } from '../systems/hl7/proof-message.ts';
import { readMessage } from '../systems/hl7/read-message.ts';
import { DEFAULT_PROFILE } from '../systems/hl7/source-profile.ts';
import { failedAtDoor, makeProofIntake } from '../systems/postgres/proofs.ts';
import { type Data, type Running, systemClock } from './open-data.ts';

const LIMIT_MS = 10_000;
/** Its door is no feed: it is on no list of feeds and in no metric of messages. */
const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface Proving extends Running {
  /** One more now; resolves when it is acknowledged. */
  prove(): Promise<void>;
}

export async function proveDoor(config: Config, data: Data, log: Log): Promise<Proving> {
  let startedAt = systemClock.now();
  const profile = { ...DEFAULT_PROFILE, name: 'proof', host: '127.0.0.1' };
  const intake = makeProofIntake(
    data.pool,
    data.jobs.enqueueProof,
    () => startedAt,
    (message) => {
      const verdict = readMessage(message, profile);
      return verdict.kind === 'report' && verdict.report ? { report: verdict.report, unusable: verdict.unusable } : null;
    },
  );
  const door = await startListener({ profile, intake, log: SILENT, clock: systemClock, port: 0 });
  const prove = async (): Promise<void> => {
    startedAt = systemClock.now();
    const controlId = `PROOF${startedAt.getTime()}`;
    const client = new MllpClient({ host: '127.0.0.1', port: door.port }, LIMIT_MS);
    try {
      const answer = await client.send(proofMessage(controlId, startedAt), controlId, LIMIT_MS);
      if (answer.code !== 'AA' && answer.code !== 'CA') await failedAtDoor(data.pool, startedAt, 'PROOF_NOT_TAKEN');
    } catch (error) {
      await failedAtDoor(data.pool, startedAt, 'PROOF_NO_ANSWER');
      throw error;
    } finally {
      client.close();
    }
  };
  let running: Promise<void> = Promise.resolve();
  const again = (): void => {
    running = prove().catch((error: unknown) => {
      log.error('queue.error', { queue: 'proof', code: error instanceof Error && 'code' in error ? String(error.code) : 'unknown' });
    });
  };
  const timer = setInterval(again, config.PROOF_MINUTES * 60_000);
  again();
  return {
    prove,
    close: async () => {
      clearInterval(timer);
      await running;
      await door.close();
    },
  };
}
