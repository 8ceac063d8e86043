/** Lists of cases for the pages, each one indexed query. */
import type { CaseState } from '#src/case/case.ts';
import type { CaseBrowser } from '#src/ports.ts';
import { type CaseRow, toCase } from './case-row.ts';
import type { Pool } from './pool.ts';
import * as sql from './queries.ts';

export function makeCaseBrowser(pool: Pool): CaseBrowser {
  return {
    list: async (filter) => {
      const found = filter.patientReference
        ? await pool.query<CaseRow>(sql.listCasesOfPatient, [filter.patientReference, filter.limit, filter.offset])
        : filter.states
          ? await pool.query<CaseRow>(sql.listCasesInStates, [filter.states, filter.limit, filter.offset])
          : await pool.query<CaseRow>(sql.listCases, [filter.limit, filter.offset]);
      return found.rows.map(toCase);
    },
    stateCounts: async () => {
      const found = await pool.query<{ state: CaseState; count: string }>(sql.countStates);
      return Object.fromEntries(found.rows.map((row) => [row.state, Number(row.count)]));
    },
    stoppedByCause: async () => {
      const found = await pool.query<{ code: string; state: CaseState; count: string; newest: Date }>(sql.stoppedByCause);
      return found.rows.map((row) => ({ code: row.code, state: row.state, count: Number(row.count), newest: row.newest.toISOString() }));
    },
    feeds: async () => {
      const found = await pool.query<{ source: string; messages: string; unusable: string; newest: Date }>(sql.feeds);
      return found.rows.map((row) => ({
        source: row.source,
        messages: Number(row.messages),
        unusable: Number(row.unusable),
        newest: row.newest.toISOString(),
      }));
    },
  };
}
