/** Cases that wait before a step, for the sweep. */
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
