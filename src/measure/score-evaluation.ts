/** The figures of rung f from pairs of truth and measurement: rates with intervals, ROC, FROC, kappa, calibration, agreement, risk against coverage. */
import type { Grade } from '../case/vertebra.ts';
import { type Limits, limitsOfAgreement } from './limits-of-agreement.ts';

/** One vertebra of one patient. `truthGrade` and `truthLoss` come from the labels; null where the labels do not say. */
export interface ScoredVertebra {
  readonly patient: string;
  readonly truthLevel: string;
  readonly truthGrade: Grade | null;
  readonly truthLoss: number | null;
  /** Null when the pipeline found nothing there. */
  readonly measured: {
    readonly level: string;
    readonly grade: Grade | null;
    readonly loss: number | null;
    /** P(grade >= 2). */
    readonly probability: number | null;
    readonly sd: number | null;
  } | null;
  /** Subgroups, e.g. { sex: 'female', slice: '<=1.5 mm' }. */
  readonly groups: Readonly<Record<string, string>>;
}

export interface Proportion {
  readonly count: number;
  readonly of: number;
  readonly rate: number | null;
  readonly ci: readonly [number, number] | null;
}

/** Wilson 1927, 95 %. */
export function proportion(count: number, of: number): Proportion {
  if (of === 0) return { count, of, rate: null, ci: null };
  const z = 1.959964;
  const p = count / of;
  const scale = 1 + (z * z) / of;
  const middle = (p + (z * z) / (2 * of)) / scale;
  const half = (z * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of))) / scale;
  return { count, of, rate: p, ci: [Math.max(0, middle - half), Math.min(1, middle + half)] };
}

export interface RocPoint {
  readonly threshold: number;
  readonly sensitivity: number;
  readonly falsePositiveRate: number;
}

/** Points from the strictest to the loosest threshold, and the area by the rank sum (ties count half). */
export function rocOf(scores: readonly { readonly score: number; readonly positive: boolean }[]): {
  readonly points: readonly RocPoint[];
  readonly auc: number | null;
} {
  const positives = scores.filter((each) => each.positive);
  const negatives = scores.filter((each) => !each.positive);
  if (positives.length === 0 || negatives.length === 0) return { points: [], auc: null };
  const thresholds = [...new Set(scores.map((each) => each.score))].sort((a, b) => b - a);
  const share = (group: typeof positives, threshold: number): number => group.filter((each) => each.score >= threshold).length / group.length;
  const points = thresholds.map((threshold) => ({
    threshold,
    sensitivity: share(positives, threshold),
    falsePositiveRate: share(negatives, threshold),
  }));
  let wins = 0;
  for (const { score } of positives) for (const other of negatives) wins += score > other.score ? 1 : score === other.score ? 0.5 : 0;
  return {
    points: [{ threshold: Number.POSITIVE_INFINITY, sensitivity: 0, falsePositiveRate: 0 }, ...points],
    auc: wins / (positives.length * negatives.length),
  };
}

/** Quadratic-weighted kappa of a square table `counts[truth][measured]` (Cohen 1968); null when nothing can be expected to differ. */
export function quadraticKappa(counts: readonly (readonly number[])[]): number | null {
  const size = counts.length;
  const total = counts.flat().reduce((sum, n) => sum + n, 0);
  const rows = counts.map((row) => row.reduce((sum, n) => sum + n, 0));
  const columns = counts.map((_, c) => counts.reduce((sum, row) => sum + row[c]!, 0));
  let [observed, expected] = [0, 0];
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      const weight = ((r - c) / (size - 1)) ** 2;
      observed += weight * counts[r]![c]!;
      expected += (weight * rows[r]! * columns[c]!) / (total || 1);
    }
  }
  return expected > 0 ? 1 - observed / expected : null;
}

/** Rows: truth 0-3; columns: measured 0-3. Only vertebrae with both. */
export function gradeTable(rows: readonly ScoredVertebra[]): number[][] {
  const table = [0, 1, 2, 3].map(() => [0, 0, 0, 0]);
  for (const { truthGrade, measured } of rows) if (truthGrade !== null && measured && measured.grade !== null) table[truthGrade]![measured.grade]!++;
  return table;
}

/** Bias and 95 % limits of measured less true loss, points (Bland and Altman 1986). */
export function lossAgreement(rows: readonly ScoredVertebra[]): Limits | null {
  return limitsOfAgreement(rows.flatMap((row) => (row.truthLoss !== null && row.measured?.loss != null ? [row.measured.loss - row.truthLoss] : [])));
}

/** Ten bins of P(grade >= 2): how often it came true; and the Brier score. */
export function calibrationOf(rows: readonly ScoredVertebra[]): {
  readonly bins: readonly { readonly mean: number; readonly came: Proportion }[];
  readonly brier: number | null;
} {
  const pairs = rows.flatMap(({ truthGrade, measured }) =>
    truthGrade !== null && measured?.probability != null ? [{ p: measured.probability, hit: truthGrade >= 2 }] : [],
  );
  const bins = Array.from({ length: 10 }, (_, n) => pairs.filter(({ p }) => Math.min(9, Math.floor(p * 10)) === n)).flatMap((bin) =>
    bin.length > 0
      ? [{ mean: bin.reduce((sum, { p }) => sum + p, 0) / bin.length, came: proportion(bin.filter(({ hit }) => hit).length, bin.length) }]
      : [],
  );
  const brier = pairs.length > 0 ? pairs.reduce((sum, { p, hit }) => sum + (p - (hit ? 1 : 0)) ** 2, 0) / pairs.length : null;
  return { bins, brier };
}

/** Share of wrong calls (grade >= 2 or not) when only the surest share of vertebrae is answered. */
export function riskCoverage(rows: readonly ScoredVertebra[]): readonly { readonly coverage: number; readonly risk: number }[] {
  const answered = rows.flatMap(({ truthGrade, measured }) =>
    truthGrade !== null && measured?.grade != null && measured.sd !== null
      ? [{ sd: measured.sd, wrong: truthGrade >= 2 !== measured.grade >= 2 }]
      : [],
  );
  const sorted = answered.sort((a, b) => a.sd - b.sd);
  let wrong = 0;
  return sorted.map((row, i) => {
    if (row.wrong) wrong++;
    return { coverage: (i + 1) / rows.length, risk: wrong / (i + 1) };
  });
}
