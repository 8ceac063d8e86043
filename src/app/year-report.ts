/** The yearly report from the database. */
import type { YearReport } from '../case/year-report.ts';
import { type YearQuestion, yearReport } from '../measure/year-report.ts';
import { auditCases, countBacklog } from '../systems/postgres/case-lists.ts';
import type { Pool } from '../systems/postgres/pool.ts';

/** Throws when a site is named that has no report in the year: a slip would make it a control. */
export async function makeYearReport(pool: Pool, asked: Omit<YearQuestion, 'today' | 'backlog'>, now: Date): Promise<YearReport> {
  const year = Number(asked.year);
  // A year further back, so that a second referral is seen as one.
  const cases = await auditCases(pool, `${year - 1}-01-01`, `${year + 1}-01-02`);
  const sources = new Set(cases.map((one) => one.report.source));
  const unknown = asked.interventionSites.filter((site) => !sources.has(site));
  if (unknown.length > 0)
    throw new Error(`no report of ${asked.year} came from ${unknown.join(', ')}: sources are ${[...sources].sort().join(', ')}`);
  return yearReport(cases, { ...asked, today: now.toISOString().slice(0, 10), backlog: await countBacklog(pool) });
}
