/** Which vertebrae count as fractured, and how badly? Only what is confirmed counts: the model's grade speaks for a level that a person named. */
import type { Measured, StudyFinding } from '../case/finding.ts';
import type { Reading, Statement } from '../case/reading.ts';
import type { Grade, Level, Vertebra } from '../case/vertebra.ts';
import type { Confirmation } from './who-confirmed.ts';

export interface CountedFracture {
  /** Null when the report states a fracture without a level. */
  readonly level: Level | null;
  /** Null when neither the report nor the images grade it. */
  readonly grade: Grade | null;
  readonly lossPercent: number | null;
  readonly gradedBy: 'report' | 'radiologist' | 'model' | null;
}

const SEVERITY: Readonly<Record<'mild' | 'moderate' | 'severe', Grade>> = { mild: 1, moderate: 2, severe: 3 };

/** Affirmed statements of a vertebral fracture in this patient. One seen now counts however old it is. */
export function fractureStatements(reading: Reading): readonly Statement[] {
  return reading.statements.filter(
    (s) => s.target === 'vertebral-fracture' && s.certainty === 'affirmed' && s.who === 'patient' && (s.time === 'current' || s.levels.length > 0),
  );
}

/** Vertebrae that the model graded 1 or more, worst first. */
export function fracturesSeen(finding: StudyFinding | null): readonly Vertebra[] {
  if (finding === null || finding.state !== 'measured') return [];
  return finding.vertebrae.filter((v) => v.state === 'graded' && (v.grade ?? 0) >= 1).toSorted((a, b) => (b.grade ?? 0) - (a.grade ?? 0));
}

/** One entry a level, in no particular order; empty when nothing is confirmed. */
export function whichFractures(reading: Reading, finding: StudyFinding | null, confirmation: Confirmation): readonly CountedFracture[] {
  if (confirmation.by === null) return [];
  const counted = new Map<Level | null, CountedFracture>();
  const seen = fracturesSeen(finding);
  if (confirmation.by === 'radiologist') for (const fracture of acceptedByRadiologist(seen, confirmation)) counted.set(fracture.level, fracture);
  if (reading.fracture === 'stated') for (const fracture of statedByReport(reading, seen)) keepWorse(counted, fracture);
  if (counted.size > 1) counted.delete(null);
  return [...counted.values()];
}

function acceptedByRadiologist(seen: readonly Vertebra[], confirmation: Confirmation): readonly CountedFracture[] {
  const changes = confirmation.answer?.changes ?? [];
  if (changes.length > 0) {
    return changes
      .filter((c) => c.grade > 0)
      .map((c) => ({ level: c.level, grade: c.grade, lossPercent: lossAt(seen, c.level), gradedBy: 'radiologist' }));
  }
  if (seen.length === 0) return [{ level: null, grade: null, lossPercent: null, gradedBy: null }];
  return seen.map((v) => ({ level: v.level, grade: v.grade, lossPercent: v.loss?.percent ?? null, gradedBy: 'model' }));
}

function statedByReport(reading: Reading, seen: readonly Vertebra[]): readonly CountedFracture[] {
  const found: CountedFracture[] = [];
  for (const statement of fractureStatements(reading)) {
    const grade = statement.grade ?? (statement.severity === null ? null : SEVERITY[statement.severity]);
    for (const level of statement.levels) found.push(atLevel(level, grade, statement.lossPercent, seen));
    if (statement.levels.length === 0) found.push(withoutLevel(grade, statement.lossPercent, seen));
  }
  for (const level of reading.levels) if (!found.some((f) => f.level === level)) found.push(atLevel(level, null, null, seen));
  return found.length > 0 ? found : [withoutLevel(null, null, seen)];
}

function atLevel(level: Level, grade: Grade | null, lossPercent: number | null, seen: readonly Vertebra[]): CountedFracture {
  if (grade !== null) return { level, grade, lossPercent: lossPercent ?? lossAt(seen, level), gradedBy: 'report' };
  const measured = seen.find((v) => v.level === level);
  return { level, grade: measured?.grade ?? null, lossPercent: lossPercent ?? lossAt(seen, level), gradedBy: measured ? 'model' : null };
}

/** A fracture without a level takes the model's worst grade: it is the one the reader most likely saw. */
function withoutLevel(grade: Grade | null, lossPercent: number | null, seen: readonly Vertebra[]): CountedFracture {
  const worst = seen[0];
  if (grade !== null || !worst) return { level: null, grade, lossPercent, gradedBy: grade === null ? null : 'report' };
  return { level: null, grade: worst.grade, lossPercent: lossPercent ?? worst.loss?.percent ?? null, gradedBy: 'model' };
}

function keepWorse(counted: Map<Level | null, CountedFracture>, fracture: CountedFracture): void {
  const before = counted.get(fracture.level);
  if (!before || (fracture.grade ?? -1) > (before.grade ?? -1)) counted.set(fracture.level, fracture);
}

function lossAt(seen: readonly Vertebra[], level: Level): number | null {
  return seen.find((v) => v.level === level)?.loss?.percent ?? null;
}

/** R16: the images were judged at the stated level(s), or anywhere when none is named, and show no fracture. */
export function modelSeesNone(reading: Reading, finding: StudyFinding | null): finding is Measured {
  if (finding?.state !== 'measured' || finding.worstGrade !== 0) return false;
  return reading.levels.length === 0 || reading.levels.some((level) => finding.levelsAssessed.includes(level));
}
