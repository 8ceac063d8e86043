/**
 * Breaks one vertebral body of a real volume by a known smooth warp and returns the truth (rung d of the model card). Nothing is stored.
 *
 * Both endplates move as they are; only the marrow between them is squeezed. That is the fairer truth: a real endplate is pressed inwards and keeps
 * its thickness. A warp that squeezes the whole body (`squeeze`, the first version) thins the bright line too, so that the line which a reader or a
 * network follows moves less than the number says: it asked for points where no endplate is seen.
 */
import type { PointLps, Shape } from '#src/case/vertebra.ts';
import type { Volume } from '#src/case/volume.ts';
import { add, applyAffine, cross, dot, invertAffine, subtract, unit, type Vector } from '#src/measure/affine.ts';
import { makeSampler } from '#src/measure/sample-volume.ts';

/** Where the body stands: its ten landmarks in the patient, as measured or drawn before. */
export interface ImplantSite {
  readonly landmarksLps: Readonly<Record<string, PointLps>>;
  /**
   * Distance to the neighbouring endplates, mm, everywhere or at t = 0, 0.25 ... 1 (front to back): the discs take up what the body loses. Discs are
   * thinner at their rims; one number for all would stretch the neighbours' corners as if they were disc.
   */
  readonly discAboveMm: number | readonly number[];
  readonly discBelowMm: number | readonly number[];
}

/** What is squeezed: the marrow alone, or the whole body with its endplates. */
export type Warp = 'rigid-endplates' | 'squeeze';

export interface Implant {
  readonly shape: Shape;
  /** Loss of the height that the shape names (front, middle, all), % of what the body had. */
  readonly lossPercent: number;
  /** Default: rigid-endplates. */
  readonly warp?: Warp;
}

export interface Implanted {
  readonly volume: Volume;
  /** Heights after / before along the body's own axis at front, middle and back. */
  readonly left: { readonly anterior: number; readonly middle: number; readonly posterior: number };
}

/** How much of a shape's full loss is taken at `t` (0 front, 1 back) of the body. */
const PROFILE: Readonly<Record<Shape, (t: number) => number>> = {
  wedge: (t) => (1 - t) ** 1.2,
  biconcave: (t) => 1 - (2 * t - 1) ** 2,
  crush: () => 1,
};
/** Share of the loss that the roof gives; the floor gives the rest. */
const ROOF_SHARE: Readonly<Record<Shape, number>> = { wedge: 0.8, biconcave: 0.6, crush: 0.6 };
/** Beyond the walls the warp dies away over this distance, mm. */
const FADE_MM = 7;

interface Frame {
  readonly centre: Vector;
  readonly posterior: Vector;
  readonly caudal: Vector;
  readonly left: Vector;
  readonly depth: number;
  /** Roof and floor (mm along `caudal` from the centre) at t = 0, 0.25 ... 1. */
  readonly roof: readonly number[];
  readonly floor: readonly number[];
}

function frameOf(site: ImplantSite): Frame {
  const at = (name: string): Vector => site.landmarksLps[name]!;
  const mean = (...points: Vector[]): Vector =>
    [0, 1, 2].map((axis) => points.reduce((sum, p) => sum + p[axis]!, 0) / points.length) as unknown as Vector;
  const [front, back] = [mean(at('AS'), at('AI')), mean(at('PS'), at('PI'))];
  const posterior = unit(subtract(back, front));
  const rough = subtract(mean(at('AI'), at('PI')), mean(at('AS'), at('PS')));
  const caudal = unit(add(rough, posterior, -dot(rough, posterior)));
  const centre = mean(front, back);
  const along = (name: string): number => dot(subtract(at(name), centre), caudal);
  const depth = dot(subtract(back, front), posterior);
  return {
    centre,
    posterior,
    caudal,
    left: cross(caudal, posterior),
    depth,
    roof: ['AS', 'S1', 'MS', 'S3', 'PS'].map(along),
    floor: ['AI', 'I1', 'MI', 'I3', 'PI'].map(along),
  };
}

/** Piecewise linear through five values at t = 0, 0.25 ... 1; held beyond. */
function at5(values: readonly number[], t: number): number {
  const place = Math.max(0, Math.min(4, 4 * t));
  const low = Math.min(3, Math.floor(place));
  return values[low]! + (place - low) * (values[low + 1]! - values[low]!);
}

const discAt = (disc: number | readonly number[], t: number): number => (typeof disc === 'number' ? disc : at5(disc, t));

const fade = (beyond: number): number => (beyond <= 0 ? 1 : beyond >= FADE_MM ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * beyond) / FADE_MM));

/** Bone that moves with an endplate, mm inside the body; less in a flat body. */
const PLATE_MM = 2.5;
/** What lies just outside an endplate moves with it too: measured points may stand a little outside the bone. */
const RIM_MM = 1.5;

interface Column {
  readonly roof: number;
  readonly floor: number;
  /** How far the roof goes down and the floor up, mm. */
  readonly down: number;
  readonly up: number;
  readonly above: number;
  readonly below: number;
}

/** Heights that are fixed by the warp, as pairs (after, before), from cranial to caudal; nothing moves beyond the discs. */
function knots({ roof, floor, down, up, above, below }: Column, warp: Warp): readonly (readonly [number, number])[] {
  const left = floor - roof - down - up;
  const plate = warp === 'squeeze' ? 0 : Math.min(PLATE_MM, 0.25 * left);
  const rim = warp === 'squeeze' ? 0 : RIM_MM;
  const [over, under] = [Math.min(rim, 0.3 * above), Math.min(rim, 0.3 * below)];
  return [
    [roof - above, roof - above],
    [roof + down - over, roof - over],
    [roof + down + plate, roof + plate],
    [floor - up - plate, floor - plate],
    [floor - up + under, floor + under],
    [floor + below, floor + below],
  ];
}

/** Source height for an output height: the discs are stretched, the marrow squeezed. */
function sourceHeight(v: number, column: Column, warp: Warp): number {
  const at = knots(column, warp);
  for (let i = 1; i < at.length; i++) {
    const [[fromAfter, fromBefore], [toAfter, toBefore]] = [at[i - 1]!, at[i]!];
    if (v < fromAfter || v > toAfter) continue;
    return toAfter > fromAfter ? fromBefore + ((v - fromAfter) / (toAfter - fromAfter)) * (toBefore - fromBefore) : toBefore;
  }
  return v;
}

export function implantFracture(volume: Volume, site: ImplantSite, implant: Implant): Implanted {
  const frame = frameOf(site);
  const share = implant.lossPercent / 100;
  const profile = PROFILE[implant.shape];
  const roofShare = ROOF_SHARE[implant.shape];
  const halfWidth = 0.72 * frame.depth;
  const lossAt = (t: number): number => share * profile(Math.max(0, Math.min(1, t))) * (at5(frame.floor, t) - at5(frame.roof, t));
  const sample = makeSampler(volume, 'edge');
  const values = volume.values.slice();
  const reach = halfWidth + frame.depth + FADE_MM + 10;
  const inverse = invertAffine(volume.affine);
  const middle = applyAffine(inverse, ...frame.centre);
  const span = [0, 1, 2].map((axis) => reach * Math.hypot(inverse[4 * axis]!, inverse[4 * axis + 1]!, inverse[4 * axis + 2]!));
  const from = (axis: number): number => Math.max(0, Math.floor(middle[axis]! - span[axis]!));
  const until = (axis: number, size: number): number => Math.min(size - 1, Math.ceil(middle[axis]! + span[axis]!));
  for (let k = from(2); k <= until(2, volume.slices); k++) {
    for (let j = from(1); j <= until(1, volume.rows); j++) {
      for (let i = from(0); i <= until(0, volume.columns); i++) {
        const point = applyAffine(volume.affine, i, j, k);
        const away = subtract(point, frame.centre);
        const [u, v, w] = [dot(away, frame.posterior), dot(away, frame.caudal), dot(away, frame.left)];
        const t = u / frame.depth + 0.5;
        const weight = fade(Math.abs(u) - frame.depth / 2 - 1) * fade(Math.abs(w) - halfWidth);
        if (weight === 0) continue;
        const loss = weight * lossAt(t);
        const [roof, floor] = [at5(frame.roof, t), at5(frame.floor, t)];
        const column = {
          roof,
          floor,
          down: loss * roofShare,
          up: loss * (1 - roofShare),
          above: discAt(site.discAboveMm, t),
          below: discAt(site.discBelowMm, t),
        };
        const source = sourceHeight(v, column, implant.warp ?? 'rigid-endplates');
        if (source === v) continue;
        const place = add(point, frame.caudal, source - v);
        values[(k * volume.rows + j) * volume.columns + i] = Math.round(sample(place[0], place[1], place[2]));
      }
    }
  }
  const left = (t: number): number => 1 - share * profile(t);
  return { volume: { ...volume, values }, left: { anterior: left(0), middle: left(0.5), posterior: left(1) } };
}
