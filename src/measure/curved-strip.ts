/** A sagittal picture that follows the spine, 1 mm a pixel, with the frame of every row: pixels and patient map both ways. */
import { add, cross, dot, norm, subtract, unit, type Vector } from './affine.ts';
import type { Sampler } from './sample-volume.ts';
import type { SpineLine } from './trace-spine.ts';

export const STRIP_COLUMNS = 128;
export const SLAB_OFFSETS_MM = [-6, 0, 6] as const;

/** Frame of one row: where the centre column lies, and the directions of growing row, column and patient's left. */
export interface RowFrame {
  readonly origin: Vector;
  readonly caudal: Vector;
  readonly posterior: Vector;
  readonly left: Vector;
}

export interface Strip {
  readonly columns: number;
  readonly rows: number;
  readonly centreColumn: number;
  readonly mmPerPixel: number;
  readonly frames: readonly RowFrame[];
  /** Three pictures (mean of a 5 mm slab at -6, 0, +6 mm to the patient's left), row by row. */
  readonly channels: readonly [Float32Array, Float32Array, Float32Array];
}

function frameFrom(origin: Vector, caudal: Vector, rotation: number): RowFrame {
  const flat = unit(subtract([0, 1, 0], [caudal[0] * caudal[1], caudal[1] * caudal[1], caudal[2] * caudal[1]]));
  const side = cross(caudal, flat);
  const posterior = unit(add([flat[0] * Math.cos(rotation), flat[1] * Math.cos(rotation), flat[2] * Math.cos(rotation)], side, Math.sin(rotation)));
  return { origin, caudal, posterior, left: cross(caudal, posterior) };
}

/** Position and direction on the polyline through `points` at arc length `s` mm; straight beyond the ends. */
function makeCurve(points: readonly Vector[]): { length: number; at: (s: number) => { place: Vector; index: number } } {
  const lengths = [0];
  for (let i = 1; i < points.length; i++) lengths.push(lengths[i - 1]! + norm(subtract(points[i]!, points[i - 1]!)));
  const at = (s: number): { place: Vector; index: number } => {
    let i = 0;
    while (i < points.length - 2 && lengths[i + 1]! <= s) i++;
    const share = (s - lengths[i]!) / (lengths[i + 1]! - lengths[i]!);
    return { place: add(points[i]!, subtract(points[i + 1]!, points[i]!), share), index: i + share };
  };
  return { length: lengths.at(-1)!, at };
}

/** Row frames 1 mm apart along the spine, `extendMm` beyond both ends; directions are averaged over 24 mm. */
export function stripFrames(line: SpineLine, extendMm: number): RowFrame[] {
  const curve = makeCurve(line.points);
  const frames: RowFrame[] = [];
  for (let s = -extendMm; s <= curve.length + extendMm; s++) {
    const here = curve.at(s);
    const caudal = unit(subtract(curve.at(s + 12).place, curve.at(s - 12).place));
    const index = Math.max(0, Math.min(line.rotation.length - 1, here.index));
    const low = Math.floor(index);
    const high = Math.min(line.rotation.length - 1, low + 1);
    const rotation = line.rotation[low]! + (index - low) * (line.rotation[high]! - line.rotation[low]!);
    frames.push(frameFrom(here.place, caudal, rotation));
  }
  return frames;
}

/** LPS of a strip position; rows between frames are interpolated. `leftMm` moves out of the picture's plane. */
export function stripToLps(strip: Pick<Strip, 'frames' | 'centreColumn' | 'mmPerPixel'>, column: number, row: number, leftMm = 0): Vector {
  const last = strip.frames.length - 1;
  const low = Math.max(0, Math.min(last - 1, Math.floor(row)));
  const a = strip.frames[low]!;
  const b = strip.frames[Math.min(last, low + 1)]!;
  const across = (column - strip.centreColumn) * strip.mmPerPixel;
  const place = (frame: RowFrame): Vector => add(add(frame.origin, frame.posterior, across), frame.left, leftMm);
  return add(place(a), subtract(place(b), place(a)), row - low);
}

/** Strip position of an LPS point: the row whose plane holds it, its column and how far left of the picture it lies (mm). */
export function lpsToStrip(
  strip: Pick<Strip, 'frames' | 'centreColumn' | 'mmPerPixel'>,
  point: Vector,
): { readonly column: number; readonly row: number; readonly leftMm: number } {
  const { frames, mmPerPixel } = strip;
  let nearest = 0;
  let distance = Infinity;
  frames.forEach((frame, row) => {
    const d = norm(subtract(point, frame.origin));
    if (d < distance) [distance, nearest] = [d, row];
  });
  const beyond = (row: number): number => dot(subtract(point, frames[row]!.origin), frames[row]!.caudal);
  let low = Math.min(frames.length - 2, nearest);
  while (low < frames.length - 2 && beyond(low + 1) > 0) low++;
  while (low > 0 && beyond(low) < 0) low--;
  const [from, to] = [beyond(low), beyond(low + 1)];
  const row = low + from / (from - to);
  const a = frames[low]!;
  const b = frames[low + 1]!;
  const share = row - low;
  const away = subtract(point, add(a.origin, subtract(b.origin, a.origin), share));
  const mix = (u: Vector, v: Vector): Vector => unit(add(u, subtract(v, u), share));
  return { column: strip.centreColumn + dot(away, mix(a.posterior, b.posterior)) / mmPerPixel, row, leftMm: dot(away, mix(a.left, b.left)) };
}

/** Depths of the 5 mm slab about a plane, mm: five samples on CT, one where the slices themselves are thick. */
export function slabDepthsMm(modality: string): readonly number[] {
  return modality === 'CT' ? [-2, -1, 0, 1, 2] : [0];
}

function scaled([x, y, z]: Vector, factor: number): Vector {
  return [x * factor, y * factor, z * factor];
}

/** The three pictures, row by row, one row for each frame. */
export type StripChannels = readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];

/**
 * Samples rows of the three pictures. All lines of a row follow one another: in a large volume they read the same lines of the processor's cache,
 * which a picture at a time would fetch again.
 */
export function sampleStripRows(
  sample: Sampler,
  frames: readonly RowFrame[],
  depthsMm: readonly number[],
  columns: number,
  mmPerPixel: number,
): StripChannels {
  const size = frames.length * columns;
  const channels = [new Float32Array(size), new Float32Array(size), new Float32Array(size)] as const;
  const halfMm = ((columns - 1) / 2) * mmPerPixel;
  const start: [number, number, number] = [0, 0, 0];
  for (const [row, frame] of frames.entries()) {
    const step = scaled(frame.posterior, mmPerPixel);
    for (const [c, offset] of SLAB_OFFSETS_MM.entries())
      for (const depth of depthsMm) {
        for (let axis = 0; axis < 3; axis += 1)
          start[axis] = frame.origin[axis]! + (offset + depth) * frame.left[axis]! + -halfMm * frame.posterior[axis]!;
        sample.addLine(channels[c]!, row * columns, columns, start, step);
      }
  }
  for (const channel of channels) divide(channel, depthsMm.length);
  return channels;
}

function divide(values: Float32Array, by: number): void {
  const count = values.length;
  for (let at = 0; at < count; at += 1) values[at]! /= by;
}

/** Samples the three pictures of a strip. */
export function sampleStrip(
  sample: Sampler,
  frames: readonly RowFrame[],
  depthsMm: readonly number[],
  columns = STRIP_COLUMNS,
  mmPerPixel = 1,
): Strip {
  const channels = sampleStripRows(sample, frames, depthsMm, columns, mmPerPixel);
  return { columns, rows: frames.length, centreColumn: (columns - 1) / 2, mmPerPixel, frames, channels };
}
