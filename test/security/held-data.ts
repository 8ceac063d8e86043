/** Invented people's messages and cases in a real database, of any age and state: for the tests of retention and of a person's data. */
import { randomUUID } from 'node:crypto';
import { makeLog } from '#src/lib/log.ts';
import { readStoredMessage } from '#src/systems/hl7/read-stored-message.ts';
import { DEFAULT_PROFILE } from '#src/systems/hl7/source-profile.ts';
import { makeJobs } from '#src/systems/queue/jobs.ts';
import { makeInbox } from '#test/inbox.ts';
import { type TestDatabase, testDatabase } from '../database.ts';
import { oru } from '../systems/hl7/messages.ts';

export interface HeldData extends TestDatabase {
  /** Stores a report as the listener would; gives the case. */
  report(options: { readonly pid: string; readonly accession: string }): Promise<string>;
  /** Stores a message that is no report. */
  other(text: string, unusable?: { readonly code: string; readonly text: string }): Promise<string>;
  /** Makes a case what it became, so many days ago. */
  became(
    id: string,
    change: { readonly state: string; readonly days: number; readonly outcome?: string; readonly answers?: readonly string[] },
  ): Promise<void>;
  count(table: string): Promise<number>;
}

export async function heldData(): Promise<HeldData> {
  const database = await testDatabase();
  const jobs = makeJobs({ pool: database.pool, log: makeLog({ level: 'silent' }) });
  const inbox = makeInbox({ pool: database.pool, enqueue: jobs.enqueue });
  const raw = (bytes: Buffer, messageType: string) => ({
    source: DEFAULT_PROFILE.name,
    sendingApplication: 'RIS',
    sendingFacility: 'NORTH',
    controlId: randomUUID(),
    messageType,
    bytes,
    charset: 'utf-8',
    remoteAddress: '127.0.0.1',
    flags: [],
  });
  return {
    ...database,
    report: async ({ pid, accession }) => {
      const bytes = Buffer.from(oru({ pid, accession, controlId: randomUUID() }));
      const verdict = readStoredMessage(bytes, DEFAULT_PROFILE);
      if (verdict.kind !== 'report' || !verdict.report) throw new Error(`no report: ${verdict.kind}`);
      const received = await inbox.receive(raw(bytes, 'ORU^R01'), verdict.report, null);
      if (received.kind !== 'stored' || !received.caseId) throw new Error('no case');
      return received.caseId;
    },
    other: async (text, unusable) => (await inbox.receive(raw(Buffer.from(text), 'ADT^A08'), null, unusable ?? null)).messageId,
    became: async (id, { state, days, outcome, answers = [] }) => {
      const list = answers.map((kind, index) => ({ key: `${index}`, kind, at: `2026-01-0${index + 1}T00:00:00Z` }));
      await database.pool.query(
        `UPDATE backstop.cases SET state = $2, outcome = $3, facts = jsonb_set(facts, '{answers}', $4), updated_at = now() - make_interval(days => $5) WHERE id = $1`,
        [id, state, outcome ?? null, JSON.stringify(list), days],
      );
      await database.pool.query(
        `UPDATE backstop.message SET received_at = now() - make_interval(days => $2)
         WHERE case_id = $1 OR id IN (SELECT message_id FROM backstop.case_report WHERE case_id = $1)`,
        [id, days],
      );
    },
    count: async (table) => Number((await database.pool.query<{ n: string }>(`SELECT count(*) AS n FROM backstop.${table}`)).rows[0]?.n),
    close: async () => {
      await jobs.close();
      await database.close();
    },
  };
}

/** PID-3 and PID-5 of an invented person. */
export function pid(id: string, family = 'Example', authority = 'NORTH', born = '19440511'): string {
  return `PID|1||${id}^^^${authority}^MR||${family}^Edith||${born}|F`;
}
