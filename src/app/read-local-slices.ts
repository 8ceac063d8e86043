/** Decodes a DICOM file of a local folder as the archive's are decoded. */
import type { Slice } from '../case/volume.ts';
import { instanceToSlices } from '../systems/dicomweb/instance-to-slices.ts';

/** One decoded instance of a local file: larger is no spine. */
const MOST_DECODED_BYTES = 1_000_000_000;

export function readLocalSlices(bytes: Uint8Array): Promise<readonly Slice[]> {
  return instanceToSlices(bytes, { maxDecodedBytes: MOST_DECODED_BYTES });
}
