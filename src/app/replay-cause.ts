/** What stopped for one cause, taken up again: stored messages are read by today's rules and source profiles, and their cases start anew. */
import { readFileSync } from 'node:fs';
import { reportChanges } from '../case/report-changes.ts';
import type { Config } from '../config.ts';
import { readStoredMessage } from '../systems/hl7/read-stored-message.ts';
import { DEFAULT_PROFILE, readSourceProfiles } from '../systems/hl7/source-profile.ts';
import { joined, makeReplay, type StoredMessage } from '../systems/postgres/inbox.ts';
import { messagesOfCause } from '../systems/postgres/replay-by-cause.ts';
import type { ReplayItem, ReplayPort } from '../web/operations/replay-port.ts';
import type { Data } from './open-data.ts';

const AT_MOST = 500;

export function replayCause(data: Data, config: Config): ReplayPort {
  const store = makeReplay({ pool: data.pool, enqueue: data.jobs.enqueue });
  const look = async (message: StoredMessage) => {
    const verdict = readNow(config, message);
    const held = message.caseId ? await data.store.load(message.caseId) : undefined;
    const report = verdict.kind === 'report' && verdict.report ? joined(await store.before(message), verdict.report) : null;
    const unusable = verdict.kind === 'report' ? verdict.unusable : null;
    return { held, report, unusable, changes: report ? reportChanges(held?.facts.report ?? null, report) : [] };
  };
  return {
    plan: async (code) => {
      const items: ReplayItem[] = [];
      for (const message of await messagesOfCause(data.pool, code, AT_MOST)) {
        const { held, report, unusable, changes } = await look(message);
        items.push({
          messageId: message.id,
          caseId: message.caseId,
          receivedAt: message.receivedAt,
          source: message.source,
          then: !report ? 'unreadable' : unusable ? 'stops-again' : held && changes.length === 0 ? 'starts-again' : 'changed',
          because: unusable ? `${unusable.code}: ${unusable.text}` : '',
          changes,
        });
      }
      return items;
    },
    run: async (code, messageId) => {
      const counts = { started: 0, changed: 0, left: 0 };
      const messages = await messagesOfCause(data.pool, code, AT_MOST);
      for (const message of messages.filter((one) => messageId === null || one.id === messageId)) {
        const { held, report, unusable, changes } = await look(message);
        if (!report || unusable) counts.left += 1;
        else if (held && changes.length === 0) {
          const moved = await data.store.advance(
            held,
            'replay',
            { to: 'received', facts: { stopped: null }, detail: `taken up again after ${code}` },
            0,
          );
          if (moved) counts.started += 1;
          else counts.left += 1;
        } else {
          await store.apply(message, report, unusable);
          counts.changed += 1;
        }
      }
      return counts;
    },
  };
}

/** The profiles are read each time: a mapping that was corrected a minute ago counts. */
function readNow(config: Config, message: StoredMessage) {
  const file = config.HL7_SOURCES === '' ? { profiles: [DEFAULT_PROFILE] } : readSourceProfiles(readFileSync(config.HL7_SOURCES, 'utf8'));
  if ('faults' in file) throw new Error(`${config.HL7_SOURCES} is faulty: ${file.faults.join('; ')}`);
  const profile = file.profiles.find((one) => one.name === message.source) ?? DEFAULT_PROFILE;
  return readStoredMessage(message.bytes, profile, message.flags);
}
