/** Weighted least squares with standard errors that hold when neighbouring points are alike: Newey and West 1987, Econometrica 55:703. */
import { studentQuantile, studentTwoSided } from './distributions.ts';

export interface Coefficient {
  readonly value: number;
  readonly error: number;
  /** 95 % interval, by Student's t. */
  readonly low: number;
  readonly high: number;
  /** Two-sided. */
  readonly p: number;
}

export interface Fit {
  readonly coefficients: readonly Coefficient[];
  readonly fitted: readonly number[];
  readonly degrees: number;
}

/**
 * `rows` are the points in the order of time. Bartlett weights over `lags` neighbours, small-sample factor n / (n - k), t with n - k degrees.
 * Null when there are too few points, or the columns are not independent.
 */
export function fitSeries(rows: readonly (readonly number[])[], y: readonly number[], weights: readonly number[], lags: number): Fit | null {
  const [n, k] = [rows.length, rows[0]?.length ?? 0];
  if (k === 0 || n <= k) return null;
  const inverse = inverted(crossed(rows, weights));
  if (!inverse) return null;
  const moment = Array.from({ length: k }, (_, column) =>
    sumOf(rows, (row, i) => (weights[i] as number) * (row[column] as number) * (y[i] as number)),
  );
  const beta = times(inverse, moment);
  const fitted = rows.map((row) => dot(row, beta));
  // Scores of the weighted problem: w x e.
  const scores = rows.map((row, i) => row.map((value) => (weights[i] as number) * value * ((y[i] as number) - (fitted[i] as number))));
  const covariance = sandwiched(inverse, meat(scores, lags), n / (n - k));
  const t = studentQuantile(0.975, n - k);
  const coefficients = beta.map((value, index): Coefficient => {
    const error = Math.sqrt(covariance[index]?.[index] as number);
    return { value, error, low: value - t * error, high: value + t * error, p: error > 0 ? studentTwoSided(value / error, n - k) : 1 };
  });
  return { coefficients, fitted, degrees: n - k };
}

type Matrix = readonly (readonly number[])[];

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
const times = (matrix: Matrix, vector: readonly number[]): number[] => matrix.map((row) => dot(row, vector));
const sumOf = <T>(list: readonly T[], of: (one: T, index: number) => number): number => list.reduce((sum, one, index) => sum + of(one, index), 0);

function crossed(rows: Matrix, weights: readonly number[]): number[][] {
  const k = rows[0]?.length ?? 0;
  return Array.from({ length: k }, (_, a) =>
    Array.from({ length: k }, (_each, b) => sumOf(rows, (row, i) => (weights[i] as number) * (row[a] as number) * (row[b] as number))),
  );
}

/** Sum of the scores' products at each lag, the further ones weighing less. */
function meat(scores: Matrix, lags: number): number[][] {
  const k = scores[0]?.length ?? 0;
  const total = Array.from({ length: k }, () => new Array<number>(k).fill(0));
  for (let lag = 0; lag <= lags; lag++) {
    const weight = 1 - lag / (lags + 1);
    for (let i = lag; i < scores.length; i++) {
      const [now, before] = [scores[i] as readonly number[], scores[i - lag] as readonly number[]];
      for (let a = 0; a < k; a++) {
        for (let b = 0; b < k; b++) {
          const product = (now[a] as number) * (before[b] as number);
          const mirrored = lag === 0 ? 0 : (before[a] as number) * (now[b] as number);
          (total[a] as number[])[b] = ((total[a] as number[])[b] as number) + weight * (product + mirrored);
        }
      }
    }
  }
  return total;
}

function sandwiched(bread: Matrix, filling: Matrix, factor: number): number[][] {
  const left = bread.map((row) =>
    (filling[0] ?? []).map((_, column) =>
      dot(
        row,
        filling.map((each) => each[column] as number),
      ),
    ),
  );
  return left.map((row) =>
    (bread[0] ?? []).map(
      (_, column) =>
        factor *
        dot(
          row,
          bread.map((each) => each[column] as number),
        ),
    ),
  );
}

/** Gauss-Jordan with pivots; null for a matrix that has no inverse. */
function inverted(matrix: Matrix): number[][] | null {
  const size = matrix.length;
  const work = matrix.map((row, index) => [...row, ...row.map((_, column) => (column === index ? 1 : 0))]);
  for (let column = 0; column < size; column++) {
    const candidates = work.slice(column).map((row) => Math.abs(row[column] as number));
    const pivot = column + candidates.indexOf(Math.max(...candidates));
    const top = work[pivot] as number[];
    if (Math.abs(top[column] as number) < 1e-12 * Math.max(1, ...matrix.flat().map(Math.abs))) return null;
    [work[column], work[pivot]] = [top, work[column] as number[]];
    const scale = top[column] as number;
    const scaled = top.map((value) => value / scale);
    work[column] = scaled;
    for (let other = 0; other < size; other++) {
      if (other === column) continue;
      const share = (work[other] as number[])[column] as number;
      work[other] = (work[other] as number[]).map((value, index) => value - share * (scaled[index] as number));
    }
  }
  return work.map((row) => row.slice(size));
}
