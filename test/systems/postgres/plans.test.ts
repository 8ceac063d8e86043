/** Every query that a person or a hook waits for finds its rows by an index: told by the plan, over a few thousand cases of a made year. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import * as sql from '#src/systems/postgres/queries.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { storeYear } from '../../../tools/year/store-year.ts';
import { DEFAULT_YEAR } from '../../../tools/year/year-options.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
  await storeYear(database.pool, { ...DEFAULT_YEAR, reports: 1500 });
});
after(() => database?.close());

/** Text of the plan, with sequential scans made expensive, so that a query which has an index path shows it on a small table too. */
async function planOf(query: string, values: readonly unknown[]): Promise<string> {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN; SET LOCAL enable_seqscan = off');
    const plan = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${query}`, [...values]);
    return plan.rows.map((row) => row['QUERY PLAN']).join('\n');
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

const QUERIES = new Map<string, string>(Object.entries(sql));
const ID = randomUUID();
const CASES: readonly (readonly [name: keyof typeof sql, values: readonly unknown[], index: string])[] = [
  ['cardRows', ['Patient/1'], 'cases_patient'],
  ['listCasesOfPatient', ['Patient/1', 20, 0], 'cases_patient'],
  ['listWorklist', [['refer'], ['proposed', 'accepted']], 'cases_outcome'],
  ['listReviews', [], 'cases_review'],
  ['listForAudit', ['2025-02-01', '2025-02-28'], 'cases_report_day'],
  ['countBacklog', [], 'cases_outcome'],
  ['listSummaries', [50, 0], 'cases_updated'],
  ['listCases', [50, 0], 'cases_updated'],
  ['listCasesInStates', [['parked'], 50, 0], 'cases_state'],
  ['standingCases', ['received', 60_000, '2026-01-01', ID], 'cases_state'],
  ['loadCase', [ID], 'cases_pkey'],
  ['listEvents', [ID], 'case_event_case'],
  ['findArtifact', [ID, 'key-image.png'], 'artifact_pkey'],
  ['caseOfCard', [ID], 'card_pkey'],
  ['findMessage', ['a', 'b', 'c', 'd', Buffer.alloc(32)], 'message_once'],
  ['keepBatch', ['[]', Buffer.alloc(1)], 'message_once'],
  ['keptMessages', [[ID]], 'message_pkey'],
  ['fileBatch', ['[]', '{}'], 'message_pkey'],
  ['setFiled', [ID, ID, null, null], 'message_pkey'],
  ['isUnfiled', [ID], 'message_pkey'],
  ['countUnfiled', [], 'message_unfiled'],
  ['oldestUnfiled', [], 'message_unfiled'],
  ['findCaseByKey', ['a|accession|1'], 'cases_case_key_key'],
  ['nextOutbox', ['hl7'], 'outbox_waiting'],
  ['linkMessage', [ID, ID], 'message_pkey'],
  ['advanceCase', [ID, 1, 'read', '{}', null, null, null], 'cases_pkey'],
  ['reopenCase', [ID, 'received', '{}'], 'cases_pkey'],
  ['lockCase', [ID], 'cases_pkey'],
  ['triedOutbox', [ID, null], 'outbox_pkey'],
  ['endOutbox', [ID, 'sent', null], 'outbox_pkey'],
  ['outboxKeys', ['hl7', 'site|1|%'], 'outbox_key'],
  ['findJti', ['issuer', 'jti'], 'jti_pkey'],
  ['purgeJti', [], 'jti_expires'],
  ['messagesSince', ['2026-01-01', null], 'message_'],
  ['casesOnMessage', [ID], 'case_report_message'],
  ['earlierReports', [ID, ID], 'case_report_pkey'],
  ['listSummariesByIds', [[ID]], 'cases_pkey'],
  ['listSummariesByCause', ['IMAGES_NOT_FOUND'], 'cases_state'],
  ['stoppedByCause', [], 'cases_state'],
  ['countStates', [], 'cases_state'],
  ['unusableByCause', [], 'message_'],
  ['messagesOfCause', ['IMAGES_NOT_FOUND', 100], 'cases_state'],
  ['listNotes', [[ID]], 'case_note_case'],
  ['listAudit', [['case-read'], 50], 'audit_trail_action'],
];

/** Why a query has no index to go by. A new one belongs into CASES, or here with its reason. */
const WITHOUT: Readonly<Partial<Record<keyof typeof sql, string>>> = {
  feeds: 'a function of the owner: feeds.test.ts looks at what it reads',
  beginFiling: 'begins a transaction',
  unfiledMessages: 'a function of the owner: its body is looked at below',
  listMutes: 'a handful of rows that end by themselves',
  lockCasesOfPatient: 'a function of the owner: its body is looked at below',
  moveCaseToPatient: 'a function of the owner: one case by its key',
  lockCaseByKey: 'a function of the owner: its body is looked at below',
  newReportForCase: 'a function of the owner: one case by its key',
};

test('every query of queries.ts is looked at: it goes by an index, only adds a row, or says why not', () => {
  const seen = new Set<string>([...CASES.map(([name]) => name), ...Object.keys(WITHOUT)]);
  const onlyAdds = (text: string) => /^\s*INSERT INTO [\w.]+ \([\w, ]+\)\s*VALUES/.test(text);
  assert.deepEqual(
    [...QUERIES].filter(([name, text]) => !seen.has(name) && !onlyAdds(text)).map(([name]) => name),
    [],
  );
});

for (const [what, query, values, index] of [
  [
    'door_lock_patient',
    'SELECT c.id FROM backstop.cases c WHERE c.source = $1 AND c.source_patient = $2 FOR UPDATE',
    ['a', 'b'],
    'cases_source_patient',
  ],
  [
    'door_unfiled',
    `SELECT * FROM backstop.message w WHERE w.unfiled IS NOT NULL AND (w.source = ANY ($1) OR w.received_at < now() - interval '10 minutes') ORDER BY w.unfiled LIMIT $2`,
    [['a'], 64],
    'message_unfiled',
  ],
  ['door_lock_case', 'SELECT c.id FROM backstop.cases c WHERE c.case_key = $1 FOR UPDATE', ['a'], 'cases_case_key_key'],
  [
    'purge_cases',
    `SELECT c.id FROM backstop.cases c WHERE c.state IN ('written', 'answered', 'closed') AND c.updated_at < now() - make_interval(days => $1)
       AND c.id NOT IN (SELECT unnest($3::uuid[])) ORDER BY c.updated_at LIMIT $2`,
    [30, 500, []],
    'cases_ended',
  ],
  [
    'purge_messages',
    `SELECT m.id FROM backstop.message m WHERE m.purged_at IS NULL AND m.received_at < now() - make_interval(days => $1)
       AND m.id NOT IN (SELECT unnest($3::uuid[])) ORDER BY m.received_at LIMIT $2`,
    [30, 500, []],
    'message_unpurged',
  ],
  ['what is open', 'SELECT id FROM backstop.open_cases()', [], 'cases_review'],
  [
    'purge_backload',
    "SELECT report_key FROM backstop.backload WHERE done_at < now() - interval '30 days' ORDER BY done_at LIMIT 500",
    [],
    'backload_done',
  ],
  ["a person's backload", "SELECT report_key FROM backstop.backload WHERE facts ->> 'person' IN ($1)", ['x'], 'backload_of_person'],
] as const) {
  test(`${what} goes by ${index}`, async () => {
    const plan = await planOf(query, values);
    assert.match(plan, new RegExp(`${index}\\b`), plan);
    assert.doesNotMatch(plan, /Seq Scan on (cases|message|backload)\b/, plan);
  });
}

test('the review list reads no answered clarification', async () => {
  const plan = await planOf(sql.listReviews, []);
  assert.match(plan, /cases_review_second/, plan);
});

for (const [name, values, index] of CASES) {
  test(`${name} goes by ${index}`, async () => {
    const plan = await planOf(QUERIES.get(name) ?? '', values);
    assert.match(plan, new RegExp(`Index (Only )?Scan (Backward )?(using|on) ${index}|Bitmap Index Scan on ${index}`), plan);
    assert.doesNotMatch(plan, /Seq Scan/, plan);
  });
}

test('what a card costs does not read the rows of others', async () => {
  const patient = (
    await database.pool.query<{ patient_reference: string }>(
      'SELECT patient_reference FROM backstop.cases WHERE patient_reference IS NOT NULL LIMIT 1',
    )
  ).rows[0]?.patient_reference;
  assert.ok(patient);
  const plan = await database.pool.query<{ 'QUERY PLAN': readonly { Plan: { 'Actual Rows': number } }[] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${sql.cardRows}`,
    [patient],
  );
  const rows = plan.rows[0]?.['QUERY PLAN'][0]?.Plan['Actual Rows'] ?? 0;
  assert.ok(rows >= 1 && rows <= 20, `${rows} rows`);
});
