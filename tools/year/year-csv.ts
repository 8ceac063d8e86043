/** The truth of a made year as CSV: one line a report, and what the audit must count from it. */
import { cell } from '#src/measure/audit-csv.ts';
import { trueGrade, type YearTruth } from './year-options.ts';

const COLUMNS: readonly (readonly [name: string, value: (truth: YearTruth) => string | number])[] = [
  ['accession', (t) => t.accession],
  ['site', (t) => t.site.name],
  ['arm', (t) => t.site.arm],
  ['phase', (t) => t.phase],
  ['patient_id', (t) => t.person.id],
  ['sex', (t) => t.person.sex],
  ['birth_date', (t) => t.person.birthDate],
  ['age_years', (t) => t.ageYears],
  ['examined_at', (t) => t.examinedAt],
  ['reported_at', (t) => t.reportedAt],
  ['modality', (t) => t.modality],
  ['scanner', (t) => `${t.scanner.manufacturer} ${t.scanner.model}`],
  ['true_grade', trueGrade],
  ['true_levels', (t) => t.fractures.map((one) => `${one.level}:${one.grade}:${one.lossPercent}`).join(' ')],
  ['images', (t) => (t.measured ? 'measured' : 'cannot-say')],
  ['false_positive', (t) => (t.falsePositive ? `${t.falsePositive.level}:${t.falsePositive.grade}` : '')],
  ['report_says', (t) => t.says],
  ['advice', (t) => yes(t.advice)],
  ['beside', (t) => t.beside],
  ['bone_drug', (t) => yes(t.boneDrug)],
  ['open_referral', (t) => yes(t.openReferral)],
  ['answered', (t) => t.answered],
  ['has_images', (t) => yes(t.hasImages)],
  ['study_instance_uid', (t) => t.studyInstanceUid],
  // What the measures must count: empty where a report is not counted.
  ['m1', (t) => (t.measured && trueGrade(t) >= 2 ? yes(t.says === 'stated') : '')],
  ['m2', (t) => (t.says === 'stated' ? yes(t.advice) : '')],
];

const yes = (is: boolean): string => (is ? 'yes' : 'no');

export function yearCsv(truths: readonly YearTruth[]): string {
  const rows = [COLUMNS.map(([name]) => name), ...truths.map((truth) => COLUMNS.map(([, value]) => value(truth)))];
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
