/** From a year's cases to its report: before and after, with and without Backstop, for M1 and M2; and what a next year could show. Pure. */
import type { AuditCase, AuditQuestion } from '../case/audit-figures.ts';
import type { Counts, PowerLine, YearMeasure, YearReport } from '../case/year-report.ts';
import { auditFigures, dayOf, periodOf, periodsOf } from './audit-figures.ts';
import { MEASURES, type Measure } from './audit-measures.ts';
import { differenceInDifferences, phaseChart } from './before-after.ts';
import { dayFrom, dayNumber } from './calendar.ts';
import { interruptedSeries } from './interrupted-series.ts';
import { neededInEachGroup, seriesPower } from './power.ts';

export interface YearQuestion {
  readonly year: string;
  readonly intervention: string | null;
  /** Sources that work with Backstop from that day on; all others are the control group. Empty: every source, and there is no control group. */
  readonly interventionSites: readonly string[];
  /** YYYY-MM-DD */
  readonly today: string;
  readonly backlog: number;
}

/** The measures that the project is judged by. */
const JUDGED = ['M1', 'M2'] as const;
/** What a rise is worth looking for, percent: towards the aim in steps. */
const RISES: Readonly<Record<(typeof JUDGED)[number], readonly (readonly [from: number, to: number])[]>> = {
  M1: [
    [77, 82],
    [77, 85],
    [77, 90],
  ],
  M2: [
    [43, 50],
    [43, 60],
    [43, 75],
  ],
};
const SIMULATED_YEARS = 200;

export function yearReport(all: readonly AuditCase[], question: YearQuestion): YearReport {
  const [from, to] = [`${question.year}-01-01`, `${Number(question.year) + 1}-01-01`];
  const asked: AuditQuestion = { from, to, by: 'month', only: null };
  const cases = all.filter((one) => dayOf(one) >= from && dayOf(one) < to);
  const sites = [...new Set(cases.map((one) => one.report.source))].sort();
  const own = question.interventionSites.length === 0 ? sites : question.interventionSites;
  const controlSites = sites.filter((site) => !own.includes(site));
  const measures = JUDGED.flatMap((id) => MEASURES.find((one) => one.id === id) ?? []);
  const compared = question.intervention === null ? [] : measures.map((measure) => compare(measure, cases, asked, own, question));
  return {
    year: question.year,
    from,
    to,
    intervention: question.intervention,
    interventionSites: own,
    controlSites,
    measures: compared,
    power: measures.flatMap((measure) => powerLines(measure, cases, question.today, controlSites.length > 0)),
    simulatedYears: SIMULATED_YEARS,
    audit: auditFigures(all, asked, question.today, question.backlog),
  };
}

const NOBODY = new Set<string>();

/** True a hit, false a miss, null not counted. M1 and M2 ask neither the day nor earlier referrals. */
const verdict = (measure: Measure, one: AuditCase, today: string): boolean | null => measure.of(one, { today, again: NOBODY });

function countsOf(measure: Measure, cases: readonly AuditCase[], today: string): Counts {
  const verdicts = cases.flatMap((one) => verdict(measure, one, today) ?? []);
  return { hits: verdicts.filter(Boolean).length, counted: verdicts.length };
}

function compare(measure: Measure, cases: readonly AuditCase[], asked: AuditQuestion, own: readonly string[], question: YearQuestion): YearMeasure {
  const intervention = question.intervention ?? asked.from;
  const isOwn = (one: AuditCase): boolean => own.includes(one.report.source);
  const isAfter = (one: AuditCase): boolean => dayOf(one) >= intervention;
  const count = (list: readonly AuditCase[]): Counts => countsOf(measure, list, question.today);
  const [mine, others] = [cases.filter(isOwn), cases.filter((one) => !isOwn(one))];
  const hasControl = others.length > 0;
  const groups = {
    before: count(mine.filter((one) => !isAfter(one))),
    after: count(mine.filter(isAfter)),
    controlBefore: hasControl ? count(others.filter((one) => !isAfter(one))) : null,
    controlAfter: hasControl ? count(others.filter(isAfter)) : null,
  };
  const byPeriod = (by: 'week' | 'month') => {
    const split = (list: readonly AuditCase[]) => Map.groupBy(list, (one) => periodOf(dayOf(one), by));
    const [a, b] = [split(mine), split(others)];
    return periodsOf({ ...asked, by }).map((period) => ({
      period,
      after: sideOf(period, by, asked, intervention),
      intervention: count(a.get(period) ?? []),
      control: hasControl ? count(b.get(period) ?? []) : null,
    }));
  };
  const months = byPeriod('month');
  const { of: _of, ...text } = measure;
  return {
    measure: text,
    ...groups,
    did: differenceInDifferences(groups),
    series: interruptedSeries(byPeriod('week')),
    chart: phaseChart(months.map(({ period, after, intervention: counts }) => ({ period, after, ...counts }))),
    controlChart: hasControl
      ? phaseChart(months.map(({ period, after, control }) => ({ period, after, ...(control ?? { hits: 0, counted: 0 }) })))
      : null,
  };
}

/** Null for the period in which the change came, unless it came on its first day. */
function sideOf(period: string, by: 'week' | 'month', asked: AuditQuestion, intervention: string): boolean | null {
  if (period !== periodOf(intervention, by)) return period > periodOf(intervention, by);
  const dayBefore = dayFrom(dayNumber(intervention) - 1);
  return periodOf(dayBefore, by) !== period || dayBefore < asked.from ? true : null;
}

function powerLines(measure: Measure, cases: readonly AuditCase[], today: string, hasControl: boolean): readonly PowerLine[] {
  const { counted } = countsOf(measure, cases, today);
  const rate = cases.length === 0 ? 0 : counted / cases.length;
  // Half of a year's counted examinations in each arm, spread over its weeks.
  const perPeriod = Math.round(counted / (hasControl ? 2 : 1) / 52);
  return RISES[measure.id as (typeof JUDGED)[number]].map(([from, to]) => {
    const shares = { from: from / 100, to: to / 100 };
    const inEachGroup = neededInEachGroup({ ...shares, alpha: 0.05, power: 0.8 });
    return {
      measure: measure.id,
      ...shares,
      inEachGroup,
      scans: rate === 0 ? null : Math.ceil((2 * inEachGroup) / rate),
      seriesPower: perPeriod < 2 ? null : seriesPower({ periods: 52, change: 26, perPeriod, ...shares, hasControl }, SIMULATED_YEARS, 1),
    };
  });
}
