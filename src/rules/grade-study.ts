/** From measured bodies to the finding of a study: heights, losses, grades, mimics, gate, density. The only place where pixels become a grade. */
import type { ModelIdentity, StudyFinding, StudySuspicion } from '../case/finding.ts';
import type { MeasuredBody, ModelOutput } from '../case/model-output.ts';
import type { SeriesChoice } from '../case/study.ts';
import type { Heights, Landmark, Level, NotEvaluableReason, Sex, Vertebra } from '../case/vertebra.ts';
import { type BodyHeights, measureHeights, planePoints } from '../measure/body-heights.ts';
import { chooseDensity } from './choose-density.ts';
import { genantGrade, gradeProbabilities, gradeText } from './genant-grade.ts';
import { heightLoss, type LevelHeights } from './height-loss.ts';
import { isStudyEvaluable } from './is-study-evaluable.ts';
import { MEASUREMENT } from './thresholds.ts';
import { whichMimics } from './which-mimics.ts';
import { whyNotEvaluable } from './why-not-evaluable.ts';

export interface StudyContext {
  readonly sex: Sex;
  readonly choice: SeriesChoice;
  readonly studyInstanceUid: string;
  readonly studyDate: string | null;
  readonly models: readonly ModelIdentity[];
  readonly executionProvider: string;
  /** Distance of neighbouring slices of the assembled volume; null for a projection. */
  readonly sliceSpacingMm: number | null;
  /** Vertebrae that must be evaluable; the default is in thresholds.ts. */
  readonly minVertebrae?: number;
}

interface Body {
  readonly measured: MeasuredBody;
  readonly heights: BodyHeights | null;
  readonly mmPerUnit: number | null;
  readonly unit: Heights['unit'];
  readonly reason: NotEvaluableReason | null;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Infinity;
const corner = (body: MeasuredBody, name: string): Landmark | undefined => body.landmarks.find((landmark) => landmark.name === name);

/** Distance of two landmarks of neighbouring bodies along the picture's rows, mm (or pixels): positive when `below` lies caudal. */
function gap(above: MeasuredBody | undefined, aboveName: string, below: MeasuredBody | undefined, belowName: string, mm: number): number | null {
  const from = above && corner(above, aboveName);
  const to = below && corner(below, belowName);
  return from && to ? (to.picture[1] - from.picture[1]) * mm : null;
}

/** How far a body reaches into its neighbours, mm; 0 when all stand apart. */
function overlap(bodies: readonly MeasuredBody[], i: number, mm: number): number {
  const gaps = [gap(bodies[i - 1], 'MI', bodies[i], 'MS', mm), gap(bodies[i], 'MI', bodies[i + 1], 'MS', mm)];
  return Math.max(0, ...gaps.map((value) => (value === null ? 0 : -value)));
}

function evaluate(output: ModelOutput, context: StudyContext): Body[] {
  const pictureMm = output.picture.mmPerPixel;
  return output.bodies.map((measured, i) => {
    const points = planePoints(measured.landmarks);
    const heights = points ? measureHeights(points) : null;
    const inPatient = measured.landmarks.every((landmark) => landmark.lps !== null);
    const mmPerUnit = inPatient ? 1 : pictureMm;
    const inside = measured.landmarks.every(
      ({ picture: [column, row] }) => column >= 0 && row >= 0 && column < output.picture.columns && row < output.picture.rows,
    );
    const reason = whyNotEvaluable({
      heights,
      mmPerUnit,
      complete: measured.complete,
      quality: measured.quality,
      levelProbability: measured.levelProbability,
      sigma: median(measured.landmarks.map((landmark) => landmark.sigma)),
      denseShare: measured.denseShare,
      overlapMm: pictureMm === null ? null : overlap(output.bodies, i, pictureMm),
      sliceSpacingMm: context.sliceSpacingMm,
      insidePicture: inside,
    });
    return { measured, heights, mmPerUnit, unit: inPatient ? 'mm' : pictureMm === null ? 'px' : 'magnified mm', reason };
  });
}

function plain(body: Body): Omit<Vertebra, 'state' | 'reason' | 'grade' | 'gradeText' | 'shape' | 'loss' | 'probability' | 'flags'> {
  const { measured, heights, mmPerUnit, unit } = body;
  const scale = mmPerUnit ?? 1;
  return {
    level: measured.level,
    levelProbability: measured.levelProbability,
    levelText: measured.levelText,
    heights: heights && { anterior: heights.anterior * scale, middle: heights.middle * scale, posterior: heights.posterior * scale, unit },
    landmarks: measured.landmarks,
    centrePicture: measured.centrePicture,
    centreLps: measured.centreLps,
    trabecularHu: measured.trabecular?.hu ?? null,
  };
}

/** Mimics that explain a mild loss on their own: the grade is shown, but not as certain. */
function isExplained(flags: Vertebra['flags'], percent: number): boolean {
  if (percent < MEASUREMENT.grade1Loss.value) return false;
  if (flags.includes('cupids-bow') || flags.includes('bridging')) return true;
  return (
    percent < MEASUREMENT.grade2Loss.value && (flags.includes('short-vertebra') || flags.includes('scheuermann-pattern') || flags.includes('limbus'))
  );
}

type Wedges = Parameters<typeof whichMimics>[0]['wedges'];

function toVertebra(bodies: readonly Body[], index: number, evaluable: readonly LevelHeights[], wedges: Wedges, sex: Sex): Vertebra {
  const body = bodies[index]!;
  const none = { grade: null, gradeText: '', shape: null, loss: null, probability: null, flags: [] as const };
  if (body.reason || !body.heights) return { ...plain(body), ...none, state: 'not_evaluable', reason: body.reason ?? 'no-model-output' };
  const { loss, shape } = heightLoss({ level: body.measured.level, heights: body.heights }, evaluable, sex);
  if (loss.posterior < -MEASUREMENT.tallMost.value) return { ...plain(body), ...none, state: 'not_evaluable', reason: 'implausible-shape' };
  const mm = body.mmPerUnit ?? 1;
  const gaps = [gap(bodies[index - 1]?.measured, 'AI', body.measured, 'AS', mm), gap(body.measured, 'AI', bodies[index + 1]?.measured, 'AS', mm)];
  const flags = whichMimics({
    level: body.measured.level,
    heights: body.heights,
    loss,
    mmPerUnit: body.mmPerUnit,
    frontGapMm: gaps.every((each) => each === null) ? null : Math.min(...gaps.map((each) => each ?? Infinity)),
    wedges,
    index,
  });
  const grade = genantGrade(loss.percent);
  const isUnsure = loss.sd > MEASUREMENT.indeterminateSd.value || isExplained(flags, loss.percent);
  return {
    ...plain(body),
    state: isUnsure ? 'indeterminate' : 'graded',
    reason: null,
    grade,
    gradeText: gradeText(loss.percent),
    shape: grade === 0 ? null : shape,
    loss,
    probability: gradeProbabilities(loss.percent, loss.sd),
    flags,
  };
}

/** Two bodies with one name cannot both be right: the one with the better name keeps it. */
function withoutTwins(bodies: readonly MeasuredBody[]): MeasuredBody[] {
  const best = new Map<Level, MeasuredBody>();
  for (const body of bodies) if ((best.get(body.level)?.levelProbability ?? -1) < body.levelProbability) best.set(body.level, body);
  return bodies.filter((body) => best.get(body.level) === body);
}

/** A suspicion without a level is no measurement, however high it is. */
function studyLevelOnly(suspicion: StudySuspicion, output: ModelOutput, context: StudyContext): StudyFinding {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const word = suspicion.probability >= suspicion.threshold ? 'suspected' : 'not suspected';
  const detail = `the model judges the study as a whole: a fracture somewhere is ${word} (${percent(suspicion.probability)}, threshold ${percent(suspicion.threshold)}); no vertebra was named or measured.`;
  return { state: 'cannot-say', reason: 'study-level-only', detail, suspicion, vertebrae: [], models: context.models, notes: output.notes };
}

export function gradeStudy(output: ModelOutput, context: StudyContext): StudyFinding {
  if (output.suspicion) return studyLevelOnly(output.suspicion, output, context);
  const single = { ...output, bodies: withoutTwins(output.bodies) };
  const bodies = evaluate(single, context);
  const evaluable = bodies.flatMap((body) => (body.reason === null && body.heights ? [{ level: body.measured.level, heights: body.heights }] : []));
  const wedges = bodies.map(({ heights, measured, reason }) => {
    const anteriorLoss = heights && reason === null ? heightLoss({ level: measured.level, heights }, evaluable, context.sex).loss.anterior : 0;
    return { degrees: heights?.wedgeDegrees ?? 0, anteriorLoss };
  });
  const vertebrae = bodies.map((_, i) => toVertebra(bodies, i, evaluable, wedges, context.sex));
  const gate = isStudyEvaluable(vertebrae, context.minVertebrae);
  if (!gate.evaluable)
    return { state: 'cannot-say', reason: gate.reason, detail: gate.detail, vertebrae, models: context.models, notes: output.notes };
  const { choice } = context;
  const candidates = vertebrae.map((vertebra, i) => ({
    vertebra,
    trabecular: bodies[i]!.measured.trabecular,
    denseShare: bodies[i]!.measured.denseShare,
  }));
  const { density, note } = chooseDensity(candidates, choice);
  const assessed = vertebrae.filter((vertebra) => vertebra.state !== 'not_evaluable');
  const grades = vertebrae.flatMap((vertebra) => (vertebra.state === 'graded' && vertebra.grade !== null ? [vertebra.grade] : []));
  return {
    state: 'measured',
    vertebrae,
    levelsAssessed: assessed.map((vertebra) => vertebra.level),
    density,
    worstGrade: grades.length > 0 ? (Math.max(...grades) as 0 | 1 | 2 | 3) : null,
    notes: [...output.notes, ...(note ? [note] : [])],
    models: context.models,
    executionProvider: context.executionProvider,
    series: choice,
    studyInstanceUid: context.studyInstanceUid,
    studyDate: context.studyDate,
    modality: choice.modality,
    picture: { columns: output.picture.columns, rows: output.picture.rows, mmPerPixel: output.picture.mmPerPixel },
  };
}
