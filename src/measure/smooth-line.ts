/** Whittaker's smoother (Eilers 2003, Anal Chem 75:3631): weighted least squares with a penalty on second differences. */

/**
 * Smooths evenly spaced `values`. `weights` >= 0 (0 = no measurement, filled by the smoother).
 * `lambda` = (wavelength / (2 pi step))^4 halves what swings faster than `wavelength`.
 */
export function smoothLine(values: readonly number[], weights: readonly number[], lambda: number): number[] {
  const n = values.length;
  if (n < 3) return [...values];
  // Normal equations (W + lambda D'D) z = W y: symmetric with two side diagonals.
  const main = weights.map((weight) => weight + 1e-9);
  const first = new Array<number>(n).fill(0);
  const second = new Array<number>(n).fill(0);
  for (let i = 0; i + 2 < n; i++) {
    main[i]! += lambda;
    main[i + 1]! += 4 * lambda;
    main[i + 2]! += lambda;
    first[i]! -= 2 * lambda;
    first[i + 1]! -= 2 * lambda;
    second[i]! += lambda;
  }
  const right = values.map((value, i) => value * (weights[i]! + 1e-9));
  // L D L' factorisation of the band, then two substitutions.
  const d = new Array<number>(n).fill(0);
  const l1 = new Array<number>(n).fill(0);
  const l2 = new Array<number>(n).fill(0);
  for (let i = 0; i < n; i++) {
    const one = i > 0 ? l1[i - 1]! : 0;
    const two = i > 1 ? l2[i - 2]! : 0;
    d[i] = main[i]! - (i > 0 ? one * one * d[i - 1]! : 0) - (i > 1 ? two * two * d[i - 2]! : 0);
    l1[i] = (first[i]! - (i > 0 ? l2[i - 1]! * one * d[i - 1]! : 0)) / d[i]!;
    l2[i] = second[i]! / d[i]!;
    right[i]! -= (i > 0 ? one * right[i - 1]! : 0) + (i > 1 ? two * right[i - 2]! : 0);
  }
  const smooth = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    smooth[i] = right[i]! / d[i]! - (i + 1 < n ? l1[i]! * smooth[i + 1]! : 0) - (i + 2 < n ? l2[i]! * smooth[i + 2]! : 0);
  }
  return smooth;
}

/** The penalty that halves what swings faster than `wavelengthMm` when samples are `stepMm` apart. */
export function lambdaFor(wavelengthMm: number, stepMm: number): number {
  return (wavelengthMm / (2 * Math.PI * stepMm)) ** 4;
}
