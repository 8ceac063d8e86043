/** Where a point of the picture lies in the patient (or on the film), near one body whose landmarks are known in both. A straightened picture bends: distances in it are not those of the patient. */
import type { Landmark, PointLps } from '../case/vertebra.ts';

/** Solves the normal equations of a small system by elimination with pivots; null when it is singular. */
function solve(matrix: number[][], right: number[][]): number[][] | null {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...right[i]!]);
  for (let at = 0; at < size; at++) {
    const pivot = rows.slice(at).reduce((best, row, i) => (Math.abs(row[at]!) > Math.abs(rows[best]![at]!) ? at + i : best), at);
    if (Math.abs(rows[pivot]![at]!) < 1e-9) return null;
    [rows[at], rows[pivot]] = [rows[pivot]!, rows[at]!];
    for (let other = 0; other < size; other++) {
      if (other === at) continue;
      const share = rows[other]![at]! / rows[at]![at]!;
      rows[other] = rows[other]!.map((value, i) => value - share * rows[at]![i]!);
    }
  }
  return rows.map((row, i) => row.slice(size).map((value) => value / row[i]!));
}

/**
 * The bilinear map from picture to patient, or to the film, that fits the body's landmarks best (rows of a bent picture fan out). Null where neither
 * is known, or for fewer than four landmarks.
 */
export function placeInPatient(landmarks: readonly Landmark[]): ((point: readonly [number, number]) => PointLps) | null {
  const known = landmarks.flatMap(({ picture, lps, film }) => {
    const place: PointLps | null = lps ?? (film ? [film[0], film[1], 0] : null);
    return place ? [{ picture, lps: place }] : [];
  });
  if (known.length < 4 || known.length < landmarks.length) return null;
  const middle = [0, 1].map((axis) => known.reduce((sum, one) => sum + one.picture[axis]!, 0) / known.length) as [number, number];
  const terms = ([column, row]: readonly [number, number]): number[] => {
    const [c, r] = [(column - middle[0]) / 10, (row - middle[1]) / 10];
    return [1, c, r, c * r];
  };
  const all = known.map((one) => ({ terms: terms(one.picture), lps: one.lps }));
  const matrix = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => all.reduce((sum, one) => sum + one.terms[i]! * one.terms[j]!, 0)));
  const right = [0, 1, 2, 3].map((i) => [0, 1, 2].map((axis) => all.reduce((sum, one) => sum + one.terms[i]! * one.lps[axis]!, 0)));
  const found = solve(matrix, right);
  if (!found) return null;
  return (point) => [0, 1, 2].map((axis) => terms(point).reduce((sum, term, i) => sum + term * found[i]![axis]!, 0)) as unknown as PointLps;
}
