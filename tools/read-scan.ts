/** Reads a scan from disk for measurements: a folder of DICOM files of one series. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Slice, Volume } from '#src/case/volume.ts';
import { assembleVolume } from '#src/measure/assemble-volume.ts';
import { instanceToSlices } from '#src/systems/dicomweb/instance-to-slices.ts';

/** Throws an Error that names the file when one cannot be read, or when the files are no regular volume. */
export async function readDicomFolder(folder: string, modality: string): Promise<Volume> {
  const slices: Slice[] = [];
  const names = (await readdir(folder)).filter((name) => name.endsWith('.dcm')).sort();
  for (const name of names) {
    const decoded = instanceToSlices(await readFile(join(folder, name)), { maxDecodedBytes: 1e9 });
    // No UID is made up for a file without one: whatever is measured must name the image that it was measured on.
    slices.push(...(await decoded.catch((error: Error) => Promise.reject(new Error(`${join(folder, name)}: ${error.message}`, { cause: error })))));
  }
  const assembled = assembleVolume(slices, modality);
  if (!assembled.ok) throw new Error(`${folder}: ${assembled.text}`);
  return assembled.volume;
}
