/**
 * The finding as the radiologist left it: moved points measured again, grades and levels as given. What goes to other systems is this; the case keeps
 * what the model measured beside the answer, so that both stay known.
 */
import type { Case } from '../case/case.ts';
import type { Measured } from '../case/finding.ts';
import type { Grade, Level, Vertebra } from '../case/vertebra.ts';
import { remeasure } from './remeasure.ts';
import { whoConfirmed } from './who-confirmed.ts';

/** The same case when nobody changed its finding. */
export function asReviewed(subject: Case): Case {
  const { finding, reading, report, answers } = subject.facts;
  if (finding?.state !== 'measured' || reading === null) return subject;
  const { answer, refuted } = whoConfirmed({ report, reading, answers });
  if (refuted || answer?.kind !== 'finding-changed') return subject;
  const grades = new Map((answer.changes ?? []).map((change) => [change.level, change.grade]));
  const measured = answer.moved ? withMoved(finding, answer.moved, report.patient.sex) : finding.vertebrae;
  const vertebrae = grades.size === 0 ? measured : withGrades(measured, grades);
  const graded = vertebrae.flatMap((vertebra) => vertebra.grade ?? []);
  const worstGrade = graded.length === 0 ? null : (Math.max(...graded) as Grade);
  return { ...subject, facts: { ...subject.facts, finding: { ...finding, vertebrae, worstGrade } } };
}

function withMoved(
  finding: Measured,
  moved: NonNullable<Case['facts']['answers'][number]['moved']>,
  sex: Parameters<typeof remeasure>[3],
): readonly Vertebra[] {
  const again = remeasure(finding, moved.level, moved.points, sex);
  return again ? finding.vertebrae.map((one) => (one.level === again.level ? again : one)) : finding.vertebrae;
}

/**
 * A level that was measured and is not among those given was the wrong name of one that is. One of each: the vertebra keeps its points under its new
 * name. Several: which is which cannot be said, so the given ones stand without points. What could not be measured stays so.
 */
function withGrades(measured: readonly Vertebra[], grades: ReadonlyMap<Level, Grade>): readonly Vertebra[] {
  const added = [...grades].filter(([level]) => measured.every((one) => one.level !== level));
  const dropped = measured.filter((one) => one.state !== 'not_evaluable' && !grades.has(one.level));
  const kept = measured.filter((one) => added.length === 0 || !dropped.includes(one)).map((one) => regraded(one, grades.get(one.level) ?? null));
  const [was] = dropped;
  const given = added.map(([level, grade]) =>
    was && added.length === 1 && dropped.length === 1
      ? { ...regraded(was, grade), ...surely(level), loss: null, shape: null, probability: null }
      : named(level, grade),
  );
  return [...kept, ...given];
}

const surely = (level: Level) => ({ level, levelText: level, levelProbability: 1 });

/** A loss that says another grade than the radiologist does is not handed on beside it. */
function regraded(vertebra: Vertebra, grade: Grade | null): Vertebra {
  const level = surely(vertebra.level);
  if (grade === null) return vertebra;
  if (grade === vertebra.grade && vertebra.state === 'graded') return { ...vertebra, ...level };
  return { ...vertebra, ...level, state: 'graded', reason: null, grade, gradeText: String(grade), shape: null, loss: null, probability: null };
}

function named(level: Level, grade: Grade): Vertebra {
  return {
    ...surely(level),
    state: 'graded',
    reason: null,
    grade,
    gradeText: String(grade),
    shape: null,
    loss: null,
    heights: null,
    probability: null,
    flags: [],
    landmarks: [],
    centrePicture: [0, 0],
    centreLps: null,
    trabecularHu: null,
  };
}
