/** What part a report plays in a curated set: a case, a control, or neither, with the reason. By its words alone; the images are looked at later. */
import { hasReportText } from '../case/has-report-text.ts';
import type { Reading, Statement } from '../case/reading.ts';
import type { Report } from '../case/report.ts';
import type { Grade, Level } from '../case/vertebra.ts';
import { howOld } from './how-old.ts';

export type CurationExclusion =
  | 'not-signed'
  | 'no-examination-named'
  | 'no-report-text'
  | 'age-not-known'
  | 'under-18'
  | 'sex-not-known'
  | 'uncertain-words'
  | 'ambiguous-words'
  | 'red-flag'
  | 'trauma'
  | 'treated'
  | 'no-level-in-T1-L5'
  | 'only-a-past-fracture';

/** What the report says, without its words. */
export interface CurationLabel {
  readonly fracture: 'stated' | 'denied' | 'silent';
  readonly levels: readonly Level[];
  /** Grade by level, where the report gives one (as a number, or as mild, moderate, severe). */
  readonly grades: Readonly<Partial<Record<Level, Grade>>>;
  readonly advice: boolean;
}

export type CurationRole =
  | { readonly role: 'case' | 'control'; readonly ageYears: number; readonly label: CurationLabel }
  | { readonly role: 'excluded'; readonly because: CurationExclusion };

const SIGNED = new Set(['final', 'corrected', 'addendum']);

export function curationRole(report: Report, reading: Reading): CurationRole {
  const because = whyExcluded(report, reading);
  if (because) return { role: 'excluded', because };
  const fracture = reading.fracture === 'stated' ? 'stated' : reading.fracture === 'denied' ? 'denied' : 'silent';
  const label: CurationLabel = { fracture, levels: reading.levels, grades: gradesOf(reading.statements), advice: reading.advice };
  return { role: fracture === 'stated' ? 'case' : 'control', ageYears: ageOf(report) ?? 0, label };
}

function whyExcluded(report: Report, reading: Reading): CurationExclusion | null {
  const age = ageOf(report);
  if (!SIGNED.has(report.status)) return 'not-signed';
  if (report.accession === null && report.studyInstanceUid === null) return 'no-examination-named';
  if (!hasReportText(report)) return 'no-report-text';
  if (age === null) return 'age-not-known';
  if (age < 18) return 'under-18';
  if (report.patient.sex === 'unknown') return 'sex-not-known';
  if (reading.ambiguousOnly) return 'ambiguous-words';
  if (reading.fracture === 'uncertain') return 'uncertain-words';
  if (reading.redFlag) return 'red-flag';
  if (reading.trauma) return 'trauma';
  if (reading.treated) return 'treated';
  if (reading.fracture === 'stated' && reading.levels.length === 0) return 'no-level-in-T1-L5';
  const isPast = reading.statements.some((one) => one.target === 'vertebral-fracture' && one.certainty === 'affirmed' && one.time === 'historical');
  return reading.fracture !== 'stated' && isPast ? 'only-a-past-fracture' : null;
}

function ageOf(report: Report): number | null {
  const at = (report.examinedAt ?? report.reportedAt)?.slice(0, 10);
  return report.patient.birthDate === null || !at ? null : howOld(report.patient.birthDate, at);
}

const SEVERITY: Readonly<Record<'mild' | 'moderate' | 'severe', Grade>> = { mild: 1, moderate: 2, severe: 3 };

/** The highest grade that is stated for a level. */
function gradesOf(statements: readonly Statement[]): CurationLabel['grades'] {
  const grades: Partial<Record<Level, Grade>> = {};
  for (const { target, certainty, time, grade, severity, levels } of statements) {
    const told = grade ?? (severity === null ? null : SEVERITY[severity]);
    if (target !== 'vertebral-fracture' || certainty !== 'affirmed' || time !== 'current' || told === null) continue;
    for (const level of levels) grades[level] = Math.max(grades[level] ?? 0, told) as Grade;
  }
  return grades;
}
