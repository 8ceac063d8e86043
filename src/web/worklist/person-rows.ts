/** From open cases to the rows of the worklist: a patient once, filtered and sorted as the address says. Pure. */
import { type CaseSummary, gradedFractures, personKey, worstGrade } from '#src/case/case-summary.ts';
import type { Outcome } from '#src/case/referral.ts';
import type { ReferralStatus } from '#src/case/referral-status.ts';
import type { CaseNote } from '#src/ports.ts';
import { daysBetween, personName } from '../words.ts';

/** Outcomes that make work for the fracture liaison service. */
export const WORKLIST_OUTCOMES: readonly Outcome[] = ['refer', 'fracture-on-treatment', 'link-to-referral', 'human-check'];

export const SHOWS = {
  open: ['proposed', 'accepted', 'scheduled'],
  new: ['proposed'],
  accepted: ['accepted'],
  scheduled: ['scheduled'],
  declined: ['declined'],
  done: ['done'],
} as const;
export type Show = keyof typeof SHOWS;
export const SORTS = ['grade', 'wait', 'due', 'name'] as const;
export type Sort = (typeof SORTS)[number];

export interface WorklistFilter {
  readonly show: Show;
  readonly sort: Sort;
  /** Least grade: 0 (all) to 3. */
  readonly grade: number;
  readonly due: '' | 'overdue' | 'week';
  readonly report: '' | 'gap';
  /** '' all, 'nobody', or the name of who looks after it. */
  readonly who: string;
  /** Part of a name or number. */
  readonly q: string;
  readonly page: number;
  readonly per: number;
}

export interface PersonRow {
  readonly key: string;
  /** The case that the row speaks of first: the most urgent, then the worst grade, then the oldest. */
  readonly lead: CaseSummary;
  readonly cases: readonly CaseSummary[];
  readonly status: ReferralStatus;
  readonly grade: 0 | 1 | 2 | 3 | null;
  readonly urgent: boolean;
  readonly waitDays: number;
  /** YYYY-MM-DD: the earliest of the row's cases. */
  readonly dueDate: string | null;
  /** Days past the due date; 0 or less: not overdue. */
  readonly overdueDays: number;
  /** The report states a fracture without advice, or does not state one. One whose text could not be read is not known to lack anything. */
  readonly reportGap: boolean;
  readonly assignedTo: string;
  readonly notes: readonly CaseNote[];
}

export function readFilter(query: Readonly<Record<string, unknown>>): WorklistFilter {
  const text = (name: string): string => (typeof query[name] === 'string' ? query[name].slice(0, 100) : '');
  const oneOf = <T extends string>(name: string, allowed: readonly T[], fallback: T): T => allowed.find((each) => each === text(name)) ?? fallback;
  const number = (name: string, low: number, high: number, fallback: number): number => {
    const value = Math.trunc(Number(text(name)));
    return text(name) !== '' && value >= low && value <= high ? value : fallback;
  };
  return {
    show: oneOf('show', Object.keys(SHOWS) as Show[], 'open'),
    sort: oneOf('sort', SORTS, 'grade'),
    grade: number('grade', 0, 3, 0),
    due: oneOf('due', ['', 'overdue', 'week'], ''),
    report: oneOf('report', ['', 'gap'], ''),
    who: text('who'),
    q: text('q').trim(),
    page: number('page', 1, 100_000, 1),
    per: number('per', 1, 1000, 100),
  };
}

/** The same filter as an address; what stands at its default is left out. */
export function filterQuery(filter: WorklistFilter, changes: Partial<WorklistFilter> = {}): string {
  const wanted = { ...filter, page: 1, ...changes };
  const plain = readFilter({});
  const pairs = Object.entries(wanted).filter(([name, value]) => value !== plain[name as keyof WorklistFilter]);
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, String(value)])).toString()}`;
}

export function personRows(cases: readonly CaseSummary[], notes: readonly CaseNote[], today: string): readonly PersonRow[] {
  const notesOf = Map.groupBy(notes, (note) => note.caseId);
  return [...Map.groupBy(cases, personKey)].map(([key, own]) => personRow(key, own, notesOf, today));
}

function personRow(key: string, own: readonly CaseSummary[], notesOf: ReadonlyMap<string, readonly CaseNote[]>, today: string): PersonRow {
  const cases = own.toSorted(
    (a, b) => urgency(b) - urgency(a) || (worstGrade(b) ?? -1) - (worstGrade(a) ?? -1) || (a.createdAt < b.createdAt ? -1 : 1),
  );
  const lead = cases[0] as CaseSummary;
  const notes = cases.flatMap((one) => notesOf.get(one.id) ?? []).toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const dueDate = cases.flatMap((one) => one.decision?.dueDate ?? []).toSorted()[0] ?? null;
  const since = cases.map((one) => one.report.reportedAt ?? one.createdAt).toSorted()[0] ?? lead.createdAt;
  const grades = cases.flatMap((one) => worstGrade(one) ?? []);
  return {
    key,
    lead,
    cases,
    status: cases.some((one) => one.referral === 'proposed') ? 'proposed' : lead.referral,
    grade: grades.length === 0 ? null : (Math.max(...grades) as 0 | 1 | 2 | 3),
    urgent: cases.some((one) => urgency(one) > 0),
    waitDays: Math.max(0, daysBetween(since, today)),
    dueDate,
    overdueDays: dueDate === null ? 0 : daysBetween(dueDate, today),
    reportGap: cases.some(({ reading }) => reading?.fracture !== 'not-read' && (reading?.fracture !== 'stated' || !reading.advice)),
    assignedTo: notes.findLast((note) => note.kind === 'handed-over')?.text ?? '',
    notes,
  };
}

const urgency = (summary: CaseSummary): number => (summary.decision?.priority === 'urgent' || summary.decision?.veryHighRisk ? 1 : 0);

export function filtered(rows: readonly PersonRow[], filter: WorklistFilter): readonly PersonRow[] {
  const wanted = filter.q.toLocaleLowerCase();
  const kept = rows.filter(
    (row) =>
      (row.grade ?? 0) >= filter.grade &&
      (filter.due !== 'overdue' || row.overdueDays > 0) &&
      (filter.due !== 'week' || (row.dueDate !== null && row.overdueDays > -7)) &&
      (filter.report !== 'gap' || row.reportGap) &&
      (filter.who === '' || (filter.who === 'nobody' ? row.assignedTo === '' : row.assignedTo === filter.who)) &&
      (wanted === '' || haystack(row).includes(wanted)),
  );
  return kept.toSorted(ORDER[filter.sort]);
}

function haystack({ lead }: PersonRow): string {
  const { patient, accession } = lead.report;
  return `${patient.familyName} ${patient.givenName} ${patient.familyName}, ${patient.givenName} ${patient.id.value} ${accession ?? ''}`.toLocaleLowerCase();
}

type Order = (a: PersonRow, b: PersonRow) => number;
const byName: Order = (a, b) => personName(a.lead.report.patient).localeCompare(personName(b.lead.report.patient), 'en');
const byWait: Order = (a, b) => b.waitDays - a.waitDays || byName(a, b);
const ORDER: Readonly<Record<Sort, Order>> = {
  grade: (a, b) => Number(b.urgent) - Number(a.urgent) || (b.grade ?? -1) - (a.grade ?? -1) || byWait(a, b),
  wait: byWait,
  due: (a, b) => (a.dueDate ?? '9999').localeCompare(b.dueDate ?? '9999') || byWait(a, b),
  name: byName,
};

/** How many vertebrae of the row are broken, and how badly: for the reason "at most two mild fractures". */
export function isMildOnly(row: PersonRow): boolean {
  const broken = gradedFractures(row.lead.finding);
  return broken.length > 0 && broken.length <= 2 && broken.every((vertebra) => vertebra.grade === 1);
}
