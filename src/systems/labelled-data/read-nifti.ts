/** A NIfTI-1 volume (.nii, .nii.gz) in the patient's LPS frame. Section names as in nifti1.h. */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { Volume } from '#src/case/volume.ts';
import { GiveUp } from '#src/lib/errors.ts';
import { voxelMm } from '#src/measure/localizer-grid.ts';

type Reader = (view: DataView, at: number, little: boolean) => number;
const READERS: Readonly<Record<number, readonly [bytes: number, read: Reader]>> = {
  2: [1, (view, at) => view.getUint8(at)],
  4: [2, (view, at, little) => view.getInt16(at, little)],
  8: [4, (view, at, little) => view.getInt32(at, little)],
  16: [4, (view, at, little) => view.getFloat32(at, little)],
  64: [8, (view, at, little) => view.getFloat64(at, little)],
  256: [1, (view, at) => view.getInt8(at)],
  512: [2, (view, at, little) => view.getUint16(at, little)],
  768: [4, (view, at, little) => view.getUint32(at, little)],
};
const MOST_VOXELS = 1_000_000_000;

const never = (text: string): GiveUp => new GiveUp(text, { code: 'LABELLED_DATA', phase: 'parse' });

/** sform if it is set, else qform; RAS is turned to LPS. */
function affineOf(view: DataView, little: boolean): number[] {
  const float = (at: number): number => view.getFloat32(at, little);
  const toLps = (affine: number[]): number[] => affine.map((value, i) => (i < 8 ? -value : value));
  if (view.getInt16(254, little) > 0) return toLps(Array.from({ length: 12 }, (_, i) => float(280 + 4 * i)));
  const [b, c, d] = [float(256), float(260), float(264)];
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  const [dx, dy, dz] = [float(80), float(84), float(88) * (float(76) < 0 ? -1 : 1)];
  const turn = [
    [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
    [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
  ];
  return toLps(turn.flatMap((row, i) => [row[0]! * dx, row[1]! * dy, row[2]! * dz, float(268 + 4 * i)]));
}

/** Throws GiveUp LABELLED_DATA for anything that is no 3D NIfTI-1 of numbers. */
export function parseNifti(bytes: Uint8Array, modality: string): Volume {
  if (bytes.length < 352) throw never('too short for a NIfTI file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = view.getInt32(0, true) === 348;
  if (!little && view.getInt32(0, false) !== 348) throw never('not a NIfTI-1 file');
  const [columns, rows, slices] = [1, 2, 3].map((n) => view.getInt16(40 + 2 * n, little)) as [number, number, number];
  const reader = READERS[view.getInt16(70, little)];
  const count = columns * rows * slices;
  if (!reader) throw never(`NIfTI data type ${view.getInt16(70, little)} is not read`);
  if (!(columns > 0 && rows > 0 && slices > 0) || count > MOST_VOXELS) throw never('the NIfTI header gives no sensible size');
  const offset = view.getFloat32(108, little);
  if (!(offset >= 0) || offset + count * reader[0] > bytes.length) throw never('the NIfTI file ends before its last voxel');
  const slope = view.getFloat32(112, little) || 1;
  const intercept = view.getFloat32(116, little) || 0;
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = reader[1](view, offset + i * reader[0], little) * slope + intercept;
  const affine = affineOf(view, little);
  const quantity = modality === 'CT' ? 'HU' : 'signal';
  return { columns, rows, slices, values, affine, modality, quantity, sliceSpacingMm: Math.max(...voxelMm(affine)), notes: [] };
}

export async function readNifti(file: string, modality: string): Promise<Volume> {
  const raw = await readFile(file);
  return parseNifti(file.endsWith('.gz') ? gunzipSync(raw, { maxOutputLength: 4 * MOST_VOXELS }) : raw, modality);
}
