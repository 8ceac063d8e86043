/** Lays readers side by side: where they agree their points are averaged, where they do not a further reader decides. */
import { type AnnotatedVertebra, type Annotation, SIX_POINTS, type SixOnPicture } from '../case/annotation.ts';
import { LEVELS, type Level } from '../case/vertebra.ts';
import { cohenKappa, fleissKappa, type Kappa } from '../measure/agreement.ts';
import { type Limits, limitsOfAgreement } from '../measure/limits-of-agreement.ts';
import { type AnnotatedStudy, type GradedAnnotation, gradeAnnotations } from './grade-annotation.ts';

/** Losses further apart than this go to a further reader, points: the limit within which two readers may still be called to agree. Design choice. */
const FURTHEST_POINTS = 10;

export interface SideBySide {
  readonly study: string;
  readonly level: Level;
  /** One of each reader who finished the study, in the order of the readers; null: did not mark this level. */
  readonly seen: readonly (GradedAnnotation | null)[];
  readonly points: readonly (SixOnPicture | null)[];
  /** What they disagree about; empty: they agree. */
  readonly differ: readonly string[];
}

/** Levels of studies that at least two readers finished. */
export function sideBySide(readers: readonly Annotation[], aboutOf: (study: string) => AnnotatedStudy): readonly SideBySide[] {
  const studies = [...new Set(readers.flatMap((one) => one.finished))].sort();
  return studies.flatMap((study) => {
    const those = readers.filter((one) => one.finished.includes(study));
    if (those.length < 2) return [];
    const marked = those.map((one) => one.vertebrae.filter((vertebra) => vertebra.study === study));
    const graded = marked.map((vertebrae) => gradeAnnotations(vertebrae, aboutOf(study)));
    const levels = LEVELS.filter((level) => marked.some((vertebrae) => vertebrae.some((one) => one.level === level)));
    return levels.map((level): SideBySide => {
      const seen = graded.map((all) => all.find((one) => one.level === level) ?? null);
      const points = marked.map((all) => all.find((one) => one.level === level)?.points ?? null);
      return { study, level, seen, points, differ: differences(seen) };
    });
  });
}

function differences(seen: readonly (GradedAnnotation | null)[]): string[] {
  const grades = seen.flatMap((one) => (one?.grade == null ? [] : [one.grade]));
  const losses = seen.flatMap((one) => (one?.loss == null ? [] : [one.loss]));
  const split = (from: number): boolean => grades.some((grade) => grade >= from) && grades.some((grade) => grade < from);
  return [
    ...(seen.some((one) => one === null) ? ['not marked by all'] : []),
    ...(grades.length > 0 && seen.some((one) => one !== null && one.grade === null) ? ['not judged by all'] : []),
    ...(split(1) ? ['fracture or none'] : []),
    ...(split(2) ? ['grade 2 or below'] : []),
    ...(losses.length > 1 && Math.max(...losses) - Math.min(...losses) > FURTHEST_POINTS ? [`loss more than ${FURTHEST_POINTS} points apart`] : []),
  ];
}

export interface AgreementFigures {
  readonly vertebrae: number;
  readonly disputed: number;
  /** Grade 1 or more, grade 2 or more: Cohen's kappa of two readers, Fleiss' of more; of vertebrae that all judged. */
  readonly kappa: { readonly grade1: Kappa | null; readonly grade2: Kappa | null };
  /** Second less first reader, points; null for other numbers of readers or too few vertebrae. */
  readonly loss: Limits | null;
}

/** Of the studies that exactly `readers` people finished. */
export function agreementOf(rows: readonly SideBySide[], readers: number): AgreementFigures {
  const those = rows.filter((row) => row.seen.length === readers);
  const judged = those.filter((row) => row.seen.every((one) => one?.grade != null));
  const calls = (from: number): boolean[][] => judged.map((row) => row.seen.map((one) => (one?.grade ?? 0) >= from));
  const kappa = (from: number): Kappa | null => (readers === 2 ? cohenKappa(calls(from) as [boolean, boolean][]) : fleissKappa(calls(from)));
  return {
    vertebrae: those.length,
    disputed: those.filter((row) => row.differ.length > 0).length,
    kappa: { grade1: kappa(1), grade2: kappa(2) },
    loss: readers === 2 ? limitsOfAgreement(judged.map((row) => row.seen[1]!.loss! - row.seen[0]!.loss!)) : null,
  };
}

export interface Settled {
  readonly vertebrae: readonly (AnnotatedVertebra & { readonly by: 'readers' | 'adjudicator' })[];
  /** Levels that nobody has decided yet. */
  readonly open: readonly SideBySide[];
}

/** What stands at the end: the adjudicator's word where there is one, the mean of the readers' points where they agree. */
export function settle(rows: readonly SideBySide[], adjudicator: Annotation | null): Settled {
  const decided = (row: SideBySide): AnnotatedVertebra | undefined =>
    adjudicator?.vertebrae.find((one) => one.study === row.study && one.level === row.level);
  const vertebrae = rows.flatMap((row): Settled['vertebrae'] => {
    const last = decided(row);
    if (last) return [{ ...last, by: 'adjudicator' }];
    return row.differ.length > 0 ? [] : [{ study: row.study, level: row.level, points: meanPoints(row.points), by: 'readers' }];
  });
  return { vertebrae, open: rows.filter((row) => row.differ.length > 0 && !decided(row)) };
}

function meanPoints(all: readonly (SixOnPicture | null)[]): SixOnPicture | null {
  const given = all.flatMap((points) => points ?? []);
  if (given.length === 0) return null;
  const mean = (name: (typeof SIX_POINTS)[number], axis: 0 | 1): number => given.reduce((sum, points) => sum + points[name][axis], 0) / given.length;
  return Object.fromEntries(SIX_POINTS.map((name) => [name, [mean(name, 0), mean(name, 1)]])) as unknown as SixOnPicture;
}
