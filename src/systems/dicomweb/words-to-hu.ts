/**
 * Stored 16-bit words to Hounsfield units, two words per step of 32-bit arithmetic: for slope 1, which is nearly every CT, a third of the time of a
 * table (docs/decisions/0009). Words it is not for are told by `false`; the table then gives the same numbers.
 */

/** `hu = max(-1024, word + intercept)` for every word whose spare bits are empty. */
export interface HuAddition {
  readonly signed: boolean;
  /** Bits of a word that must be 0 (unsigned) or equal to the bit below (signed); other words are not for this way. */
  readonly spareBits: number;
  readonly intercept: number;
  /** False where no word can fall below the floor. */
  readonly hasFloor: boolean;
}

const FLOOR_HU = -1024;
const INT16_MAX = 32_767;
/** Two 16-bit lanes in one 32-bit number: nothing but, and everything but, the lanes' signs; and the lanes' lowest bits. */
const SIGNS = 0x80008000 | 0;
const VALUES = 0x7fff7fff;
const ONES = 0x00010001;
/** -1024 in both lanes, without its signs. */
const FLOOR_VALUES = 0x7c007c00;

/** Null where addition of an intercept is not all that has to be done. */
export function huAddition(picture: {
  readonly signed: boolean;
  readonly bitsStored: number;
  readonly slope: number;
  readonly intercept: number;
  /** Stored values that are no picture; they must end on the floor by the addition alone. */
  readonly padding: readonly [number, number] | null;
}): HuAddition | null {
  const { signed, bitsStored, slope, intercept, padding } = picture;
  if (slope !== 1 || !Number.isInteger(intercept)) return null;
  if (padding && padding[1] + intercept > FLOOR_HU) return null;
  // One bit of 16 stays free, so that sums cannot run over; words that need it are found by the check.
  const bits = Math.min(bitsStored, 15);
  const [low, high] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  if (low + intercept - FLOOR_HU < -INT16_MAX - 1 || high + intercept - FLOOR_HU > INT16_MAX) return null;
  return { signed, spareBits: (0xffff << bits) & 0xffff, intercept, hasFloor: low + intercept < FLOOR_HU };
}

/** Fills `out`, which must begin at a multiple of four bytes. False: a word is not for this way, and `out` holds nothing useful. */
export function wordsToHu(words: Uint16Array, out: Int16Array, addition: HuAddition): boolean {
  const count = words.length;
  if (out.length !== count || count % 2 !== 0 || out.byteOffset % 4 !== 0) return false;
  const target = new Int32Array(out.buffer, out.byteOffset, count / 2);
  if (words.byteOffset % 4 === 0) return convert(new Int32Array(words.buffer, words.byteOffset, count / 2), target, addition);
  return convert(evened(words), target, addition);
}

/** The pixels in work of files that have them at an odd word, used for the next file too: nothing waits between its filling and its use. */
let evenWords = new Uint16Array(0);

/** Pixels at an odd word of the file, copied to an even one. Not to where they end: copying into shared memory takes thirteen times as long (docs/decisions/0016). */
function evened(words: Uint16Array): Int32Array {
  const count = words.length;
  if (evenWords.length < count) evenWords = new Uint16Array(count);
  evenWords.set(words);
  return new Int32Array(evenWords.buffer, 0, count / 2);
}

function bothLanes(value: number): number {
  return Math.imul(value, 0x10001);
}

/**
 * The lanes are unsigned numbers about 32,768 when they are added to: then one plain addition serves both, because neither sum leaves its 16 bits.
 * What the words had above their stored bits is gathered on the way and looked at in the end.
 */
function convert(from: Int32Array, to: Int32Array, addition: HuAddition): boolean {
  const { signed, spareBits, intercept, hasFloor } = addition;
  const isUsual = !signed && !hasFloor;
  const seen = isUsual ? addToPairs(from, to, bothLanes(intercept + 0x8000)) : addAboveFloor(from, to, addition);
  return (seen & bothLanes(spareBits)) === 0;
}

/** Unsigned words none of which falls below the floor, four pairs a step. Gives back every bit that was seen. */
function addToPairs(from: Int32Array, to: Int32Array, added: number): number {
  // The length in a name of its own: read from the array in the loop's head, it triples the loop's time (V8 of Node 24).
  const pairs = to.length;
  let seen = 0;
  let index = 0;
  for (; index + 3 < pairs; index += 4) {
    const a = from[index]!;
    const b = from[index + 1]!;
    const c = from[index + 2]!;
    const d = from[index + 3]!;
    seen |= a | b | c | d;
    to[index] = (a + added) ^ SIGNS;
    to[index + 1] = (b + added) ^ SIGNS;
    to[index + 2] = (c + added) ^ SIGNS;
    to[index + 3] = (d + added) ^ SIGNS;
  }
  for (; index < pairs; index += 1) {
    seen |= from[index]!;
    to[index] = (from[index]! + added) ^ SIGNS;
  }
  return seen;
}

/** Any words; the lanes are distances from the floor while those below it are made 0. Gives back every bit that was not as it must be. */
function addAboveFloor(from: Int32Array, to: Int32Array, { signed, intercept }: HuAddition): number {
  const turn = signed ? SIGNS : 0;
  const added = bothLanes(intercept - FLOOR_HU + (signed ? 0 : 0x8000));
  const neighbours = signed ? -1 : 0;
  const pairs = to.length;
  let seen = 0;
  for (let index = 0; index < pairs; index += 1) {
    const pair = from[index]!;
    seen |= pair ^ ((pair << 1) & neighbours);
    const distance = (pair ^ turn) + added;
    const above = (distance >>> 15) & ONES;
    to[index] = ((distance & ((above << 16) - above) & VALUES) + FLOOR_VALUES) ^ SIGNS;
  }
  return seen;
}
