/** The anatomy of one phantom patient, ready to be painted by any modality, and the truth about its vertebrae. */
import type { Grade, LandmarkName, PointLps } from '#src/case/vertebra.ts';
import { bodyHeights, bodyLandmarks } from './body.ts';
import { columnSolids } from './bones.ts';
import { toPatient } from './frame.ts';
import type { Brightness } from './materials.ts';
import type { PhantomLevel, PhantomParameters, PhantomTruth, VertebraTruth } from './parameters.ts';
import { type Grid, paintSoftTissue, paintSolid } from './render.ts';
import { pelvisSolids, ribSolids } from './ribs-and-pelvis.ts';
import { slicePlanner } from './slice-plan.ts';
import type { Solid } from './solids.ts';
import { type Bone, bodyReach, buildSpine, type Spine } from './spine.ts';
import { softTissue } from './surroundings.ts';

export interface Anatomy {
  readonly parameters: PhantomParameters;
  readonly spine: Spine;
  /** Lowest and highest z asked for by `from` and `to`, mm. */
  readonly low: number;
  readonly high: number;
  /** Mean place of the body centres in view, mm. */
  readonly middle: readonly [x: number, y: number];
}

const SPARE_MM = 12;

export function makeAnatomy(parameters: PhantomParameters): Anatomy {
  const spine = buildSpine(parameters);
  const named = (level: string): Bone => {
    const bone = spine.bones.find((candidate) => candidate.level === level);
    if (!bone) throw new RangeError(`this phantom has no ${level}`);
    return bone;
  };
  const high = bodyReach(named(parameters.from ?? 'T1'))[1] + SPARE_MM;
  const low = bodyReach(named(parameters.to ?? 'S1'))[0] - SPARE_MM;
  const seen = spine.bones.filter((bone) => bone.frame.centre[2] > low && bone.frame.centre[2] < high);
  const mean = (axis: 0 | 1): number => seen.reduce((sum, bone) => sum + bone.frame.centre[axis], 0) / seen.length;
  return { parameters, spine, low, high, middle: [mean(0), mean(1)] };
}

/** Paints the whole patient: soft tissue, column, ribs, pelvis. */
export function paintAnatomy(anatomy: Anatomy, grid: Grid, bright: Brightness): void {
  const { parameters, spine } = anatomy;
  const plan = slicePlanner(spine, parameters);
  const tableY = parameters.table === false ? Number.POSITIVE_INFINITY : Math.max(...spine.bones.map((bone) => plan(bone.frame.centre[2]).skinY)) + 1;
  paintSoftTissue(grid, (z) => softTissue(plan(z), bright, parameters, tableY));
  for (const solid of solidsOf(anatomy)) paintSolid(grid, solid, bright, parameters.seed + 77);
}

function solidsOf({ spine, parameters }: Anatomy): Solid[] {
  const { bones, scale } = spine;
  const sacrum = bones.find((bone) => bone.level === 'S1') as Bone;
  return [...pelvisSolids(sacrum, scale), ...ribSolids(bones, parameters.ribPairs ?? 12, scale), ...columnSolids(bones, scale, parameters)];
}

/** Truth for every vertebra between T1 and the last lumbar one whose centre lies inside the box. */
export function truthOf(anatomy: Anatomy, inside: (point: PointLps) => boolean): PhantomTruth {
  const bones = anatomy.spine.bones.filter((bone) => (bone.kind === 'thoracic' || bone.kind === 'lumbar') && inside(bone.frame.centre));
  return { vertebrae: bones.map((bone) => vertebraTruth(bone, anatomy.parameters, inside)), trabecularHu: anatomy.parameters.trabecularHu ?? 150 };
}

function vertebraTruth(bone: Bone, parameters: PhantomParameters, inside: (point: PointLps) => boolean): VertebraTruth {
  const flat = bodyLandmarks(bone.shape);
  const entries = Object.entries(flat).map(([name, [u, v]]) => [name, rounded(toPatient(bone.frame, u, v, 0))] as const);
  const landmarksLps = Object.fromEntries(entries) as Record<LandmarkName, PointLps>;
  const heights = bodyHeights(bone.shape);
  const before = bodyHeights(bone.intact);
  const fracture = parameters.fractures?.find((candidate) => candidate.level === bone.level);
  const part = fracture?.shape === 'biconcave' ? 'middle' : 'anterior';
  const lossPercent = fracture ? round1(100 * (1 - heights[part] / before[part])) : 0;
  return {
    level: bone.level as PhantomLevel,
    centreLps: rounded(bone.frame.centre),
    landmarksLps,
    heights: { anterior: round2(heights.anterior), middle: round2(heights.middle), posterior: round2(heights.posterior) },
    lossPercent,
    shape: fracture?.shape ?? null,
    grade: gradeOf(lossPercent),
    wholeInView: Object.values(landmarksLps).every(inside),
  };
}

function gradeOf(lossPercent: number): Grade {
  if (lossPercent < 20) return 0;
  if (lossPercent < 25) return 1;
  return lossPercent <= 40 ? 2 : 3;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

function rounded([x, y, z]: PointLps): PointLps {
  return [round2(x), round2(y), round2(z)];
}
