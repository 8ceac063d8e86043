/** Rung f by patient: sensitivity and specificity for a fracture of grade 2 or more, FROC, names, what was not evaluable, subgroups. */
import { type Proportion, proportion, type ScoredVertebra } from './score-evaluation.ts';

const isPositive = (row: ScoredVertebra): boolean => (row.truthGrade ?? 0) >= 2;
const isCalled = (row: ScoredVertebra): boolean => (row.measured?.grade ?? 0) >= 2;

function byPatient(rows: readonly ScoredVertebra[]): ScoredVertebra[][] {
  const groups = new Map<string, ScoredVertebra[]>();
  for (const row of rows) groups.set(row.patient, [...(groups.get(row.patient) ?? []), row]);
  return [...groups.values()];
}

export interface Scores {
  readonly vertebraSensitivity: Proportion;
  readonly vertebraSpecificity: Proportion;
  readonly patientSensitivity: Proportion;
  readonly patientSpecificity: Proportion;
  /** Of the labelled vertebrae: found at all, named right, and found but not evaluable. */
  readonly found: Proportion;
  readonly levelRate: Proportion;
  readonly notEvaluable: Proportion;
}

/** A vertebra that was missed or not evaluable counts as not called: that is what the patient gets. */
export function scoresOf(rows: readonly ScoredVertebra[]): Scores {
  const graded = rows.filter((row) => row.truthGrade !== null);
  const positive = graded.filter(isPositive);
  const negative = graded.filter((row) => !isPositive(row));
  const patients = byPatient(graded);
  const sick = patients.filter((list) => list.some(isPositive));
  const well = patients.filter((list) => !list.some(isPositive));
  const found = rows.filter((row) => row.measured !== null);
  return {
    vertebraSensitivity: proportion(positive.filter(isCalled).length, positive.length),
    vertebraSpecificity: proportion(negative.filter((row) => !isCalled(row)).length, negative.length),
    patientSensitivity: proportion(sick.filter((list) => list.some(isCalled)).length, sick.length),
    patientSpecificity: proportion(well.filter((list) => !list.some(isCalled)).length, well.length),
    found: proportion(found.length, rows.length),
    levelRate: proportion(found.filter((row) => row.measured?.level === row.truthLevel).length, found.length),
    notEvaluable: proportion(found.filter((row) => row.measured?.grade === null).length, found.length),
  };
}

/** Vertebra sensitivity against false calls per scan, over thresholds of P(grade >= 2). */
export function frocOf(
  rows: readonly ScoredVertebra[],
): readonly { readonly threshold: number; readonly sensitivity: number; readonly falsePerScan: number }[] {
  const graded = rows.filter((row) => row.truthGrade !== null);
  const scans = new Set(rows.map((row) => row.patient)).size;
  const positives = graded.filter(isPositive);
  if (positives.length === 0 || scans === 0) return [];
  const thresholds = [...new Set(graded.flatMap((row) => (row.measured?.probability != null ? [row.measured.probability] : [])))].sort(
    (a, b) => b - a,
  );
  const above = (row: ScoredVertebra, threshold: number): boolean => (row.measured?.probability ?? -1) >= threshold;
  return thresholds.map((threshold) => ({
    threshold,
    sensitivity: positives.filter((row) => above(row, threshold)).length / positives.length,
    falsePerScan: graded.filter((row) => !isPositive(row) && above(row, threshold)).length / scans,
  }));
}

/** The same scores for every value of every subgroup. */
export function subgroupScores(
  rows: readonly ScoredVertebra[],
): readonly { readonly group: string; readonly value: string; readonly scores: Scores }[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.groups)))].sort();
  return names.flatMap((group) => {
    const values = [...new Set(rows.map((row) => row.groups[group] ?? 'not given'))].sort();
    return values.map((value) => ({ group, value, scores: scoresOf(rows.filter((row) => (row.groups[group] ?? 'not given') === value)) }));
  });
}
