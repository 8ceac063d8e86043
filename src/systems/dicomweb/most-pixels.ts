/** How many pixels so few bytes can hold at most: a header that claims more is refused before a decoder takes memory for it. */

/** How a codec's smallest picture is bounded. */
export type CodecBound = 'dct' | 'lossless' | 'unbounded';

/** ITU-T T.81: a block of 64 pixels has at least a code of one bit for its DC and one for its end. */
const DCT_PIXELS_PER_BYTE = 64 * 4;
/** ITU-T T.81 annex H: every pixel has a code of at least one bit. */
const LOSSLESS_PIXELS_PER_BYTE = 8;
/** JPEG-LS and JPEG 2000 write an even picture in almost nothing. Beyond the size of any such picture of ours, some substance is asked for. */
const EVEN_PICTURE_PIXELS = 4096 * 4096;
const PIXELS_PER_BYTE = 4096;
/** Decoders take some bits past the end for zeros, as writers drop them. */
const SLACK_BYTES = 64;

export function mostPixels(bound: CodecBound, bytes: number): number {
  const room = bytes + SLACK_BYTES;
  if (bound === 'dct') return room * DCT_PIXELS_PER_BYTE;
  if (bound === 'lossless') return room * LOSSLESS_PIXELS_PER_BYTE;
  return Math.max(EVEN_PICTURE_PIXELS, room * PIXELS_PER_BYTE);
}
