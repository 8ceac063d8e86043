/** All figures of an evaluation (rung f) as one object for machines, and the main ones as lines for a terminal. */
import { percentile } from './normalize-image.ts';
import {
  calibrationOf,
  gradeTable,
  type lossAgreement,
  type Proportion,
  quadraticKappa,
  riskCoverage,
  rocOf,
  type ScoredVertebra,
} from './score-evaluation.ts';
import { frocOf, type Scores, subgroupScores } from './score-patients.ts';

export interface Evaluated {
  readonly rows: readonly ScoredVertebra[];
  readonly scores: Scores;
  readonly rawLoss: ReturnType<typeof lossAgreement>;
  readonly landmarkMm: readonly number[];
  readonly invented: number;
  readonly failed: readonly { readonly scan: string; readonly because: string }[];
}

export function evaluationFigures({ rows, scores, rawLoss, landmarkMm, invented, failed }: Evaluated) {
  const scored = rows.flatMap(({ truthGrade, measured }) =>
    truthGrade !== null && measured?.probability != null ? [{ score: measured.probability, positive: truthGrade >= 2 }] : [],
  );
  const grades = gradeTable(rows);
  const sorted = landmarkMm.toSorted((a, b) => a - b);
  return {
    scores,
    auc: rocOf(scored).auc,
    froc: frocOf(rows),
    gradeTable: grades,
    quadraticKappa: quadraticKappa(grades),
    rawLoss,
    landmarkMm: sorted.length === 0 ? null : { median: percentile(sorted, 50), p95: percentile(sorted, 95), n: sorted.length },
    calibration: calibrationOf(rows),
    riskCoverage: riskCoverage(rows),
    subgroups: subgroupScores(rows),
    invented,
    failed,
  };
}

const NAMES: readonly (readonly [string, keyof Scores])[] = [
  ['patients: sensitivity, grade 2-3', 'patientSensitivity'],
  ['patients: specificity', 'patientSpecificity'],
  ['vertebrae: sensitivity, grade 2-3', 'vertebraSensitivity'],
  ['vertebrae: specificity', 'vertebraSpecificity'],
  ['vertebrae found', 'found'],
  ['named right, of those found', 'levelRate'],
  ['not evaluable, of those found', 'notEvaluable'],
];

const shareText = ({ rate, ci, count, of }: Proportion): string =>
  rate === null || ci === null ? `none of ${of}` : `${rate.toFixed(3)} (${ci[0].toFixed(3)} to ${ci[1].toFixed(3)}; ${count} of ${of})`;

const numberText = (value: number | null): string => (value === null ? 'not to be had from these labels' : value.toFixed(3));

/** One figure a line, with its interval; a figure that the labels cannot give says so. */
export function evaluationLines(figures: ReturnType<typeof evaluationFigures>): string {
  const { rawLoss, landmarkMm, subgroups } = figures;
  const rows: readonly (readonly [string, string])[] = [
    ...NAMES.map(([name, key]) => [name, shareText(figures.scores[key])] as const),
    ['ROC area, grade 2-3', numberText(figures.auc)],
    ['kappa of grades, quadratic', numberText(figures.quadraticKappa)],
    ['raw loss, points', rawLoss === null ? 'no labelled points' : `${rawLoss.bias.toFixed(1)} +- ${rawLoss.limits.toFixed(1)} (n = ${rawLoss.n})`],
    ['landmarks, mm', landmarkMm === null ? 'no labelled points' : `median ${landmarkMm.median.toFixed(2)}, p95 ${landmarkMm.p95.toFixed(2)}`],
    ['Brier score', numberText(figures.calibration.brier)],
    ...subgroups.flatMap(({ group, value, scores }) => [
      [`${group} ${value}: sensitivity`, shareText(scores.vertebraSensitivity)] as const,
      [`${group} ${value}: specificity`, shareText(scores.vertebraSpecificity)] as const,
    ]),
  ];
  return rows.map(([name, text]) => `  ${name.padEnd(36)} ${text}`).join('\n');
}
