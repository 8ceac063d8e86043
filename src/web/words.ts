/** How pages say things: outcomes, dates and people in plain words, the same on every page. */
import type { CaseSummary } from '#src/case/case-summary.ts';
import { gradedFractures } from '#src/case/case-summary.ts';
import type { Decision, Outcome } from '#src/case/referral.ts';
import type { Report } from '#src/case/report.ts';
import { reviewAnswer } from '#src/case/review-answer.ts';

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  nothing: 'Nothing to do',
  exception: 'Could not be decided: a person has to look',
  'urgent-to-referrer': 'Urgent message to the referrer (not for the fracture liaison service)',
  'human-check': 'A person has to check before a referral is made',
  'radiologist-review': 'A radiologist has to look: the images show what the report does not say',
  clarification: 'To be clarified: is it a vertebral fracture?',
  'specialist-advice': 'Seek specialist advice; no automatic referral',
  'link-to-referral': 'New evidence for a referral that is already open',
  'fracture-on-treatment': 'Fracture on treatment: review the treatment',
  notify: 'For information only',
  refer: 'Refer to the fracture liaison service',
};

export function outcomeWords(decision: Pick<Decision, 'outcome' | 'priority'>): string {
  const urgency = decision.priority === 'urgent' ? ', urgent' : decision.priority === 'low' ? ', low priority' : '';
  return `${OUTCOMES[decision.outcome]}${urgency}`;
}

export function personName(patient: Report['patient']): string {
  return [patient.familyName, patient.givenName].filter((part) => part !== '').join(', ') || 'no name given';
}

/** "1946-01-20 (80 years)" on a day; "unknown" without a date. */
export function birthAndAge(birthDate: string | null, today: string): string {
  if (birthDate === null) return 'date of birth unknown';
  const years = ageYears(birthDate, today);
  return years === null ? birthDate : `${birthDate} (${years} years)`;
}

/** Null unless the whole date of birth is known. */
export function ageYears(birthDate: string | null, today: string): number | null {
  if (birthDate === null || !/^\d{4}-\d{2}-\d{2}$/.test(birthDate)) return null;
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

/** "2026-11-09 08:15" in UTC; pages say so. */
export function moment(iso: string | null): string {
  return iso === null ? 'unknown' : iso.slice(0, 16).replace('T', ' ');
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to.slice(0, 10)) - Date.parse(from.slice(0, 10))) / 86_400_000);
}

export function days(count: number): string {
  return `${count} ${Math.abs(count) === 1 ? 'day' : 'days'}`;
}

/** What the images show in a few words: as a radiologist left it, else as measured. "Cannot say" is never silent. */
export function imagesWords(summary: Pick<CaseSummary, 'finding' | 'answers'>): string {
  const review = reviewAnswer(summary.answers);
  if (review?.kind === 'finding-refuted') return `refuted by a radiologist (the software: ${measuredWords(summary.finding)})`;
  if (review?.kind !== 'finding-changed') return measuredWords(summary.finding);
  const given = (review.changes ?? []).map(({ level, grade }) => `${level} grade ${grade}`);
  const moved = review.moved ? `points of ${review.moved.level} moved` : '';
  const changed = [...given, moved].filter((part) => part !== '').join(', ');
  return `${changed || 'changed'} by a radiologist (the software: ${measuredWords(summary.finding)})`;
}

function measuredWords(finding: CaseSummary['finding']): string {
  if (!finding) return 'not measured: cannot say';
  if (finding.state === 'cannot-say') return `cannot say: ${(finding.reason ?? 'no reason').replaceAll('-', ' ')}`;
  const fractured = gradedFractures(finding);
  const unsure = finding.vertebrae.filter((vertebra) => vertebra.state === 'indeterminate' && (vertebra.grade ?? 0) >= 1);
  const parts = [
    ...fractured.map(
      (one) => `${one.levelText} grade ${one.gradeText}${one.percent === null ? '' : ` (${one.percent.toFixed(0)}\u00a0%\u00a0loss)`}`,
    ),
    ...unsure.map((one) => `${one.levelText} grade ${one.gradeText}, not sure`),
  ];
  if (parts.length > 0) return parts.join(', ');
  const assessed = finding.vertebrae.filter((vertebra) => vertebra.state !== 'not_evaluable');
  return assessed.length === 0
    ? 'cannot say: no vertebra could be graded'
    : `none seen in ${assessed[0]?.levelText} to ${assessed.at(-1)?.levelText}`;
}

export function reportWords(reading: CaseSummary['reading']): string {
  if (!reading) return 'not read';
  const said = {
    stated: 'states a fracture',
    uncertain: 'is not sure',
    denied: 'denies a fracture',
    silent: 'is silent',
    'not-read': 'text could not be read',
  }[reading.fracture];
  const levels = reading.levels.length > 0 ? ` (${reading.levels.join(', ')})` : '';
  const words = reading.ambiguousOnly ? ', ambiguous words only' : '';
  return `${said}${levels}${words}${reading.fracture === 'stated' ? (reading.advice ? ', with advice' : ', no advice') : ''}`;
}
