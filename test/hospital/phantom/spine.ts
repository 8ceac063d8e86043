/** The whole column: bodies stacked on the sacrum with discs between them, bent by lordosis, kyphosis and scoliosis. */
import type { PointLps } from '#src/case/vertebra.ts';
import { type BodyShape, bodyHeights, brokenBody, intactBody } from './body.ts';
import { dot, type Frame, frameOf, leaned, toPatient, turned } from './frame.ts';
import type { PhantomParameters } from './parameters.ts';
import { bell, randomStream } from './random.ts';
import { type VertebraSize, vertebraSize } from './vertebra-table.ts';

export interface Bone {
  readonly level: string;
  readonly kind: 'cervical' | 'thoracic' | 'lumbar' | 'sacral';
  readonly size: VertebraSize;
  readonly shape: BodyShape;
  readonly intact: BodyShape;
  readonly frame: Frame;
}

/** Cranial first. */
export interface Spine {
  readonly bones: readonly Bone[];
  readonly scale: number;
}

interface Draft {
  level: string;
  kind: Bone['kind'];
  size: VertebraSize;
  intact: BodyShape;
  shape: BodyShape;
  wedge: number;
  discBelow: number;
  openBelow: number;
  tilt: number;
  y: number;
  z: number;
}

const RADIANS = Math.PI / 180;

/** Levels of the column, cranial first, as the parameters count them. */
function levelsOf(parameters: PhantomParameters): string[] {
  const thoracic = parameters.thoracicVertebrae ?? 12;
  const lumbar = parameters.lumbarVertebrae ?? 5;
  const names = (letter: string, count: number, first = 1): string[] => Array.from({ length: count }, (_, i) => `${letter}${first + i}`);
  return [...names('C', 3, 5), ...names('T', thoracic), ...names('L', lumbar), ...names('S', 3)];
}

export function buildSpine(parameters: PhantomParameters): Spine {
  const random = randomStream(parameters.seed * 7919 + 11);
  const scale = parameters.bodyScale ?? (parameters.sex === 'male' ? 1.06 : 1);
  const drafts = levelsOf(parameters).map((level) => draftBone(level, parameters, scale, random));
  openDiscs(drafts, parameters);
  stack(drafts, 0.75 * (parameters.lordosisDegrees ?? 38));
  return { bones: place(drafts, parameters), scale };
}

function sacralSize(level: string): VertebraSize {
  const step = Number(level.slice(1)) - 1;
  const shrink = 1 - 0.22 * step;
  const base = vertebraSize('L5');
  const depth = [33, 22, 16][step] ?? 14;
  return {
    ...base,
    posteriorHeight: [25, 22, 19][step] ?? 16,
    superiorDepth: depth,
    inferiorDepth: depth * 0.72,
    superiorWidth: 50 * shrink,
    inferiorWidth: 42 * shrink,
    wedge: [-2, -2],
    discBelow: 2,
    canalDepth: 15 * shrink,
    spinousLength: 14 * shrink,
  };
}

function draftBone(level: string, parameters: PhantomParameters, scale: number, random: () => number): Draft {
  const kind = ({ C: 'cervical', T: 'thoracic', L: 'lumbar', S: 'sacral' } as const)[level[0] as 'C' | 'T' | 'L' | 'S'];
  const size = kind === 'sacral' ? sacralSize(level) : vertebraSize(level);
  const male = parameters.sex === 'male';
  const across = scale * (male ? 1.04 : 0.99);
  const wedge = size.wedge[male ? 1 : 0] + 0.7 * bell(random);
  const vary = (value: number, spread: number): number => value * (1 + spread * bell(random));
  const hollow = kind === 'lumbar' ? 1.25 : kind === 'thoracic' ? 0.9 : 0.5;
  let intact = intactBody({
    height: vary(size.posteriorHeight * scale, 0.015),
    wedge,
    superiorDepth: vary(size.superiorDepth * across, 0.012),
    inferiorDepth: vary(size.inferiorDepth * across, 0.012),
    superiorWidth: size.superiorWidth * across,
    inferiorWidth: size.inferiorWidth * across,
    hollowSuperior: vary(0.75 * hollow, 0.2),
    hollowInferior: vary(1.35 * hollow, 0.2),
  });
  for (const node of parameters.schmorlNodes ?? []) {
    if (node.level !== level) continue;
    const pit = { u: intact.superiorDepth * 0.04, w: 1.5, depth: node.depthMm };
    intact =
      node.endplate === 'superior'
        ? { ...intact, superior: { ...intact.superior, node: pit } }
        : { ...intact, inferior: { ...intact.inferior, node: pit } };
  }
  const fracture = parameters.fractures?.find((candidate) => candidate.level === level);
  const shape = fracture ? brokenBody(intact, fracture) : intact;
  const discBelow = vary(size.discBelow * scale, 0.08) * (1 - 0.3 * (parameters.wear ?? 0));
  return { level, kind, size, intact, shape, wedge: wedgeOf(shape), discBelow, openBelow: 0, tilt: 0, y: 0, z: 0 };
}

/** Angle between the endplates' chords, degrees, positive when the front is lower. */
function wedgeOf(shape: BodyShape): number {
  const { anterior, posterior } = bodyHeights(shape);
  return Math.atan2(posterior - anterior, (shape.superiorDepth + shape.inferiorDepth) / 2) / RADIANS;
}

/** Sets how far each disc opens forward, degrees, so that body wedges and discs together give the curves asked for. */
function openDiscs(drafts: Draft[], parameters: PhantomParameters): void {
  const natural = (draft: Draft): number => wedgeOf(draft.intact);
  const lumbar = drafts.filter((draft) => draft.kind === 'lumbar');
  const toOpen = (parameters.lordosisDegrees ?? 38) + lumbar.reduce((sum, draft) => sum + natural(draft), 0);
  const weights = lumbar.map((_, index) => 1 + index * 0.5);
  const allWeights = weights.reduce((sum, weight) => sum + weight, 0);
  lumbar.forEach((draft, index) => {
    draft.openBelow = (toOpen * (weights[index] ?? 0)) / allWeights;
  });
  const curved = drafts.filter((draft) => draft.kind === 'thoracic' && Number(draft.level.slice(1)) >= 4);
  const toClose = (parameters.kyphosisDegrees ?? 38) - curved.reduce((sum, draft) => sum + natural(draft), 0);
  for (const draft of curved) draft.openBelow = -toClose / curved.length;
  drafts.forEach((draft, index) => {
    if (draft.kind === 'thoracic' && !curved.includes(draft)) draft.openBelow = 1.5;
    if (draft.kind === 'cervical') draft.openBelow = 3;
    if (draft.kind === 'sacral') draft.openBelow = -7;
    const extra = wedgeOf(draft.shape) - natural(draft);
    const above = drafts[index - 1];
    if (extra > 1 && above) {
      draft.openBelow += Math.min(3, extra * 0.25);
      above.openBelow += Math.min(4, extra * 0.3);
    }
  });
}

/** From the upper sacral endplate upwards and downwards: tilt and place of each body in the sagittal plane. */
function stack(drafts: Draft[], sacralSlope: number): void {
  const first = drafts.findIndex((draft) => draft.level === 'S1');
  const base = drafts[first];
  if (!base) throw new RangeError('a spine needs a sacrum');
  base.tilt = sacralSlope - base.wedge / 2;
  for (let i = first - 1; i >= 0; i--) joinAbove(drafts[i + 1] as Draft, drafts[i] as Draft, 1);
  for (let i = first + 1; i < drafts.length; i++) joinAbove(drafts[i - 1] as Draft, drafts[i] as Draft, -1);
}

function joinAbove(fixed: Draft, loose: Draft, up: 1 | -1): void {
  const disc = up === 1 ? loose : fixed;
  loose.tilt = fixed.tilt + up * (fixed.wedge / 2 - disc.openBelow + loose.wedge / 2);
  const half = (draft: Draft): number => (draft.shape.superior.back + draft.shape.superior.front - draft.shape.superior.drop) / 2;
  const between = ((fixed.tilt + loose.tilt) / 2) * RADIANS;
  const steps: [number, number][] = [
    [half(fixed), fixed.tilt * RADIANS],
    [disc.discBelow, between],
    [half(loose), loose.tilt * RADIANS],
  ];
  loose.y = fixed.y;
  loose.z = fixed.z;
  for (const [length, tilt] of steps) {
    loose.y -= up * length * Math.sin(tilt);
    loose.z += up * length * Math.cos(tilt);
  }
}

/** Bends sideways, turns and leans the whole patient, and puts the middle of the column at the origin. */
function place(drafts: Draft[], parameters: PhantomParameters): Bone[] {
  const movable = drafts.filter((draft) => draft.kind !== 'sacral' && draft.kind !== 'cervical');
  const meanY = movable.reduce((sum, draft) => sum + draft.y, 0) / movable.length;
  const top = drafts[0]?.z ?? 0;
  const bottom = drafts.at(-1)?.z ?? 0;
  const waves = (parameters.scoliosisHalfWaves ?? 2) * Math.PI;
  const reach = parameters.scoliosisMm ?? 0;
  return drafts.map((draft) => {
    const along = (draft.z - bottom) / (top - bottom);
    const x = reach * Math.sin(waves * along);
    const lean = Math.atan((reach * waves * Math.cos(waves * along)) / (top - bottom)) / RADIANS;
    const twist = reach === 0 ? 0 : (-8 * x * Math.min(1, reach / 20)) / reach;
    const flat = frameOf([x, draft.y - meanY, draft.z - (top + bottom) / 2], draft.tilt, lean, twist);
    const turnWhole = (point: PointLps): PointLps => leaned(turned(point, parameters.turnDegrees ?? 0), parameters.leanDegrees ?? 0);
    const frame = { centre: turnWhole(flat.centre), u: turnWhole(flat.u), v: turnWhole(flat.v), w: turnWhole(flat.w) };
    return { level: draft.level, kind: draft.kind, size: draft.size, shape: draft.shape, intact: draft.intact, frame };
  });
}

/** Lowest and highest z of a body's corners, mm. */
export function bodyReach(bone: Bone): [low: number, high: number] {
  const { shape, frame } = bone;
  const zs: number[] = [];
  for (const side of [1, -1] as const) {
    const depth = (side === 1 ? shape.superiorDepth : shape.inferiorDepth) / 2;
    const plate = side === 1 ? shape.superior : shape.inferior;
    zs.push(toPatient(frame, -depth, plate.front - side * plate.drop, 0)[2], toPatient(frame, depth, plate.back, 0)[2]);
  }
  return [Math.min(...zs), Math.max(...zs)];
}

/** A point of the patient in a bone's frame. */
export function toBone(frame: Frame, x: number, y: number, z: number): [u: number, v: number, w: number] {
  const from: PointLps = [x - frame.centre[0], y - frame.centre[1], z - frame.centre[2]];
  return [dot(from, frame.u), dot(from, frame.v), dot(from, frame.w)];
}
