/** Reads a scan from disk for measurements: a folder of DICOM files of one series, or a NIfTI file (RAS, turned to LPS). */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Slice, Volume } from '#src/case/volume.ts';
import { assembleVolume } from '#src/measure/assemble-volume.ts';
import { voxelMm } from '#src/measure/localizer-grid.ts';
import { instanceToSlices } from '#src/systems/dicomweb/instance-to-slices.ts';

/** Throws an Error when the files are no regular volume. */
export async function readDicomFolder(folder: string, modality: string): Promise<Volume> {
  const slices: Slice[] = [];
  const names = (await readdir(folder)).filter((name) => name.endsWith('.dcm')).sort();
  for (const name of names) slices.push(...(await instanceToSlices(await readFile(join(folder, name)), { maxDecodedBytes: 1e9 })));
  const assembled = assembleVolume(slices, modality);
  if (!assembled.ok) throw new Error(`${folder}: ${assembled.text}`);
  return assembled.volume;
}

const READERS: Readonly<Record<number, readonly [bytes: number, read: (view: DataView, at: number, little: boolean) => number]>> = {
  2: [1, (view, at) => view.getUint8(at)],
  4: [2, (view, at, little) => view.getInt16(at, little)],
  8: [4, (view, at, little) => view.getInt32(at, little)],
  16: [4, (view, at, little) => view.getFloat32(at, little)],
  64: [8, (view, at, little) => view.getFloat64(at, little)],
  256: [1, (view, at) => view.getInt8(at)],
  512: [2, (view, at, little) => view.getUint16(at, little)],
  768: [4, (view, at, little) => view.getUint32(at, little)],
};

/** NIfTI-1 header, section numbers as in nifti1.h. The affine comes from sform, else from qform. */
function niftiAffine(view: DataView, little: boolean): number[] {
  const float = (at: number): number => view.getFloat32(at, little);
  const flip = (affine: number[]): number[] => affine.map((value, i) => (i < 8 ? -value : value)); // RAS to LPS
  if (view.getInt16(254, little) > 0) return flip(Array.from({ length: 12 }, (_, i) => float(280 + 4 * i)));
  const [b, c, d] = [float(256), float(260), float(264)];
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  const [dx, dy, dz] = [float(80), float(84), float(88) * (float(76) < 0 ? -1 : 1)];
  const r = [
    [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
    [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
  ];
  return flip(r.flatMap((row, i) => [row[0]! * dx, row[1]! * dy, row[2]! * dz, float(268 + 4 * i)]));
}

export async function readNifti(file: string, modality: string): Promise<Volume> {
  const raw = await readFile(file);
  const bytes = file.endsWith('.gz') ? gunzipSync(raw) : raw;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = view.getInt32(0, true) === 348;
  const [columns, rows, slices] = [1, 2, 3].map((n) => view.getInt16(40 + 2 * n, little)) as [number, number, number];
  const reader = READERS[view.getInt16(70, little)];
  if (!reader) throw new Error(`${file}: data type ${view.getInt16(70, little)} is not read`);
  const offset = view.getFloat32(108, little);
  const slope = view.getFloat32(112, little) || 1;
  const intercept = view.getFloat32(116, little);
  const values = Float32Array.from(
    { length: columns * rows * slices },
    (_, i) => reader[1](view, offset + i * reader[0], little) * slope + intercept,
  );
  const affine = niftiAffine(view, little);
  const quantity = modality === 'CT' ? 'HU' : 'signal';
  return { columns, rows, slices, values, affine, modality, quantity, sliceSpacingMm: Math.max(...voxelMm(affine)), notes: [] };
}
