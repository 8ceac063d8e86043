/** `backstop withdraw`: a person takes a whole case back, from the lists, from the health record and from the receiver of HL7 messages. */
import type { Case } from '../case/case.ts';
import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import { makeAuditTrail } from '../systems/postgres/case-lists.ts';
import { queueHl7 } from './hl7-channel.ts';
import type { Data } from './open-data.ts';

export interface Withdrawn {
  /** Null where there is no health record. */
  readonly resources: number | null;
  /** Cancellations that were put into the outbox; null where no receiver is set. A worker sends them. */
  readonly messages: number | null;
}

/**
 * The case is closed first, so that no list and no card shows it and no job goes on with it; a later report or answer opens it again. Safe to
 * run twice: a step that was under way meanwhile may have written once more. Throws when the case moved at the same moment.
 */
export async function withdrawCase(subject: Case, data: Data, config: Config, log: Log): Promise<Withdrawn> {
  if (subject.state !== 'closed') {
    const stopped = { code: 'WITHDRAWN', text: 'A person took the case back.' };
    const moved = await data.store.advance(subject, 'withdraw', { to: 'closed', facts: { stopped }, detail: 'withdrawn by a person' }, 0);
    if (!moved) throw new Error('the case moved at the same moment: try again');
  }
  await makeAuditTrail(data.pool).add({ actor: 'command line', action: 'case-withdrawn', caseId: subject.id, detail: '' });
  const resources = config.FHIR_URL === '' ? null : await (await import('./outside.ts')).openRecord(config, log).withdraw(subject.id);
  const messages = config.HL7_OUT_HOST === '' ? null : (await queueHl7(config, data.pool, subject, true)).length;
  return { resources, messages };
}
