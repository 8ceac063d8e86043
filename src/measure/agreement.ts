/** How far readers agree beyond chance: Cohen's kappa for two (1960), Fleiss' kappa for more (1971). */

export interface Kappa {
  readonly n: number;
  /** Share of subjects (pairs of readers, for more than two) that agree. */
  readonly observed: number;
  /** Null when chance alone gives full agreement (everybody always says the same): then kappa says nothing. */
  readonly kappa: number | null;
}

const ratio = (observed: number, expected: number): number | null => (1 - expected < 1e-12 ? null : (observed - expected) / (1 - expected));

/** Two readers' calls of the same subjects, in the same order. Null without subjects. */
export function cohenKappa(calls: readonly (readonly [string | number | boolean, string | number | boolean])[]): Kappa | null {
  const n = calls.length;
  if (n === 0) return null;
  const observed = calls.filter(([a, b]) => a === b).length / n;
  const share = (reader: 0 | 1, value: unknown): number => calls.filter((call) => call[reader] === value).length / n;
  const expected = [...new Set(calls.flat())].reduce<number>((sum, value) => sum + share(0, value) * share(1, value), 0);
  return { n, observed, kappa: ratio(observed, expected) };
}

/** The calls of each subject, by the same number of readers each (at least two). Null without subjects. Throws RangeError on uneven numbers. */
export function fleissKappa(subjects: readonly (readonly (string | number | boolean)[])[]): Kappa | null {
  const n = subjects.length;
  const readers = subjects[0]?.length ?? 0;
  if (n === 0) return null;
  if (readers < 2 || subjects.some((calls) => calls.length !== readers)) throw new RangeError('every subject needs the calls of the same readers');
  const values = [...new Set(subjects.flat())];
  const count = (calls: (typeof subjects)[number], value: unknown): number => calls.filter((call) => call === value).length;
  const observed =
    subjects.reduce((sum, calls) => {
      const pairs = values.reduce<number>((all, value) => all + count(calls, value) * (count(calls, value) - 1), 0);
      return sum + pairs / (readers * (readers - 1));
    }, 0) / n;
  const expected = values.reduce<number>((sum, value) => {
    const share = subjects.reduce((all, calls) => all + count(calls, value), 0) / (n * readers);
    return sum + share * share;
  }, 0);
  return { n, observed, kappa: ratio(observed, expected) };
}
