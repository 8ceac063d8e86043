/** `backstop withdraw`: a person takes a whole case back, from the lists, the health record, the receiver of HL7 messages and the image archive. */
import type { Case } from '../case/case.ts';
import type { Config } from '../config.ts';
import { AskAHuman, GiveUp, TryLater } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { makeAuditTrail } from '../systems/postgres/case-lists.ts';
import { keepArtifact } from '../systems/postgres/keep-artifact.ts';
import { queueHl7 } from './hl7-channel.ts';
import { type Data, systemClock } from './open-data.ts';
import { asArtifact, rejectResults, standingResults, storedResults } from './stored-results.ts';

export interface Withdrawn {
  /** Null where there is no health record. */
  readonly resources: number | null;
  /** Cancellations that were put into the outbox; null where no receiver is set. A worker sends them. */
  readonly messages: number | null;
  readonly results: RejectedResults;
}

/** Key images and measurements that stood in the archive. */
export interface RejectedResults {
  readonly standing: number;
  /** Why they were left as they are; null: each is marked by a note. */
  readonly left: string | null;
  /** It is to be tried again. */
  readonly failed: boolean;
}

/**
 * The case is closed first, so that no list and no card shows it and no job goes on with it; a later report or answer opens it again. Safe to
 * run twice: a step that was under way meanwhile may have written once more. Throws when the case moved at the same moment.
 */
export async function withdrawCase(subject: Case, data: Data, config: Config, log: Log, softwareVersion: string): Promise<Withdrawn> {
  if (subject.state !== 'closed') {
    const stopped = { code: 'WITHDRAWN', text: 'A person took the case back.' };
    const moved = await data.store.advance(subject, 'withdraw', { to: 'closed', facts: { stopped }, detail: 'withdrawn by a person' }, 0);
    if (!moved) throw new Error('the case moved at the same moment: try again');
  }
  await makeAuditTrail(data.pool).add({ actor: 'command line', action: 'case-withdrawn', caseId: subject.id, detail: '' });
  const resources = config.FHIR_URL === '' ? null : await (await import('./outside.ts')).openRecord(config, log).withdraw(subject.id);
  const messages = config.HL7_OUT_HOST === '' ? null : (await queueHl7(config, data.pool, subject, true)).length;
  return { resources, messages, results: await rejected(subject, data, config, log, softwareVersion) };
}

/** Only where the site lets us write into its archive. What failed there is told and does not undo the rest. */
async function rejected(subject: Case, data: Data, config: Config, log: Log, softwareVersion: string): Promise<RejectedResults> {
  const stored = await storedResults(subject, data.store);
  const standing = standingResults(stored).length;
  if (standing === 0) return { standing, left: null, failed: false };
  if (!config.STORE_RESULTS || config.SHADOW) return { standing, left: config.SHADOW ? 'SHADOW is on' : 'STORE_RESULTS is off', failed: false };
  const archive = (await import('./outside.ts')).openArchive(config, log);
  try {
    const because = 'Withdrawn by a person: this result does not stand. It is no statement that there is no fracture.';
    const list = await rejectResults(subject, stored, because, { archive, clock: systemClock }, softwareVersion);
    await keepArtifact(data.pool, subject.id, asArtifact(list));
    return { standing, left: null, failed: false };
  } catch (error) {
    if (!(error instanceof TryLater || error instanceof GiveUp || error instanceof AskAHuman)) throw error;
    return { standing, left: error.message, failed: true };
  } finally {
    await archive.close();
  }
}
