/** Cases that wait before a step, for the sweep and for the metrics. */
import type { CaseState } from '#src/case/case.ts';
import type { Pool } from './pool.ts';
import * as sql from './queries.ts';

interface StandingCase {
  readonly id: string;
  readonly state: CaseState;
  readonly version: number;
}

/** At most 500, oldest first. */
export async function standingCases(pool: Pool, states: readonly CaseState[], olderThanMs: number): Promise<readonly StandingCase[]> {
  const found = await pool.query<StandingCase>(sql.standingCases, [states, olderThanMs]);
  return found.rows;
}

const COUNT_IN_STATES = 'SELECT state, count(*) AS count FROM backstop.cases WHERE state = ANY ($1) GROUP BY state';
const UNFINISHED: readonly CaseState[] = ['received', 'read', 'located', 'measured', 'decided', 'parked'];

/** How many cases stand in each state that is no end; states without a case are 0. */
export async function unfinishedCases(pool: Pool): Promise<Readonly<Record<string, number>>> {
  const found = await pool.query<{ state: CaseState; count: string }>(COUNT_IN_STATES, [UNFINISHED]);
  const counts = new Map(found.rows.map((row) => [row.state, Number(row.count)]));
  return Object.fromEntries(UNFINISHED.map((state) => [state, counts.get(state) ?? 0]));
}
