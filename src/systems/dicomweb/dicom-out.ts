/** A case's result as DICOM objects for STOW-RS: the key image and the measurement report, the same bytes' UIDs at every attempt. */
import type { ResultInput } from './result-header.ts';
import { secondaryCapture } from './secondary-capture.ts';
import { structuredReport } from './structured-report.ts';

export interface DicomOutInput extends ResultInput {
  /** The key image as PNG, or null when none was drawn. */
  readonly keyImagePng: Uint8Array | null;
  /** Version whose objects were stored before and are replaced by these; null for the first. */
  readonly replacesVersion: number | null;
}

/** The picture first: the report refers to it. */
export async function dicomOut(input: DicomOutInput): Promise<Uint8Array[]> {
  const picture = input.keyImagePng ? [await secondaryCapture(input, input.keyImagePng)] : [];
  return [...picture, structuredReport({ ...input, withPicture: input.keyImagePng !== null })];
}
