/** Which slices form one stack: same size, spacing and direction, each place once; ordered along the slice normal, never by instance number. */
import type { Slice } from '#src/case/volume.ts';
import { cross, dot, norm, type Vector } from './volume-vectors.ts';

/** A slice whose place in the patient is known and sound. */
export interface PlacedSlice {
  readonly slice: Slice;
  readonly position: Vector;
  /** Unit vectors: growing column, growing row, and their cross product. */
  readonly row: Vector;
  readonly column: Vector;
  readonly normal: Vector;
  /** [row, column] mm */
  readonly spacing: readonly [number, number];
  /** dot(position, normal of the stack), mm: what slices are ordered by. */
  readonly along: number;
}

export type StackFault = 'no-slices' | 'no-geometry' | 'mixed-geometry' | 'duplicate-positions';
export type Stack =
  | { readonly ok: true; readonly slices: readonly PlacedSlice[]; readonly notes: readonly string[] }
  | { readonly ok: false; readonly code: StackFault; readonly text: string };

/** Two slices nearer than this along the normal are at one place. */
const SAME_PLACE_MM = 1e-3;
/** Cosine between directions of one stack: about 0.5 degrees. */
const SAME_DIRECTION = Math.cos((0.5 * Math.PI) / 180);
/** Share of the slices that may be set aside as foreign (a localizer, a summary) before the series counts as mixed. */
const FOREIGN_SHARE = 0.1;
/** Share of all places that the largest phase must cover: numbers or times that differ from slice to slice are no phases. */
const PHASE_COVERS = 0.5;
const UNIT_TOLERANCE = 1e-3;

export function stackSlices(slices: readonly Slice[]): Stack {
  if (slices.length === 0) return fault('no-slices', 'there is no slice');
  const placed = slices.map(place);
  const unplaced = placed.filter((entry) => entry === undefined).length;
  if (unplaced > 0)
    return fault('no-geometry', `${unplaced} of ${slices.length} slices lack a sound ImagePositionPatient, ImageOrientationPatient or PixelSpacing`);
  const { main, foreign } = largestGroup(placed as PlacedSlice[]);
  if (foreign > FOREIGN_SHARE * slices.length)
    return fault('mixed-geometry', `${foreign} of ${slices.length} slices have another size, spacing or direction`);
  const notes = foreign > 0 ? [`${foreign} slices of another size or direction left out`] : [];
  const reference = main[0]!.normal;
  const ordered = main.map((entry) => ({ ...entry, along: dot(entry.position, reference) })).sort((a, b) => a.along - b.along);
  return onePhase(ordered, notes);
}

function fault(code: StackFault, text: string): Stack {
  return { ok: false, code, text };
}

function place(slice: Slice): PlacedSlice | undefined {
  const { position, orientation, spacing } = slice;
  if (!position || !orientation || !spacing || slice.spacingKind !== 'patient') return undefined;
  if (![...position, ...orientation].every(Number.isFinite) || !(spacing[0] > 0) || !(spacing[1] > 0)) return undefined;
  const row: Vector = [orientation[0], orientation[1], orientation[2]];
  const column: Vector = [orientation[3], orientation[4], orientation[5]];
  const isSquare =
    Math.abs(norm(row) - 1) < UNIT_TOLERANCE && Math.abs(norm(column) - 1) < UNIT_TOLERANCE && Math.abs(dot(row, column)) < UNIT_TOLERANCE;
  if (!isSquare || slice.values.length !== slice.rows * slice.columns) return undefined;
  return { slice, position, row, column, normal: cross(row, column), spacing, along: 0 };
}

function largestGroup(placed: readonly PlacedSlice[]): { main: readonly PlacedSlice[]; foreign: number } {
  const groups: PlacedSlice[][] = [];
  for (const entry of placed) {
    const group = groups.find(([first]) => isAlike(first!, entry));
    if (group) group.push(entry);
    else groups.push([entry]);
  }
  const main = groups.reduce((best, group) => (group.length > best.length ? group : best));
  return { main, foreign: placed.length - main.length };
}

function isAlike(a: PlacedSlice, b: PlacedSlice): boolean {
  const isSameSize = a.slice.rows === b.slice.rows && a.slice.columns === b.slice.columns;
  const isSameSpacing = Math.abs(a.spacing[0] - b.spacing[0]) < 1e-3 && Math.abs(a.spacing[1] - b.spacing[1]) < 1e-3;
  return isSameSize && isSameSpacing && dot(a.row, b.row) > SAME_DIRECTION && dot(a.column, b.column) > SAME_DIRECTION;
}

/** Several slices at one place are phases, repeats or doubles: splits them, or drops doubles that are the same picture. */
function onePhase(ordered: readonly PlacedSlice[], notes: readonly string[]): Stack {
  if (!hasDoubles(ordered)) return { ok: true, slices: ordered, notes };
  const places = ordered.filter((entry, index) => index === 0 || entry.along - ordered[index - 1]!.along >= SAME_PLACE_MM).length;
  const keys: readonly [string, (entry: PlacedSlice) => string][] = [
    ['acquisition', (entry) => String(entry.slice.acquisitionNumber)],
    ['time', (entry) => String(entry.slice.contentTime)],
  ];
  for (const [name, key] of keys) {
    const phases = [...Map.groupBy(ordered, key).values()];
    const largest = phases.reduce((best, phase) => (phase.length > best.length ? phase : best));
    if (phases.some(hasDoubles) || largest.length < PHASE_COVERS * places) continue;
    return {
      ok: true,
      slices: largest,
      notes: [...notes, `${phases.length} phases told apart by ${name}; the largest (${largest.length} slices) is used`],
    };
  }
  const single = ordered.filter((entry, index) => index === 0 || !isSamePicture(ordered[index - 1]!, entry));
  if (hasDoubles(single)) return fault('duplicate-positions', 'several different slices lie at one place and nothing tells them apart');
  return { ok: true, slices: single, notes: [...notes, `${ordered.length - single.length} doubled slices dropped`] };
}

function hasDoubles(ordered: readonly PlacedSlice[]): boolean {
  return ordered.some((entry, index) => index > 0 && entry.along - ordered[index - 1]!.along < SAME_PLACE_MM);
}

function isSamePicture(a: PlacedSlice, b: PlacedSlice): boolean {
  if (b.along - a.along >= SAME_PLACE_MM) return false;
  return a.slice.values.every((value, index) => value === b.slice.values[index]);
}
