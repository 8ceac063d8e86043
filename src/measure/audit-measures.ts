/** M1-M7 and the balancing measures: for each case a hit, a miss, or not counted. Definitions: docs/user-guide.md, "For leads". */
import type { AuditCase, MeasureText, Stratum } from '../case/audit-figures.ts';
import { worstGrade } from '../case/case-summary.ts';
import type { CheckId } from '../case/reading.ts';
import type { HumanAnswer } from '../case/referral.ts';
import { secondsOf } from './calendar.ts';

export interface Measure extends MeasureText {
  /** True a hit, false a miss, null not counted. `today` is YYYY-MM-DD; `again` names cases of patients who were referred within a year before. */
  readonly of: (one: AuditCase, context: { readonly today: string; readonly again: ReadonlySet<string> }) => boolean | null;
}

const START = 'the audit with which this project began';
const has = (one: AuditCase, ...kinds: readonly HumanAnswer['kind'][]): boolean => one.answers.some((answer) => kinds.includes(answer.kind));
const refers = (one: AuditCase): boolean => one.decision?.outcome === 'refer';
const ordered = (one: AuditCase): boolean => has(one, 'card-accepted', 'referral-accepted', 'referral-scheduled', 'referral-done');
/** A report whose text could not be read has said neither yes nor no. */
const isRead = (one: AuditCase): one is AuditCase & { reading: NonNullable<AuditCase['reading']> } =>
  one.reading !== null && one.reading.fracture !== 'not-read';
const daysFrom = (from: string, to: string): number => (secondsOf(to) - secondsOf(from)) / 86_400;

function check(id: CheckId, name: string, targetPercent: number | null): Measure {
  return {
    id: `M3-${id}`,
    name,
    counted: `reports that were read and to which check ${id} applies`,
    hit: 'the report passes',
    baseline: null,
    targetPercent,
    kind: 'wording',
    of: ({ reading }) => (reading?.checks[id] === 'yes' ? true : reading?.checks[id] === 'no' ? false : null),
  };
}

function main(id: string, name: string, counted: string, hit: string, of: Measure['of'], more: Partial<Measure> = {}): Measure {
  return { id, name, counted, hit, baseline: null, targetPercent: null, kind: 'main', of, ...more };
}

/** KPI 4 of the FLS-DB: within 90 days of the diagnosis, here of the report. */
function seenIn90Days(one: AuditCase, today: string): boolean | null {
  const reported = one.report.reportedAt;
  if (!refers(one) || !reported || one.referral === 'declined') return null;
  const done = one.answers.find((answer) => answer.kind === 'referral-done');
  if (done) return daysFrom(reported, done.at) <= 90;
  return daysFrom(reported, `${today}T00:00:00Z`) > 90 ? false : null;
}

export const MEASURES: readonly Measure[] = [
  main(
    'M1',
    'Fracture stated in the report',
    'examinations with a vertebral fracture of grade 2 or 3 (as a radiologist gave it in a review, else as measured)',
    'the report states a vertebral fracture in plain words',
    (one) => (isRead(one) && (worstGrade(one) ?? 0) >= 2 ? one.reading.fracture === 'stated' && !one.reading.ambiguousOnly : null),
    { baseline: { percent: 77, source: START }, targetPercent: 90 },
  ),
  main(
    'M2',
    'Advice in the report',
    'reports that state a vertebral fracture',
    'the report advises referral or assessment for osteoporosis',
    (one) => (one.reading?.fracture === 'stated' ? one.reading.advice : null),
    {
      baseline: { percent: 43, source: START },
      targetPercent: 100,
    },
  ),
  main('M4', 'Proposals that became orders', 'proposed referrals', 'a person accepted it (card or worklist)', (one) =>
    refers(one) ? ordered(one) : null,
  ),
  main('M5', 'Orders that the fracture liaison service took', 'accepted referrals', 'the service accepted or finished it', (one) =>
    refers(one) && ordered(one) ? has(one, 'referral-accepted', 'referral-scheduled', 'referral-done') : null,
  ),
  main(
    'M7-4',
    'Seen by the fracture liaison service within 90 days (FLS-DB KPI 4)',
    'referrals that were not declined and are done, or older than 90 days',
    'marked as done at most 90 days after the report',
    (one, { today }) => seenIn90Days(one, today),
    {
      targetPercent: 80,
    },
  ),
  check('C1', 'The bones are mentioned (C1)', 100),
  check('C3', 'The words "vertebral fracture" are used (C3)', 100),
  check('C4', 'The level is given (C4)', null),
  check('C5', 'The grade is given (C5)', null),
  check('C6', 'Advice is given (C6)', 100),
  check('C7', 'New or old, compared with a prior (C7)', null),
  check('C8', 'A pathological cause is excluded (C8)', null),
  main(
    'B1',
    'False positives per 100 examinations',
    'examinations that were measured',
    'a radiologist found no fracture where one was measured',
    (one) =>
      one.finding?.state === 'measured' ? one.answers.findLast((answer) => answer.kind.startsWith('finding-'))?.kind === 'finding-refuted' : null,
    { kind: 'balance' },
  ),
  main(
    'B2',
    'Cards set aside',
    'cases whose card was answered',
    'the card was set aside',
    (one) => (has(one, 'card-accepted', 'card-overridden') ? has(one, 'card-overridden') && !has(one, 'card-accepted') : null),
    { kind: 'balance' },
  ),
  main(
    'B3',
    'Declined by the fracture liaison service',
    'referrals that the service answered',
    'declined',
    (one) => (has(one, 'referral-accepted', 'referral-scheduled', 'referral-declined', 'referral-done') ? one.referral === 'declined' : null),
    { kind: 'balance' },
  ),
  main(
    'B4',
    'Second referral within a year',
    'proposed referrals',
    'the patient was referred in the year before',
    (one, { again }) => (refers(one) ? again.has(one.id) : null),
    { kind: 'balance' },
  ),
  main(
    'B5',
    'Already treated',
    'confirmed fractures',
    'the patient takes a bone drug',
    (one) => (one.decision?.confirmedBy ? one.decision.outcome === 'fracture-on-treatment' : null),
    { kind: 'balance' },
  ),
  main('B6', 'Images that could not be judged', 'all cases', 'cannot say, or not measured', (one) => one.finding?.state !== 'measured', {
    kind: 'balance',
  }),
  main(
    'B8',
    'Reports whose text could not be read',
    'all reports that were looked at; those counted here count in no measure of what reports say (M1, M2, M3)',
    'its words are only in a document (PDF, scan)',
    (one) => (one.reading ? one.reading.fracture === 'not-read' : null),
    { kind: 'balance' },
  ),
];

/** What Backstop has no data for is said, not left out. */
export const CANNOT_SAY = [
  {
    id: 'M7-3',
    name: 'FLS-DB KPI 3, spine as index site',
    because: 'needs all records of the service, also those that did not come through Backstop',
  },
  { id: 'M7-5', name: 'FLS-DB KPI 5, DXA within 90 days', because: 'the date of the DXA is in the FLS-DB record' },
  { id: 'M7-7', name: 'FLS-DB KPI 7, bone therapy recommended', because: 'in the FLS-DB record' },
  { id: 'M7-9', name: 'FLS-DB KPI 9, monitoring contact by 16 weeks', because: 'in the FLS-DB record' },
  { id: 'M7-10', name: 'FLS-DB KPI 10, therapy started by 16 weeks', because: 'in the FLS-DB record' },
  { id: 'M7-11', name: 'FLS-DB KPI 11, adherence at 12 months', because: 'in the FLS-DB record' },
  { id: 'B7', name: 'Review minutes', because: 'the time between opening and answering a review is not a reader’s working time' },
] as const;

const AGES = [50, 65, 75, 85] as const;

/** "65-74", "unknown" ...; each case has exactly one value in each stratum. */
export function stratumOf(one: AuditCase, name: Stratum): string {
  const { report, finding } = one;
  if (name === 'sex') return report.patient.sex;
  if (name === 'site') return report.source;
  if (name === 'modality') return finding?.modality ?? report.modality ?? 'unknown';
  if (name === 'scanner') return finding?.scanner || 'unknown';
  if (name === 'model') return finding?.models.map((model) => `${model.id} ${model.version}`).join(' + ') || 'none';
  const born = report.patient.birthDate;
  if (!born || !/^\d{4}-\d{2}-\d{2}$/.test(born)) return 'unknown';
  const at = (report.examinedAt ?? one.createdAt).slice(0, 10);
  const years = Number(at.slice(0, 4)) - Number(born.slice(0, 4)) - (at.slice(5) < born.slice(5) ? 1 : 0);
  const index = AGES.findLastIndex((limit) => years >= limit);
  if (index < 0) return `under ${AGES[0]}`;
  const next = AGES[index + 1];
  return next === undefined ? `${AGES[index]} and over` : `${AGES[index]}-${next - 1}`;
}
