/** Bias and limits of agreement of paired measurements (Bland and Altman 1986, Lancet 1:307). */

export interface Limits {
  readonly n: number;
  /** Mean difference. */
  readonly bias: number;
  /** 1.96 standard deviations about the bias. */
  readonly limits: number;
}

/** Null below two pairs. */
export function limitsOfAgreement(differences: readonly number[]): Limits | null {
  const n = differences.length;
  if (n < 2) return null;
  const bias = differences.reduce((sum, value) => sum + value, 0) / n;
  const variance = differences.reduce((sum, value) => sum + (value - bias) ** 2, 0) / (n - 1);
  return { n, bias, limits: 1.96 * Math.sqrt(variance) };
}
