/** The codecs of the bench `decode`: who encodes the picture, and the bare decoder. */
import { decodeJpegDct } from '#src/systems/dicomweb/decode-jpeg-dct.ts';
import { decodeJpegLossless } from '#src/systems/dicomweb/decode-jpeg-lossless.ts';
import { decodeRle } from '#src/systems/dicomweb/decode-rle.ts';
import { type DecodedSamples, decodeWasm } from '#src/systems/dicomweb/decode-wasm.ts';

/** Rows and columns of the picture. */
export const SIDE = 512;

interface BenchCodec {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly bare: (frame: Uint8Array) => unknown;
}

/** What the codec's memory holds belongs to its next frame: a caller of the bare codec takes it out. */
function copied({ samples }: DecodedSamples): Uint8Array {
  return samples.slice();
}

export const CODECS: readonly BenchCodec[] = [
  { name: 'RLE', program: 'dcmcrle', args: [], bare: (frame) => decodeRle(frame, SIDE * SIDE, 2) },
  { name: 'JPEG lossless', program: 'dcmcjpeg', args: [], bare: (frame) => decodeJpegLossless(frame, 2, SIDE, SIDE) },
  { name: 'JPEG extended 12 bit', program: 'dcmcjpeg', args: ['+ee', '+q', '90'], bare: (frame) => decodeJpegDct(frame, SIDE, SIDE) },
  { name: 'JPEG-LS', program: 'dcmcjpls', args: [], bare: (frame) => decodeWasm('charls', frame, SIDE, SIDE, copied) },
  { name: 'JPEG 2000', program: 'gdcmconv', args: ['--j2k'], bare: (frame) => decodeWasm('openjpeg', frame, SIDE, SIDE, copied) },
];
