/** Counts a backload: what the reports missed, what they did not advise, the load by rule, and what other limits would mean. Pure. */
import type { BackloadFacts, BackloadFigures, BackloadShare, WhatIfLine } from '../case/backload-figures.ts';
import { daysBetween } from './how-old.ts';

/** Height losses and ages that the table tries: Genant's limits and one between, and the ages that services begin at. */
const LOSSES = [20, 25, 30, 40] as const;
const AGES = [50, 60, 65, 70, 75] as const;
const SAYS = ['stated', 'uncertain', 'denied', 'silent', 'not-read'] as const;

export function backloadFigures(cases: readonly BackloadFacts[], from: string, to: string): BackloadFigures {
  const weeks = daysBetween(from, to) / 7;
  const worst = (one: BackloadFacts): number | null => (one.finding?.state === 'measured' ? (one.finding.worstGrade ?? null) : null);
  const fractured = cases.filter((one) => isRead(one) && (worst(one) ?? 0) >= 2);
  const stated = cases.filter((one) => one.reading?.fracture === 'stated');
  return {
    from,
    to,
    weeks,
    reports: cases.length,
    patients: new Set(cases.map((one) => one.person)).size,
    measured: cases.filter((one) => one.finding?.state === 'measured').length,
    cannotSay: tally(cases.flatMap(({ finding }) => (finding?.state === 'cannot-say' ? [finding.reason ?? 'unknown'] : []))),
    stopped: tally(cases.flatMap(({ stopped, decision }) => (stopped !== null && decision === null ? [stopped] : []))),
    stated: share(fractured, isPlainlyStated),
    advised: share(stated, (one) => one.reading?.advice === true),
    agreement: SAYS.map((says) => {
      const own = cases.filter((one) => one.reading?.fracture === says);
      return {
        says,
        byGrade: [0, 1, 2, 3].map((grade) => own.filter((one) => worst(one) === grade).length),
        cannotSay: own.filter((one) => worst(one) === null).length,
      };
    }),
    byRule: byRule(cases, weeks),
    whatIf: LOSSES.flatMap((lossPercent) => AGES.map((ageYears) => whatIfLine(cases, lossPercent, ageYears, weeks))),
  };
}

/** A report whose text could not be read missed nothing and stated nothing. */
const isRead = ({ reading }: BackloadFacts): boolean => reading !== null && reading.fracture !== 'not-read';

const isPlainlyStated = ({ reading }: BackloadFacts): boolean => reading?.fracture === 'stated' && !reading.ambiguousOnly;

function share(counted: readonly BackloadFacts[], isHit: (one: BackloadFacts) => boolean): BackloadShare {
  return { hits: counted.filter(isHit).length, of: counted.length };
}

function tally(words: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...Map.groupBy(words, (word) => word)].map(([word, own]) => [word, own.length] as const).toSorted(([, a], [, b]) => b - a),
  );
}

function byRule(cases: readonly BackloadFacts[], weeks: number): BackloadFigures['byRule'] {
  const decided = cases.flatMap(({ decision }) => decision ?? []);
  return [...Map.groupBy(decided, (one) => `${one.rule}|${one.outcome}|${one.priority ?? ''}`)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, own]) => {
      const [rule = '', outcome = '', priority = ''] = key.split('|');
      return { rule, outcome, priority, count: own.length, perWeek: own.length / weeks };
    });
}

/** A patient counts once, and as stated when one of the reports says so; one whose reports could not be read is neither. Only vertebrae that were graded surely count. */
function whatIfLine(cases: readonly BackloadFacts[], lossPercent: number, ageYears: number, weeks: number): WhatIfLine {
  const seen = cases.filter((one) => (one.ageYears ?? 0) >= ageYears && largestLoss(one) >= lossPercent);
  const patients = [...Map.groupBy(seen, (one) => one.person).values()];
  const stated = patients.filter((own) => own.some(isPlainlyStated));
  return {
    lossPercent,
    ageYears,
    patients: patients.length,
    perWeek: patients.length / weeks,
    notStated: patients.filter((own) => own.some(isRead)).length - stated.length,
    statedWithoutAdvice: stated.filter((own) => !own.some((one) => one.reading?.advice === true)).length,
  };
}

function largestLoss({ finding }: BackloadFacts): number {
  if (finding?.state !== 'measured') return 0;
  return Math.max(0, ...finding.vertebrae.map((one) => (one.state === 'graded' ? (one.percent ?? 0) : 0)));
}
