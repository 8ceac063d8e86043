/**
 * `growth`: what a hook, the worklist, the review list, the audit and a purge cost when 10 ... 100,000 cases are stored. Cards and lists must stay
 * flat, because what they show does not grow; an audit of everything may be linear. A site works its referrals off, so at every size the newest
 * 200 referrals are open and all older ones are done.
 */

import { makeCardRows } from '#src/systems/postgres/card-rows.ts';
import { makeCaseLists } from '#src/systems/postgres/case-lists.ts';
import type { Pool } from '#src/systems/postgres/pool.ts';
import { purge } from '#src/systems/postgres/retention.ts';
import { testDatabase } from '#test/database.ts';
import { makeAudit } from '../src/app/audit.ts';
import { storeYear } from '../tools/year/store-year.ts';
import { DEFAULT_YEAR } from '../tools/year/year-options.ts';
import { median } from './median.ts';

const OPEN = 200;
const DAY = 24 * 3_600_000;

export interface GrowthRow {
  readonly cases: number;
  readonly hookMs: number;
  readonly worklistMs: number;
  readonly reviewsMs: number;
  readonly auditMonthMs: number;
  readonly auditAllMs: number;
  readonly purgeCountMs: number;
  /** Heap in use after the row was measured and collected, MB. */
  readonly heapMb: number;
}

export interface GrowthBench {
  readonly rows: readonly GrowthRow[];
  /** Time at the largest size over the time at 1,000 (or the smallest size, when none is so small): 1 is flat. */
  readonly hookGrowth: number;
  readonly worklistGrowth: number;
  /** Growth of the whole audit over the growth of the number of cases, from the last size but one: 1 is linear. */
  readonly auditPerCaseGrowth: number;
}

export async function benchGrowth(settings: { sizes?: readonly number[]; progress?: (row: GrowthRow) => void } = {}): Promise<GrowthBench> {
  const { sizes = [10, 100, 1_000, 10_000, 100_000], progress } = settings;
  const database = await testDatabase();
  const rows: GrowthRow[] = [];
  try {
    let stored = 0;
    for (const [index, cases] of sizes.entries()) {
      // Each size adds a span of its own, earlier than the last, as if the archive reached further back.
      const days = 364;
      const from = new Date(Date.UTC(2025, 0, 1) - index * days * DAY).toISOString().slice(0, 10);
      await storeYear(database.pool, { ...DEFAULT_YEAR, reports: cases - stored, seed: 100 + index, from, days, intervention: null });
      stored = cases;
      await workOff(database.pool);
      const row = await measure(database.pool, cases);
      progress?.(row);
      rows.push(row);
    }
  } finally {
    await database.close();
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

/** All referrals but the newest are done, by an answer like a nurse's. */
async function workOff(pool: Pool): Promise<void> {
  const answer = { key: 'bench', kind: 'referral-done', at: '2026-01-01T00:00:00.000Z', by: 'nurse:bench', reason: null, comment: null };
  await pool.query(
    `UPDATE backstop.cases SET facts = jsonb_set(facts, '{answers}', (facts -> 'answers') || $1::jsonb)
     WHERE outcome = 'refer' AND referral IN ('proposed', 'accepted', 'scheduled')
       AND id NOT IN (SELECT id FROM backstop.cases WHERE outcome = 'refer' AND referral IN ('proposed', 'accepted', 'scheduled') ORDER BY created_at DESC LIMIT $2)`,
    [JSON.stringify([answer]), OPEN],
  );
  await pool.query('VACUUM ANALYZE backstop.cases, backstop.case_event, backstop.message');
}

async function measure(pool: Pool, cases: number): Promise<GrowthRow> {
  const found = await pool.query<{ patient: string }>(
    'SELECT DISTINCT patient_reference AS patient FROM backstop.cases WHERE patient_reference IS NOT NULL LIMIT 200',
  );
  const patients = found.rows.map((row) => row.patient);
  const lists = makeCaseLists(pool);
  const audit = makeAudit(pool, () => new Date('2026-01-01T00:00:00Z'));
  const first = (await pool.query<{ day: string }>('SELECT min(report_day) AS day FROM backstop.cases')).rows[0]?.day ?? '2025-01-01';
  const all = { from: first, to: '2025-12-31', by: 'month', only: null } as const;
  const month = { from: '2025-06-01', to: '2025-06-30', by: 'month', only: null } as const;
  let next = 0;
  return {
    cases,
    // A fresh reader each time: its memory of facts by version would answer for the database.
    hookMs: await timed(100, () => makeCardRows(pool)(patients[next++ % patients.length] ?? 'Patient/none')),
    worklistMs: await timed(15, () => lists.worklist(['refer'], ['proposed', 'accepted', 'scheduled'])),
    reviewsMs: await timed(7, () => lists.reviews()),
    auditMonthMs: await timed(5, () => audit.figures(month)),
    auditAllMs: await timed(3, () => audit.figures(all)),
    purgeCountMs: await timed(3, () => purge(pool, { messageDays: 3650, caseDays: 3650, auditDays: null }, { dry: true, actor: 'bench' })),
    heapMb: Math.round(process.memoryUsage().heapUsed / 2 ** 20),
  };
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
