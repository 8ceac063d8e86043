/** From cases to the figures of an audit. Pure: the same cases and question give the same figures on the page, in the CSV and on the command line. */
import type {
  AuditCase,
  AuditFigures,
  AuditQuestion,
  Period,
  ReasonFigure,
  ShareFigure,
  SharePoint,
  Stratum,
  TimeFigure,
} from '../case/audit-figures.ts';
import { STRATA } from '../case/audit-figures.ts';
import { personKey } from '../case/case-summary.ts';
import type { HumanAnswer } from '../case/referral.ts';
import { CANNOT_SAY, MEASURES, type Measure, stratumOf } from './audit-measures.ts';
import { dayFrom, dayNumber, secondsOf, utcDay } from './calendar.ts';
import { pChart, xmrChart } from './control-chart.ts';
import { median, runSignals } from './run-chart.ts';

/** Counts from 1 to 4 are not told: with few people a count can name one. 0 names nobody. */
export const SMALLEST_TOLD = 5;
const isSmall = (count: number): boolean => count > 0 && count < SMALLEST_TOLD;

/** When a case counts: the day of its report, else the day it arrived. */
export function dayOf(one: AuditCase): string {
  return utcDay(one.report.reportedAt ?? one.createdAt);
}

/** "2026-10", "2026-Q4", "2026-W47" (ISO 8601 week). */
export function periodOf(day: string, by: Period): string {
  if (by === 'month') return day.slice(0, 7);
  if (by === 'quarter') return `${day.slice(0, 4)}-Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`;
  const number = dayNumber(day);
  // 1970-01-01 was a Thursday; an ISO week belongs to the year of its Thursday.
  const thursday = number + 3 - ((number + 3) % 7);
  const year = dayFrom(thursday).slice(0, 4);
  return `${year}-W${String(1 + Math.floor((thursday - dayNumber(`${year}-01-01`)) / 7)).padStart(2, '0')}`;
}

/** Every period from the first day to the last, also empty ones. */
export function periodsOf(question: AuditQuestion): readonly string[] {
  const periods = new Set<string>();
  const end = dayNumber(question.to);
  for (let day = dayNumber(question.from); day < end && periods.size < 600; day++) periods.add(periodOf(dayFrom(day), question.by));
  return [...periods];
}

function inQuestion(cases: readonly AuditCase[], { from, to, only }: AuditQuestion): readonly AuditCase[] {
  return cases.filter((one) => {
    const day = dayOf(one);
    return day >= from && day < to && (only === null || stratumOf(one, only.name) === only.value);
  });
}

/** Cases whose patient had another referral proposed in the year before. */
function referredAgain(cases: readonly AuditCase[]): ReadonlySet<string> {
  const again = new Set<string>();
  for (const own of Map.groupBy(
    cases.filter((one) => one.decision?.outcome === 'refer'),
    personKey,
  ).values()) {
    const sorted = own.toSorted((a, b) => (dayOf(a) < dayOf(b) ? -1 : 1));
    sorted.forEach((one, index) => {
      const before = sorted[index - 1];
      if (before && dayNumber(dayOf(one)) - dayNumber(dayOf(before)) <= 365) again.add(one.id);
    });
  }
  return again;
}

/** `all` reaches a year further back than the question, for second referrals. `backlog` is counted over every case there is. */
export function auditFigures(all: readonly AuditCase[], question: AuditQuestion, today: string, backlog: number): AuditFigures {
  const cases = inQuestion(all, question);
  const context = { today, again: referredAgain(all) };
  const places = cases.map((_one, place) => place);
  const groups: Groups = {
    cases,
    everything: places,
    periods: periodsOf(question),
    byPeriod: Map.groupBy(places, (place) => periodOf(dayOf(cases[place]!), question.by)),
    strata: STRATA.flatMap((name) =>
      [...Map.groupBy(places, (place) => stratumOf(cases[place]!, name))]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([value, own]) => ({ name, value, own })),
    ),
  };
  return {
    question,
    cases: cases.length,
    shares: MEASURES.map((measure) => shareFigure(measure, groups, context)),
    times: [hoursToTask(groups)],
    reasons: [
      reasons('Why the fracture liaison service declined', cases, 'referral-declined'),
      reasons('Why radiologists refuted', cases, 'finding-refuted'),
      reasons('Why cards were set aside', cases, 'card-overridden'),
    ],
    backlog,
    cannotSay: CANNOT_SAY,
  };
}

/** The cases behind one point: hits, or misses. */
export function casesBehind(
  all: readonly AuditCase[],
  question: AuditQuestion,
  today: string,
  measureId: string,
  period: string | null,
  hit: boolean,
): readonly AuditCase[] {
  const measure = MEASURES.find((one) => one.id === measureId);
  if (!measure) return [];
  const context = { today, again: referredAgain(all) };
  return inQuestion(all, question).filter(
    (one) => (period === null || periodOf(dayOf(one), question.by) === period) && measure.of(one, context) === hit,
  );
}

/** The cases laid out once, for every measure; groups name them by their place in `cases`. */
interface Groups {
  readonly cases: readonly AuditCase[];
  readonly everything: readonly number[];
  readonly periods: readonly string[];
  readonly byPeriod: ReadonlyMap<string, readonly number[]>;
  readonly strata: readonly { readonly name: Stratum; readonly value: string; readonly own: readonly number[] }[];
}

interface Count {
  readonly hits: number;
  readonly counted: number;
}
type Context = Parameters<Measure['of']>[1];

const NOT_COUNTED = -1;

/** What a measure says of each case, asked once: 1 a hit, 0 a miss. Each case is in a period, in every stratum and in the whole. */
function verdictsOf(measure: Measure, cases: readonly AuditCase[], context: Context): Int8Array {
  return Int8Array.from(cases, (one) => {
    const hit = measure.of(one, context);
    return hit === null ? NOT_COUNTED : Number(hit);
  });
}

function countOf(verdicts: Int8Array, places: readonly number[]): Count {
  let [hits, counted] = [0, 0];
  for (const place of places) {
    const verdict = verdicts[place]!;
    if (verdict !== NOT_COUNTED) counted += 1;
    if (verdict === 1) hits += 1;
  }
  return { hits, counted };
}

/** What may be told of a count. */
function told({ hits, counted }: Count): { readonly hits: number | null; readonly counted: number | null; readonly share: number | null } {
  if (isSmall(counted)) return { hits: null, counted: null, share: null };
  if (isSmall(hits)) return { hits: null, counted, share: null };
  return { hits, counted, share: counted === 0 ? null : hits / counted };
}

function shareFigure(measure: Measure, groups: Groups, context: Context): ShareFigure {
  const { periods, byPeriod } = groups;
  const verdicts = verdictsOf(measure, groups.cases, context);
  const counts = periods.map((period) => countOf(verdicts, byPeriod.get(period) ?? []));
  const { limits } = pChart(counts);
  const points = periods.map((period, index): SharePoint => {
    const shown = told(counts[index] as Count);
    const limit = shown.share === null ? null : (limits[index] ?? null);
    return { period, ...shown, low: limit?.low ?? null, high: limit?.high ?? null, outside: limit?.outside ?? false };
  });
  const whole = countOf(verdicts, groups.everything);
  const overall = told(whole).share === null ? null : { ...whole, share: whole.hits / whole.counted };
  const shares = points.flatMap((point) => point.share ?? []);
  const { of: _of, ...text } = measure;
  return { measure: text, points, overall, median: median(shares), run: runSignals(shares), strata: strataOf(verdicts, groups.strata) };
}

function strataOf(verdicts: Int8Array, strata: Groups['strata']): ShareFigure['strata'] {
  return strata.map(({ name, value, own }) => ({ name, value, ...told(countOf(verdicts, own)) })).filter((row) => row.counted !== 0);
}

/** M6: hours from the examination to the task in the health record, the median of each period on an XmR chart. */
function hoursToTask({ cases, periods, byPeriod }: Groups): TimeFigure {
  const medians = periods.map((period) => {
    const hours = (byPeriod.get(period) ?? []).flatMap((place) => {
      const one = cases[place]!;
      const start = one.report.examinedAt;
      const needsWork = one.decision !== null && one.decision.outcome !== 'nothing' && one.decision.outcome !== 'exception';
      return start && one.writtenAt && needsWork ? [(secondsOf(one.writtenAt) - secondsOf(start)) / 3600] : [];
    });
    return { period, counted: isSmall(hours.length) ? null : hours.length, value: hours.length >= SMALLEST_TOLD ? median(hours) : null };
  });
  const chart = xmrChart(
    medians.flatMap((one) => one.value ?? []),
    0,
  );
  let at = 0;
  const points = medians.map((one) => ({ ...one, outside: one.value === null ? false : (chart?.outside[at++] ?? false) }));
  return {
    id: 'M6',
    name: 'Hours from the examination to the task',
    unit: 'h',
    points,
    mean: chart?.mean ?? null,
    low: chart?.low ?? null,
    high: chart?.high ?? null,
  };
}

function reasons(name: string, cases: readonly AuditCase[], kind: HumanAnswer['kind']): ReasonFigure {
  const codes = cases.flatMap((one) => one.answers.filter((answer) => answer.kind === kind).map((answer) => answer.reasonCode ?? 'none given'));
  return {
    name,
    reasons: [...Map.groupBy(codes, (code) => code)]
      .map(([code, own]) => ({ code, count: isSmall(own.length) ? null : own.length }))
      .toSorted((a, b) => (b.count ?? 0) - (a.count ?? 0)),
  };
}
