/**
 * `growth`: what a hook, the worklist, the review list, the audit and a purge cost when 10 ... 100,000 cases are stored. Cards and lists must stay
 * flat, because what they show does not grow; an audit of everything may be linear. A site works its lists off, so at every size the newest
 * 50 referrals and 50 reviews are open and all older ones are done.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { makeCardRows } from '#src/systems/postgres/card-rows.ts';
import { makeCaseLists } from '#src/systems/postgres/case-lists.ts';
import type { Pool } from '#src/systems/postgres/pool.ts';
import * as sql from '#src/systems/postgres/queries.ts';
import { purge } from '#src/systems/postgres/retention.ts';
import { testDatabase } from '#test/database.ts';
import { makeAudit } from '../src/app/audit.ts';
import { copyQuarters, QUARTER, storeFirst } from './growth-archive.ts';
import { median } from './median.ts';

/** So many are there from 1,000 cases on: a longer list would grow because it shows more. */
const OPEN = 50;
const OPEN_STATES = ['proposed', 'accepted', 'scheduled'] as const;

export interface GrowthRow {
  readonly cases: number;
  readonly hookMs: number;
  readonly worklistMs: number;
  readonly worklistRows: number;
  /** Blocks of 8 kB that PostgreSQL touched: the same figure on a busy machine. */
  readonly hookBlocks: number;
  readonly worklistBlocks: number;
  readonly reviewsMs: number;
  readonly auditMonthMs: number;
  readonly auditAllMs: number;
  readonly purgeCountMs: number;
  /** One batch of the purge, 500 cases, taken back again. */
  readonly purgeBatchMs: number;
  /** Heap in use after all of it, collected, MB. */
  readonly heapMb: number;
  /** Most that the process ever held until then (resident), MB. */
  readonly peakMb: number;
}

export interface GrowthBench {
  readonly rows: readonly GrowthRow[];
  /** Time at the largest size over the time at 1,000 (or the smallest size, when none is so small): 1 is flat. */
  readonly hookGrowth: number;
  readonly worklistGrowth: number;
  /** Growth of the whole audit over the growth of the number of cases, from the last size but one: 1 is linear. */
  readonly auditPerCaseGrowth: number;
}

export async function benchGrowth(
  settings: { sizes?: readonly number[]; quarter?: number; progress?: (row: GrowthRow) => void } = {},
): Promise<GrowthBench> {
  const { sizes = [10, 100, 1_000, 10_000, 100_000], quarter = QUARTER.cases, progress } = settings;
  const rows: GrowthRow[] = [];
  for (const cases of sizes) {
    const database = await testDatabase();
    try {
      await storeFirst(database.pool, Math.min(cases, quarter));
      if (cases > quarter) await copyQuarters(database.pool, cases / quarter);
      await workOff(database.pool);
      const row = await measure(database.pool, cases);
      progress?.(row);
      rows.push(row);
    } finally {
      await database.close();
    }
  }
  const last = rows.at(-1)!;
  const base = rows.find((row) => row.cases >= 1_000) ?? rows[0]!;
  const before = rows.at(-2) ?? last;
  return {
    rows,
    hookGrowth: last.hookMs / base.hookMs,
    worklistGrowth: last.worklistMs / base.worklistMs,
    auditPerCaseGrowth: last.auditAllMs / before.auditAllMs / (last.cases / before.cases),
  };
}

/** All referrals but the newest are done, by an answer like a nurse's, and all reviews confirmed. */
async function workOff(pool: Pool): Promise<void> {
  const answer = (kind: string) =>
    JSON.stringify([{ key: 'bench', kind, at: '2026-01-01T00:00:00.000Z', by: 'nurse:bench', reasonCode: null, reasonText: null }]);
  const end = `UPDATE backstop.cases SET facts = jsonb_set(facts, '{answers}', (facts -> 'answers') || $1::jsonb)
    WHERE id IN (SELECT id FROM backstop.cases WHERE CONDITION ORDER BY created_at DESC OFFSET $2)`;
  const open = {
    'referral-done': "outcome = 'refer' AND referral IN ('proposed', 'accepted', 'scheduled')",
    'finding-confirmed': `(outcome IN ('radiologist-review', 'clarification') OR summary #>> '{decision,modelDisagrees}' = 'true')
      AND NOT jsonb_path_exists(summary, '$.answers[*] ? (@.kind starts with "finding-")')`,
  };
  for (const [kind, condition] of Object.entries(open)) await pool.query(end.replace('CONDITION', condition), [answer(kind), OPEN]);
  await pool.query('VACUUM ANALYZE backstop.cases, backstop.case_event, backstop.message, backstop.case_report, backstop.answer');
}

async function measure(pool: Pool, cases: number): Promise<GrowthRow> {
  const found = await pool.query<{ patient: string }>(
    'SELECT DISTINCT patient_reference AS patient FROM backstop.cases WHERE patient_reference IS NOT NULL LIMIT 200',
  );
  const patients = found.rows.map((row) => row.patient);
  const lists = makeCaseLists(pool);
  const audit = makeAudit(pool, () => new Date('2026-01-01T00:00:00Z'));
  const first = (await pool.query<{ day: string }>('SELECT min(report_day) AS day FROM backstop.cases')).rows[0]?.day ?? '2025-01-01';
  const all = { from: first, to: QUARTER.to, by: 'quarter', only: null } as const;
  const month = { from: '2025-11-01', to: '2025-12-01', by: 'month', only: null } as const;
  let next = 0;
  return {
    cases,
    // A fresh reader each time: its memory of facts by version would answer for the database.
    hookMs: await timed(100, () => makeCardRows(pool)(patients[next++ % patients.length] ?? 'Patient/none')),
    worklistMs: await timed(15, () => lists.worklist(['refer'], OPEN_STATES)),
    worklistRows: (await lists.worklist(['refer'], OPEN_STATES)).length,
    hookBlocks: await blocks(pool, sql.cardRows, [patients[0] ?? 'Patient/none']),
    worklistBlocks: await blocks(pool, sql.listWorklist, [['refer'], OPEN_STATES]),
    reviewsMs: await timed(7, () => lists.reviews()),
    auditMonthMs: await timed(5, () => audit.figures(month)),
    auditAllMs: await timed(2, () => audit.figures(all)),
    purgeCountMs: await timed(1, () => purge(pool, { messageDays: 3650, caseDays: 3650, auditDays: null }, { dry: true, actor: 'bench' })),
    purgeBatchMs: await timed(3, () => purgedAndTakenBack(pool)),
    heapMb: heapMb(),
    peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

async function blocks(pool: Pool, text: string, values: readonly unknown[]): Promise<number> {
  const found = await pool.query<{ 'QUERY PLAN': readonly { Plan: Readonly<Record<string, number>> }[] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
    [...values],
  );
  const plan = found.rows[0]?.['QUERY PLAN'][0]?.Plan ?? {};
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
}

async function purgedAndTakenBack(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT backstop.purge_cases(30, 500, false)');
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

function heapMb(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20);
}

/** Median of `times` calls, after one that is not counted. */
async function timed(times: number, work: () => Promise<unknown>): Promise<number> {
  await work();
  const taken: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const started = performance.now();
    await work();
    taken.push(performance.now() - started);
  }
  return Number(median(taken).toPrecision(3));
}
