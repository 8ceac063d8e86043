/** A case's result as DICOM objects for STOW-RS: the key image and the measurement report, the same bytes' UIDs at every attempt. */
import { createHash } from 'node:crypto';
import type { ResultInput } from './result-header.ts';
import type { ResultVersion } from './result-uid.ts';
import { secondaryCapture } from './secondary-capture.ts';
import { structuredReport } from './structured-report.ts';

export interface DicomOutInput extends ResultInput {
  /** The key image as PNG, or null when none was drawn. */
  readonly keyImagePng: Uint8Array | null;
  /** A radiologist changed or refuted what is drawn in it. */
  readonly pictureOutdated?: boolean;
  /** Version whose objects were stored before and are replaced by these; null for the first. */
  readonly replacesVersion: ResultVersion | null;
}

/** The picture first: the report refers to it. */
export async function dicomOut(input: DicomOutInput): Promise<Uint8Array[]> {
  const picture = input.keyImagePng ? [await secondaryCapture(input, input.keyImagePng, input.pictureOutdated ?? false)] : [];
  return [...picture, structuredReport({ ...input, withPicture: input.keyImagePng !== null })];
}

/** Equal for two results whose reports would be the same but for version, time and software: then there is nothing new to store. Hex, 12 digits. */
export function resultDigest(input: Omit<DicomOutInput, 'version' | 'madeAt' | 'softwareVersion' | 'replacesVersion'>): string {
  const withPicture = input.keyImagePng !== null;
  const report = structuredReport({ ...input, version: 0, madeAt: new Date(0), softwareVersion: '', replacesVersion: null, withPicture });
  return createHash('sha256').update(report).digest('hex').slice(0, 12);
}
