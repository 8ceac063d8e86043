/** What stopped for one cause, taken up again: stored messages are read by today's rules and source profiles, and their cases start anew. */
import { readFileSync } from 'node:fs';
import { reportChanges } from '../case/report-changes.ts';
import type { Config } from '../config.ts';
import { readStoredMessage } from '../systems/hl7/read-stored-message.ts';
import { DEFAULT_PROFILE, readSourceProfiles } from '../systems/hl7/source-profile.ts';
import { joined, makeReplay, type StoredMessage } from '../systems/postgres/replay.ts';
import { messagesOfCause } from '../systems/postgres/replay-by-cause.ts';
import { replayParts } from '../systems/postgres/replay-parts.ts';
import type { ReplayItem, ReplayPort } from '../web/operations/replay-port.ts';
import type { Data } from './open-data.ts';

const AT_MOST = 500;

export function replayCause(data: Data, config: Config): ReplayPort {
  const store = makeReplay({ pool: data.pool, enqueue: data.jobs.enqueue });
  /** The reports of a message that stopped for this cause; of several reports in one message only those. */
  const look = async (stored: StoredMessage, code: string) => {
    const verdict = readNow(config, stored);
    const reads = verdict.kind === 'report' && verdict.report ? [{ report: verdict.report, unusable: verdict.unusable }, ...verdict.more] : [];
    const looked = [];
    for (const { read, message, link } of await replayParts(data.pool, stored, reads)) {
      const held = message.caseId ? await data.store.load(message.caseId) : undefined;
      if (held && (held.facts.stopped?.code ?? 'UNKNOWN') !== code) continue;
      const report = joined(await store.before(message), read.report);
      looked.push({ message, link, held, report, unusable: read.unusable, changes: reportChanges(held?.facts.report ?? null, report) });
    }
    return looked;
  };
  return {
    plan: async (code) => {
      const items: ReplayItem[] = [];
      for (const stored of await messagesOfCause(data.pool, code, AT_MOST)) {
        const about = (message: StoredMessage) => ({
          messageId: message.id,
          caseId: message.caseId,
          receivedAt: message.receivedAt,
          source: message.source,
        });
        const looked = await look(stored, code);
        if (looked.length === 0) items.push({ ...about(stored), then: 'unreadable', because: '', changes: [] });
        for (const { message, held, unusable, changes } of looked) {
          items.push({
            ...about(message),
            then: unusable ? 'stops-again' : held && changes.length === 0 ? 'starts-again' : 'changed',
            because: unusable ? `${unusable.code}: ${unusable.text}` : '',
            changes,
          });
        }
      }
      return items;
    },
    run: async (code, messageId, trail) => {
      const counts = { started: 0, changed: 0, left: 0 };
      const messages = await messagesOfCause(data.pool, code, AT_MOST);
      for (const stored of messages.filter((one) => messageId === null || one.id === messageId)) {
        const looked = await look(stored, code);
        if (looked.length === 0) counts.left += 1;
        for (const { message, link, held, report, unusable, changes } of looked) {
          if (unusable) counts.left += 1;
          else if (held && changes.length === 0) {
            const again = { to: 'received', facts: { stopped: null }, detail: `taken up again after ${code}` } as const;
            if (await data.store.advance(held, 'replay', again, 0, trail(held.id))) counts.started += 1;
            else counts.left += 1;
          } else {
            await store.apply(message, report, unusable, link, trail);
            counts.changed += 1;
          }
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
