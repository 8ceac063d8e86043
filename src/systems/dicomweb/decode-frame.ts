/** One frame's stored values (still unrescaled integers), whatever its transfer syntax. */
import { GiveUp } from '#src/lib/errors.ts';
import { decodeJpegDct } from './decode-jpeg-dct.ts';
import { decodeJpegLossless } from './decode-jpeg-lossless.ts';
import { decodeRle, decodeRleAdding, decodeRleWords } from './decode-rle.ts';
import { decodeWasm, type WasmCodec } from './decode-wasm.ts';
import { never } from './faults.ts';
import { frameBytes } from './frame-bytes.ts';
import { mostPixels } from './most-pixels.ts';
import { type InstanceFacts, SYNTAX } from './read-instance.ts';
import { tableOf, throughTable } from './value-table.ts';
import type { HuAddition } from './words-to-hu.ts';

const WASM: Readonly<Record<string, WasmCodec>> = {
  '1.2.840.10008.1.2.4.80': 'charls',
  '1.2.840.10008.1.2.4.81': 'charls',
  '1.2.840.10008.1.2.4.90': 'openjpeg',
  '1.2.840.10008.1.2.4.91': 'openjpeg',
  '1.2.840.10008.1.2.4.201': 'openjph',
  '1.2.840.10008.1.2.4.202': 'openjph',
  '1.2.840.10008.1.2.4.203': 'openjph',
};
/** Decoders of these may overshoot what BitsStored can hold: clamp, or white turns black. */
const LOSSY = new Set([
  '1.2.840.10008.1.2.4.50',
  '1.2.840.10008.1.2.4.51',
  '1.2.840.10008.1.2.4.81',
  '1.2.840.10008.1.2.4.91',
  '1.2.840.10008.1.2.4.203',
]);
const LOSSLESS = new Set(['1.2.840.10008.1.2.4.57', '1.2.840.10008.1.2.4.70']);
const DCT = new Set(['1.2.840.10008.1.2.4.50', '1.2.840.10008.1.2.4.51']);
const RLE = '1.2.840.10008.1.2.5';
const NATIVE: ReadonlySet<string> = new Set(Object.values(SYNTAX));

/** What a word of the file or codec means. */
export interface WordMeaning {
  readonly bytesPerWord: 1 | 2;
  /** Stored value of a word, sign-extended from BitsStored. Depends on the word and on `meaning` only. */
  readonly valueOf: (word: number) => number;
  /** Names `valueOf`: frames with the same meaning may share a table. */
  readonly meaning: string;
  /** A word whose bits above BitsStored only repeat its sign (signed) or are 0 (unsigned) is its own stored value. */
  readonly isPlain: boolean;
}

export interface FrameWords extends WordMeaning {
  /** rows x columns, row by row. */
  readonly words: Uint8Array | Uint16Array;
}

/** Gives the words of frame `index` to `use`; they may lie in memory that is another's as soon as it returns. Throws GiveUp: unknown syntax, damaged data. */
export function withFrameWords<T>(facts: InstanceFacts, index: number, use: (frame: FrameWords) => T): Promise<T> {
  const count = facts.rows * facts.columns;
  return withSamples(facts, index, facts.bitsAllocated === 8 ? 1 : 2, (raw) => {
    if (raw.samples.byteLength < count * raw.width) throw never('DICOMWEB_DECODE_FAILED', 'compute', `frame ${index + 1} decodes to too few pixels`);
    return use({ words: words(raw, count), ...meaningOf(raw, facts) });
  });
}

/** How words become Hounsfield units: through a table of all of them or, for most pictures, by an addition. */
export interface HuOfWords {
  readonly table: (meaning: WordMeaning) => Int16Array;
  readonly addition: (meaning: WordMeaning) => HuAddition | null;
}

/** Hounsfield units of one frame of 16-bit RLE, made while it is unpacked; undefined for any other syntax. Throws GiveUp. */
export function rleToHu(facts: InstanceFacts, index: number, hu: HuOfWords, place: () => Int16Array): Int16Array | undefined {
  if (facts.transferSyntax !== RLE || facts.bitsAllocated !== 16) return undefined;
  const meaning = meaningOf(wordOfFile(facts, 2), facts);
  const bytes = frameBytes(facts, index);
  const count = facts.rows * facts.columns;
  const addition = hu.addition(meaning);
  if (addition && !addition.signed && !addition.hasFloor) {
    const { values, seen } = decodeRleAdding(bytes, count, addition.intercept, place);
    // Words with other bits than their own are not for an addition: the table then writes all of them once more.
    if ((seen & addition.spareBits) === 0) return values;
  }
  return decodeRleWords(bytes, count, hu.table(meaning), place);
}

function meaningOf({ width, down, signBits }: Omit<Raw, 'samples'>, facts: InstanceFacts): WordMeaning {
  const isLossy = LOSSY.has(facts.transferSyntax);
  return {
    bytesPerWord: width,
    valueOf: isLossy ? clamped(signBits, facts) : stored(down, facts),
    meaning: [isLossy, width, down, signBits, facts.bitsStored, facts.signed].join(),
    isPlain: down === 0 && !(isLossy && facts.signed && signBits < facts.bitsStored),
  };
}

/** Stored values of frame `index` (still unrescaled integers). Throws GiveUp: unknown syntax, damaged data. */
export function decodeFrame(facts: InstanceFacts, index: number): Promise<Int32Array> {
  return withFrameWords(facts, index, (frame) =>
    throughTable(frame.words, tableOf(frame, 'stored', frame.valueOf, Int32Array), new Int32Array(frame.words.length)),
  );
}

interface Raw {
  readonly samples: Uint8Array;
  readonly width: 1 | 2;
  /** Bits to the right of the sample: native and RLE words may hold the sample anywhere, codecs give it alone. */
  readonly down: number;
  /** Bits at which a negative sample has its sign. */
  readonly signBits: number;
}

/** Native and RLE words hold the sample where the header says. */
function wordOfFile(facts: InstanceFacts, width: 1 | 2): Omit<Raw, 'samples'> {
  return { width, down: facts.highBit + 1 - facts.bitsStored, signBits: facts.bitsStored };
}

async function withSamples<T>(facts: InstanceFacts, index: number, width: 1 | 2, use: (raw: Raw) => T): Promise<T> {
  const { transferSyntax } = facts;
  const isKnown =
    NATIVE.has(transferSyntax) || transferSyntax === RLE || LOSSLESS.has(transferSyntax) || DCT.has(transferSyntax) || transferSyntax in WASM;
  if (!isKnown) throw never('DICOMWEB_TRANSFER_SYNTAX', 'compute', `transfer syntax not supported: ${transferSyntax.slice(0, 64) || '(none)'}`);
  const bytes = frameBytes(facts, index);
  const word = wordOfFile(facts, width);
  if (NATIVE.has(transferSyntax))
    return use({ samples: transferSyntax === SYNTAX.explicitBig && width === 2 ? Buffer.from(bytes).swap16() : bytes, ...word });
  const bound = LOSSLESS.has(transferSyntax) ? 'lossless' : DCT.has(transferSyntax) ? 'dct' : 'unbounded';
  if (transferSyntax !== RLE && facts.rows * facts.columns > mostPixels(bound, bytes.byteLength))
    throw never('DICOMWEB_DECODE_FAILED', 'compute', `frame ${index + 1} is too short for the size it claims`);
  try {
    if (transferSyntax === RLE) return use({ samples: decodeRle(bytes, facts.rows * facts.columns, width), ...word });
    if (LOSSLESS.has(transferSyntax)) return spent({ samples: decodeJpegLossless(bytes, width, facts.rows, facts.columns), ...word, down: 0 }, use);
    if (DCT.has(transferSyntax)) {
      const { samples, bits } = decodeJpegDct(bytes, facts.rows, facts.columns);
      return spent({ samples, width: 2, down: 0, signBits: bits }, use);
    }
    return await decodeWasm(WASM[transferSyntax]!, bytes, facts.rows, facts.columns, ({ samples, bits, isSigned }) => {
      const codecWidth = bits <= 8 ? 1 : 2;
      return use({ samples, width: codecWidth, down: 0, signBits: isSigned ? codecWidth * 8 : bits });
    });
  } catch (error) {
    if (error instanceof GiveUp) throw error;
    throw never('DICOMWEB_DECODE_FAILED', 'compute', `frame ${index + 1} cannot be decoded (${transferSyntax})`, error);
  }
}

/** Memory that a codec made for one frame is given back after its use, and not at the next collection: threads would wait for that together. */
function spent<T>(raw: Raw, use: (raw: Raw) => T): T {
  const used = use(raw);
  if (raw.samples.buffer instanceof ArrayBuffer) raw.samples.buffer.transfer(0);
  return used;
}

function words(raw: Raw, count: number): Uint8Array | Uint16Array {
  if (raw.width === 1) return raw.samples.subarray(0, count);
  // A Uint16Array needs an even offset; encapsulated fragments and files do not promise one.
  const aligned = raw.samples.byteOffset % 2 === 0 ? raw.samples : raw.samples.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, count);
}

/** The lowest BitsStored bits of each word, whatever lies above them (overlays, a sign already extended). */
function stored(down: number, facts: InstanceFacts): (word: number) => number {
  const spare = 32 - facts.bitsStored;
  return facts.signed ? (word) => ((word >> down) << spare) >> spare : (word) => ((word >> down) << spare) >>> spare;
}

function clamped(signBits: number, facts: InstanceFacts): (word: number) => number {
  const spare = 32 - signBits;
  const half = 2 ** (facts.bitsStored - 1);
  const [low, high] = facts.signed ? [-half, half - 1] : [0, 2 * half - 1];
  return (word) => Math.min(high, Math.max(low, facts.signed ? (word << spare) >> spare : word));
}
