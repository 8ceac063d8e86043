/** A stack of slices that a few headers foretell (first, second, middle, last), and the place in it that a slice's own header gives it. */
import type { EvenStack, InstanceSummary } from '#src/case/study.ts';
import { cross, dot, type Vector } from './volume-vectors.ts';

/** What a header tells of its slice's place. */
export type PlaceHeader = Pick<
  InstanceSummary,
  'sopClassUid' | 'imageType' | 'numberOfFrames' | 'rows' | 'columns' | 'imagePosition' | 'imageOrientation' | 'pixelSpacing'
>;

/** A slice lies at its place when it is nearer to it than this share of the distance between slices. */
const AT_PLACE = 0.1;
/** Two slices nearer than this along the normal are at one place. */
const SAME_PLACE_MM = 1e-3;

/** Slices of one size and direction have the same. Ask only for a sound plane. */
export function geometryKey(slice: Pick<InstanceSummary, 'rows' | 'columns' | 'imageOrientation' | 'pixelSpacing'>): string {
  const directions = slice.imageOrientation!.map((value) => value.toFixed(2));
  return [slice.rows, slice.columns, ...directions, ...slice.pixelSpacing!.map((value) => value.toFixed(3))].join(' ');
}

/**
 * The stack of `count` slices whose headers 1, 2, some in between and `count` (by Instance Number) these are, or undefined when they do not lie evenly
 * or differ in what makes a slice foreign. The numbers between may hold anything: each slice is asked for its place when it is read.
 */
export function evenStackOf(sample: readonly InstanceSummary[], count: number): EvenStack | undefined {
  const ordered = sample.toSorted((a, b) => (a.instanceNumber ?? 0) - (b.instanceNumber ?? 0));
  const [first, second] = ordered;
  const last = ordered.at(-1);
  if (!first || !second || !last || first.instanceNumber !== 1 || second.instanceNumber !== 2 || last.instanceNumber !== count || count < 3)
    return undefined;
  if (!ordered.every((one) => isSingleSlice(one) && kindKey(one) === kindKey(first))) return undefined;
  const normal = normalOf(first.imageOrientation!);
  const along = (one: InstanceSummary) => dot(one.imagePosition as unknown as Vector, normal);
  const gapMm = along(second) - along(first);
  const stack: EvenStack = {
    count,
    kind: kindKey(first),
    normal,
    startMm: Math.min(along(first), along(last)),
    gapMm: Math.abs(gapMm),
    endMm: Math.max(along(first), along(last)),
  };
  const isForward = gapMm > 0;
  const isEven = ordered.every((one) => placeIn(stack, one) === (isForward ? one.instanceNumber! - 1 : count - one.instanceNumber!));
  return stack.gapMm > SAME_PLACE_MM && isEven ? stack : undefined;
}

/** From 0 at the lower end of the normal; undefined for a slice that is foreign to the stack or between two places. */
export function placeIn(stack: EvenStack, header: PlaceHeader): number | undefined {
  if (!isSingleSlice(header) || kindKey(header) !== stack.kind) return undefined;
  const stepMm = (stack.endMm - stack.startMm) / (stack.count - 1);
  const exact = (dot(header.imagePosition as unknown as Vector, stack.normal) - stack.startMm) / stepMm;
  const place = Math.round(exact);
  return Math.abs(exact - place) < AT_PLACE && place >= 0 && place < stack.count ? place : undefined;
}

function isSingleSlice({ numberOfFrames, imagePosition, imageOrientation, pixelSpacing }: PlaceHeader): boolean {
  return numberOfFrames === 1 && imagePosition?.length === 3 && imageOrientation?.length === 6 && pixelSpacing?.length === 2;
}

function kindKey(slice: PlaceHeader): string {
  return [slice.sopClassUid, slice.imageType.join('\\'), geometryKey(slice)].join(' ');
}

function normalOf([a, b, c, d, e, f]: readonly number[]): Vector {
  return cross([a!, b!, c!], [d!, e!, f!]);
}
