/** The audit's routes: page, CSV, FLS-DB export, and the cases behind a point. */
import express, { type Request, type Router } from 'express';
import { type AuditFigures, type AuditQuestion, PERIODS, STRATA } from '#src/case/audit-figures.ts';
import type { CaseSummary } from '#src/case/case-summary.ts';
import type { Clock } from '#src/ports.ts';
import { type Answer, type Pages } from '../page.ts';
import { caseTable } from '../pages/case-list.ts';
import type { Viewer } from '../viewer.ts';
import { auditPage } from './audit-page.ts';

export interface AuditPort {
  figures(question: AuditQuestion): Promise<AuditFigures>;
  csv(question: AuditQuestion): Promise<string>;
  flsDb(question: AuditQuestion): Promise<string>;
  behind(question: AuditQuestion, measureId: string, period: string | null, hit: boolean): Promise<readonly CaseSummary[]>;
}

export interface AuditOptions {
  readonly pages: Pages;
  readonly audit: AuditPort;
  readonly clock: Clock;
}

const ROLES = ['auditor', 'fls'] as const;
const SHOWN = 500;

export function makeAuditRouter(options: AuditOptions): Router {
  const { pages, audit } = options;
  const router = express.Router();
  const get = (path: string, handler: (viewer: Viewer, request: Request, question: AuditQuestion) => Promise<Answer>): void => {
    router.get(
      path,
      pages.for(ROLES, (viewer, request) => handler(viewer, request, readQuestion(request.query, options.clock.now()))),
    );
  };
  get('/audit', async (_viewer, _request, question) => ({ title: 'Audit', body: auditPage(await audit.figures(question)) }));
  get('/audit.csv', async (_viewer, _request, question) => ({
    file: await audit.csv(question),
    name: `backstop-audit-${question.from}-${question.to}.csv`,
    type: 'text/csv; charset=utf-8',
  }));
  get('/audit-fls-db.csv', async (viewer, _request, question) => {
    await pages.note(viewer, 'fls-db-export', null, `${question.from} to ${question.to}`);
    return { file: await audit.flsDb(question), name: `fls-db-${question.from}-${question.to}.csv`, type: 'text/csv; charset=utf-8' };
  });
  get('/audit/cases', async (viewer, request, question) => {
    const text = (name: string): string => String(request.query[name] ?? '').slice(0, 40);
    const [measure, period, hit] = [text('measure'), text('period'), text('hit') === 'yes'];
    const cases = await audit.behind(question, measure, period === '' ? null : period, hit);
    await pages.note(viewer, 'cases-read', null, `${measure} ${period} ${hit ? 'hits' : 'misses'}`);
    return {
      title: `${measure}: ${hit ? 'hits' : 'misses'}${period ? ` of ${period}` : ''}`,
      body: caseTable(cases.slice(0, SHOWN), `${cases.length} cases${cases.length > SHOWN ? `, the first ${SHOWN} shown` : ''}`),
    };
  });
  return router;
}

/** The last twelve months by month, when the address says nothing that can be read. */
export function readQuestion(query: Readonly<Record<string, unknown>>, now: Date): AuditQuestion {
  const text = (name: string): string => (typeof query[name] === 'string' ? query[name].slice(0, 200) : '');
  const day = (name: string): string | undefined =>
    /^\d{4}-\d{2}-\d{2}$/.test(text(name)) && !Number.isNaN(Date.parse(text(name))) ? text(name) : undefined;
  const nextMonth = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString().slice(0, 10);
  const yearBefore = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 11, 1)).toISOString().slice(0, 10);
  const [from, to] = [day('from') ?? yearBefore, day('to') ?? nextMonth];
  const cut = text('only').indexOf('=');
  const [name, value] = cut > 0 ? [text('only').slice(0, cut), text('only').slice(cut + 1)] : [text('stratum'), text('value')];
  const stratum = STRATA.find((one) => one === name);
  return {
    from: from < to ? from : yearBefore,
    to: from < to ? to : nextMonth,
    by: PERIODS.find((one) => one === text('by')) ?? 'month',
    only: stratum && value ? { name: stratum, value } : null,
  };
}
