/** One frame's stored values (still unrescaled integers), whatever its transfer syntax. */
import { decodeJpegLossless } from './decode-jpeg-lossless.ts';
import { decodeRle } from './decode-rle.ts';
import { decodeWasm, type WasmCodec } from './decode-wasm.ts';
import { never } from './faults.ts';
import { frameBytes } from './frame-bytes.ts';
import { type InstanceFacts, SYNTAX } from './read-instance.ts';

const WASM: Readonly<Record<string, WasmCodec>> = {
  '1.2.840.10008.1.2.4.80': 'charls',
  '1.2.840.10008.1.2.4.81': 'charls',
  '1.2.840.10008.1.2.4.90': 'openjpeg',
  '1.2.840.10008.1.2.4.91': 'openjpeg',
  '1.2.840.10008.1.2.4.201': 'openjph',
  '1.2.840.10008.1.2.4.202': 'openjph',
  '1.2.840.10008.1.2.4.203': 'openjph',
};
const LOSSLESS = new Set(['1.2.840.10008.1.2.4.57', '1.2.840.10008.1.2.4.70']);
const RLE = '1.2.840.10008.1.2.5';
const NATIVE: ReadonlySet<string> = new Set(Object.values(SYNTAX));

/** Stored values of frame `index`, sign-extended from BitsStored. Throws GiveUp: unknown syntax, damaged data. */
export async function decodeFrame(facts: InstanceFacts, index: number): Promise<Int32Array> {
  const bytesPerSample = facts.bitsAllocated === 8 ? 1 : 2;
  const pixelCount = facts.rows * facts.columns;
  const { samples, width, isNative } = await rawSamples(facts, index, bytesPerSample);
  if (samples.byteLength < pixelCount * width) throw never('DICOMWEB_DECODE_FAILED', 'compute', `frame ${index + 1} decodes to too few pixels`);
  return toStored(samples, width, pixelCount, facts, isNative);
}

interface Raw {
  readonly samples: Uint8Array;
  readonly width: 1 | 2;
  /** Native and RLE samples are whole words: bits above HighBit may hold overlays. Codecs give the sample alone. */
  readonly isNative: boolean;
}

async function rawSamples(facts: InstanceFacts, index: number, width: 1 | 2): Promise<Raw> {
  const { transferSyntax } = facts;
  const pixelCount = facts.rows * facts.columns;
  const isKnown = NATIVE.has(transferSyntax) || transferSyntax === RLE || LOSSLESS.has(transferSyntax) || transferSyntax in WASM;
  if (!isKnown) throw never('DICOMWEB_TRANSFER_SYNTAX', 'compute', `transfer syntax not supported: ${transferSyntax.slice(0, 64) || '(none)'}`);
  const bytes = frameBytes(facts, index);
  if (NATIVE.has(transferSyntax)) {
    const isSwapped = transferSyntax === SYNTAX.explicitBig && width === 2;
    return { samples: isSwapped ? Buffer.from(bytes).swap16() : bytes, width, isNative: true };
  }
  try {
    if (transferSyntax === RLE) return { samples: decodeRle(bytes, pixelCount, width), width, isNative: true };
    if (LOSSLESS.has(transferSyntax)) return { samples: decodeJpegLossless(bytes, width), width, isNative: false };
    const { samples, bits } = await decodeWasm(WASM[transferSyntax]!, bytes, facts.rows, facts.columns);
    return { samples, width: bits <= 8 ? 1 : 2, isNative: false };
  } catch (error) {
    if (error instanceof Error && error.name === 'GiveUp') throw error;
    throw never('DICOMWEB_DECODE_FAILED', 'compute', `frame ${index + 1} cannot be decoded (${transferSyntax})`, error);
  }
}

function toStored(samples: Uint8Array, width: 1 | 2, count: number, facts: InstanceFacts, isNative: boolean): Int32Array {
  const view = new DataView(samples.buffer, samples.byteOffset, samples.byteLength);
  const down = isNative ? facts.highBit + 1 - facts.bitsStored : 0;
  const spare = 32 - facts.bitsStored;
  const out = new Int32Array(count);
  for (let index = 0; index < count; index += 1) {
    const word = (width === 1 ? view.getUint8(index) : view.getUint16(2 * index, true)) >> down;
    out[index] = facts.signed ? (word << spare) >> spare : (word << spare) >>> spare;
  }
  return out;
}
