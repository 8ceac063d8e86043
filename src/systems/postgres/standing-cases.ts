/** Cases that wait before a step, for the sweep and for the metrics; and messages that have no case yet. */
import type { CaseState } from '#src/case/case.ts';
import type { Pool } from './pool.ts';
import * as sql from './queries.ts';

interface StandingCase {
  readonly id: string;
  readonly state: CaseState;
  readonly version: number;
  /** When it moved last, to the microsecond. */
  readonly moved: string;
}

const BEFORE_ALL = { moved: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/** All of them, of each state the oldest first, in pages of 500: a case that can never go on keeps no younger one from being seen. */
export async function* standingCases(pool: Pool, states: readonly CaseState[], olderThanMs: number): AsyncGenerator<readonly StandingCase[]> {
  for (const state of states)
    for (let last: Pick<StandingCase, 'moved' | 'id'> = BEFORE_ALL; ; ) {
      const { rows } = await pool.query<StandingCase>(sql.standingCases, [state, olderThanMs, last.moved, last.id]);
      if (rows.length === 0) break;
      yield rows;
      last = rows.at(-1) ?? BEFORE_ALL;
    }
}

const COUNT_IN_STATES = 'SELECT state, count(*) AS count FROM backstop.cases WHERE state = ANY ($1) GROUP BY state';
const UNFINISHED: readonly CaseState[] = ['received', 'read', 'located', 'measured', 'decided', 'parked'];

/** How many cases stand in each state that is no end; states without a case are 0. */
export async function unfinishedCases(pool: Pool): Promise<Readonly<Record<string, number>>> {
  const found = await pool.query<{ state: CaseState; count: string }>(COUNT_IN_STATES, [UNFINISHED]);
  const counts = new Map(found.rows.map((row) => [row.state, Number(row.count)]));
  return Object.fromEntries(UNFINISHED.map((state) => [state, counts.get(state) ?? 0]));
}

/** Messages that are acknowledged and wait to be filed, and the age of the oldest. */
export async function unfiledMessages(pool: Pool): Promise<{ readonly count: number; readonly oldestSeconds: number }> {
  const count = await pool.query<{ count: number }>(sql.countUnfiled);
  const oldest = await pool.query<{ seconds: number }>(sql.oldestUnfiled);
  return { count: count.rows[0]?.count ?? 0, oldestSeconds: Math.max(0, oldest.rows[0]?.seconds ?? 0) };
}
