/** The encoded bytes of one frame of PixelData: native (PS3.5 section 8) or encapsulated in fragments (annex A.4), with or without an offset table. */
import dicomParser, { type Fragment } from 'dicom-parser';
import { never } from './faults.ts';
import type { InstanceFacts } from './read-instance.ts';

/** Bytes of frame `index` as they lie in the file; for compressed frames all fragments joined. */
export function frameBytes(facts: InstanceFacts, index: number): Uint8Array {
  const { pixels, dataset } = facts;
  if (pixels.encapsulatedPixelData !== true) return nativeFrame(facts, index);
  const fragments = pixels.fragments ?? [];
  const { from, count } = fragmentsOf(facts, fragments, index);
  if (count <= 0) throw never('DICOMWEB_DECODE_FAILED', 'compute', `frame ${index + 1} has no fragment`);
  return dicomParser.readEncapsulatedPixelDataFromFragments(dataset, pixels, from, count);
}

function nativeFrame(facts: InstanceFacts, index: number): Uint8Array {
  const size = facts.rows * facts.columns * (facts.bitsAllocated / 8);
  const start = facts.pixels.dataOffset + index * size;
  if ((index + 1) * size > facts.pixels.length || start + size > facts.dataset.byteArray.byteLength)
    throw never('DICOMWEB_DECODE_FAILED', 'compute', `PixelData ends within frame ${index + 1}`);
  return facts.dataset.byteArray.subarray(start, start + size);
}

function fragmentsOf(facts: InstanceFacts, fragments: readonly Fragment[], index: number): { from: number; count: number } {
  const frames = facts.frames.length;
  if (frames === 1) return { from: 0, count: fragments.length };
  if (fragments.length === frames) return { from: index, count: 1 };
  const stated = facts.pixels.basicOffsetTable ?? [];
  // Without a table the end-of-image markers tell the frames apart; that works for the JPEG family only.
  const offsets = stated.length === frames ? stated : dicomParser.createJPEGBasicOffsetTable(facts.dataset, facts.pixels);
  if (offsets.length !== frames)
    throw never('DICOMWEB_DECODE_FAILED', 'compute', `${fragments.length} fragments cannot be assigned to ${frames} frames`);
  const from = fragments.findIndex((fragment) => fragment.offset === offsets[index]);
  const end = index + 1 < frames ? fragments.findIndex((fragment) => fragment.offset === offsets[index + 1]) : fragments.length;
  return { from, count: from < 0 ? 0 : end - from };
}
