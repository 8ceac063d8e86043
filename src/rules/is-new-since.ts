/** Is a fracture new since an earlier study? Level by level, from two measurements of ours; whatever the errors of measurement can explain is "cannot say". */
import type { Measured } from '#src/case/finding.ts';
import type { LevelChange } from '#src/case/prior.ts';
import { LEVELS, type Vertebra } from '#src/case/vertebra.ts';

/** Below this a level's name is a guess (case/vertebra.ts), and two guesses may be two bodies. */
const SURE_OF_LEVEL = 0.9;
/** 95 % of a normal distribution: a difference of two losses beyond this many standard deviations of it is no accident of measurement. */
const BEYOND_ERROR_SD = 1.96;

/**
 * Levels that neither study shows are left out. New: grade 0 then, 1 or more now. Progressed: fractured then, and a higher grade or a larger loss now
 * (semiquantitative reading: Genant 1993, J Bone Miner Res 8:1137); both only when the loss grew by more than the errors explain.
 */
export function isNewSince(earlier: Measured, now: Measured): readonly LevelChange[] {
  const isSameKind = earlier.series.kind === now.series.kind;
  return LEVELS.flatMap((level): LevelChange[] => {
    const [a, b] = [earlier, now].map((finding) => finding.vertebrae.find((vertebra) => vertebra.level === level));
    if (!a && !b) return [];
    const grades = { level, before: gradeOf(a), now: gradeOf(b) };
    if (!isSameKind) return [{ ...grades, change: 'cannot-say', because: 'measured on another kind of picture' }];
    return [{ ...grades, ...changeOf(a, b) }];
  });
}

function gradeOf(vertebra: Vertebra | undefined): LevelChange['now'] {
  return vertebra?.state === 'graded' ? vertebra.grade : null;
}

function changeOf(a: Vertebra | undefined, b: Vertebra | undefined): Pick<LevelChange, 'change' | 'because'> {
  const [before, now] = [gradeOf(a), gradeOf(b)];
  if (before === null || !a?.loss) return { change: 'cannot-say', because: a ? 'not graded in the earlier study' : 'not in the earlier study' };
  if (now === null || !b?.loss) return { change: 'cannot-say', because: b ? 'not graded in this study' : 'not in this study' };
  if (Math.min(a.levelProbability, b.levelProbability) < SURE_OF_LEVEL) return { change: 'cannot-say', because: 'the level is not sure' };
  const grew = b.loss.percent - a.loss.percent;
  const error = BEYOND_ERROR_SD * Math.hypot(a.loss.sd, b.loss.sd);
  const figures = `loss ${a.loss.percent.toFixed(0)} % then, ${b.loss.percent.toFixed(0)} % now, error ${error.toFixed(0)} points`;
  if (now < before) return { change: 'cannot-say', because: `a lower grade than then: ${figures}` };
  if (now > before && grew <= error) return { change: 'cannot-say', because: `within the error of measurement: ${figures}` };
  if (now > 0 && grew > error) return { change: before === 0 ? 'new' : 'progressed', because: figures };
  return { change: 'unchanged', because: figures };
}
