/** The audit as CSV (RFC 4180): the figures, and one line a referral under the field names of the FLS-DB. */
import type { AuditCase, AuditFigures, AuditQuestion } from '../case/audit-figures.ts';
import { gradedFractures } from '../case/case-summary.ts';
import { dayOf } from './audit-figures.ts';
import { stratumOf } from './audit-measures.ts';

/** A leading = + - @ would be run as a formula by a spreadsheet: such a cell gets an apostrophe. */
export function cell(value: string | number | null): string {
  if (value === null) return '';
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const lines = (rows: readonly (readonly (string | number | null)[])[]): string => rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value * 10_000) / 10_000);

/** One line a point or stratum; an empty count is one under 5. */
export function auditCsv(figures: AuditFigures): string {
  const { shares, times } = figures;
  return lines([
    ['measure', 'name', 'stratum', 'value', 'period', 'hits', 'counted', 'share', 'limit_low', 'limit_high', 'outside', 'unit'],
    ...shares.flatMap(({ measure, points, overall, strata }) => [
      [
        measure.id,
        measure.name,
        'all',
        '',
        'all',
        overall?.hits ?? null,
        overall?.counted ?? null,
        rounded(overall?.share ?? null),
        null,
        null,
        '',
        'share',
      ],
      ...points.map((p) => [
        measure.id,
        measure.name,
        'all',
        '',
        p.period,
        p.hits,
        p.counted,
        rounded(p.share),
        rounded(p.low),
        rounded(p.high),
        p.outside ? 'yes' : 'no',
        'share',
      ]),
      ...strata.map((row) => [
        measure.id,
        measure.name,
        row.name,
        row.value,
        'all',
        row.hits,
        row.counted,
        rounded(row.share),
        null,
        null,
        '',
        'share',
      ]),
    ]),
    ...times.flatMap((time) =>
      time.points.map((p) => [
        time.id,
        time.name,
        'all',
        '',
        p.period,
        null,
        p.counted,
        rounded(p.value),
        rounded(time.low),
        rounded(time.high),
        p.outside ? 'yes' : 'no',
        time.unit,
      ]),
    ),
  ]);
}

/** FLS-DB fields that Backstop knows; the others stay in the file, empty, so that it can be merged. Values in words: map them to your version's codes. */
const FLS_DB_FIELDS = [
  'Local number',
  '1.03 Gender',
  '1.04 Post Code',
  '1.05 CareRes',
  '1.06 DateFLSContact',
  '1.07 DateFLSAssess',
  '1.08 AdmitHosp',
  '1.09 Date Index Frac Diagnosed',
  '1.10 TypeOfFracture',
  '1.11 SiteFirstFrac',
  '1.12 SiteSecFrac',
  '1.13 SiteThirdFrac',
  '2.06 BoneSpareTherapy',
  '3.01 DXA',
  '3.03 DateofDXA',
  '4.01 BoneTherapy',
  '6.01 FollowUp12_16',
  '6.02 Dateof16WeekAss',
  '7.01 FollowUp48_56',
  '7.06',
] as const;

export function flsDbCsv(all: readonly AuditCase[], question: AuditQuestion): string {
  const referred = all.filter(
    (one) =>
      one.decision?.outcome === 'refer' &&
      dayOf(one) >= question.from &&
      dayOf(one) < question.to &&
      (question.only === null || stratumOf(one, question.only.name) === question.only.value),
  );
  return lines([FLS_DB_FIELDS, ...referred.map(flsDbRow)]);
}

function flsDbRow(one: AuditCase): readonly (string | null)[] {
  const at = (kind: string): string | null => one.answers.find((answer) => answer.kind === kind)?.at.slice(0, 10) ?? null;
  const drugs = one.history?.boneDrugs;
  const stated = one.reading?.levels ?? [];
  const levels = stated.length > 0 ? stated : gradedFractures(one.finding).map((vertebra) => vertebra.level);
  const known: Readonly<Record<string, string | null>> = {
    'Local number': one.report.patient.id.value,
    '1.03 Gender': one.report.patient.sex,
    '1.06 DateFLSContact': at('referral-accepted') ?? at('referral-scheduled'),
    '1.07 DateFLSAssess': at('referral-done'),
    '1.09 Date Index Frac Diagnosed': one.report.reportedAt?.slice(0, 10) ?? null,
    '1.10 TypeOfFracture': 'vertebral',
    '1.11 SiteFirstFrac': levels[0] ? `spine ${levels[0]}` : 'spine',
    '1.12 SiteSecFrac': levels[1] ? `spine ${levels[1]}` : null,
    '1.13 SiteThirdFrac': levels[2] ? `spine ${levels[2]}` : null,
    '2.06 BoneSpareTherapy': drugs?.known ? drugs.value.join('; ') || 'none recorded' : null,
  };
  return FLS_DB_FIELDS.map((name) => known[name] ?? null);
}
