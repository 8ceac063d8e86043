/**
 * Stored 16-bit words to Hounsfield units, two words per step of 32-bit arithmetic: for slope 1, which is nearly every CT, a third of the time of a
 * table (docs/decisions/0009). Words it is not for are told by `false`; the table then gives the same numbers.
 */

/** `hu = max(-1024, word + intercept)` for every word whose spare bits are empty. */
export interface HuAddition {
  readonly signed: boolean;
  /** Bits of a word that must be 0 (unsigned) or equal to the bit below (signed); other words are not for this way. */
  readonly spareBits: number;
  /** What takes a word to its distance from the floor of -1024 HU, as 16 bits. */
  readonly toFloor: number;
}

const FLOOR_HU = -1024;
const INT16_MAX = 32_767;
/** Two 16-bit lanes in one 32-bit number: everything but, and nothing but, the lanes' signs; and the lanes' lowest bits. */
const VALUES = 0x7fff7fff;
const SIGNS = 0x80008000 | 0;
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
  return { signed, spareBits: (0xffff << bits) & 0xffff, toFloor: (intercept - FLOOR_HU) & 0xffff };
}

/**
 * Fills `out`, which must begin at a multiple of four bytes and may be the words' own memory. False: a word is not for this way; the words are
 * then as they were, and `out`, if it is other memory, holds nothing useful.
 */
export function wordsToHu(words: Uint16Array, out: Int16Array, addition: HuAddition): boolean {
  const count = words.length;
  if (out.length !== count || count % 2 !== 0 || out.byteOffset % 4 !== 0) return false;
  const target = new Int32Array(out.buffer, out.byteOffset, count / 2);
  if (words.buffer === out.buffer) return words.byteOffset === out.byteOffset && fits(target, addition) && addToPairs(target, target, addition);
  if (words.byteOffset % 4 === 0) return addToPairs(new Int32Array(words.buffer, words.byteOffset, count / 2), target, addition);
  // Pixels at an odd word of the file: copied first, then worked on in place.
  new Uint16Array(out.buffer, out.byteOffset, count).set(words);
  return addToPairs(target, target, addition);
}

function fits(pairs: Int32Array, { signed, spareBits }: HuAddition): boolean {
  const spare = (spareBits << 16) | spareBits;
  const count = pairs.length;
  let unfit = 0;
  for (let index = 0; index < count; index += 1) unfit |= (signed ? pairs[index]! ^ (pairs[index]! << 1) : pairs[index]!) & spare;
  return unfit === 0;
}

function addToPairs(from: Int32Array, to: Int32Array, { signed, spareBits, toFloor }: HuAddition): boolean {
  const spare = (spareBits << 16) | spareBits;
  const added = (toFloor << 16) | toFloor;
  const addedValues = added & VALUES;
  let unfit = 0;
  // The length in a name of its own: read from the array in the loop's head, it triples the loop's time (V8 of Node 24).
  const pairs = to.length;
  for (let index = 0; index < pairs; index += 1) {
    const pair = from[index]!;
    unfit |= (signed ? pair ^ (pair << 1) : pair) & spare;
    // Lane by lane: the sum without carry from one to the other, 0 where it is negative, then down to the floor.
    const sum = ((pair & VALUES) + addedValues) ^ ((pair ^ added) & SIGNS);
    const below = (sum >>> 15) & ONES;
    to[index] = ((sum & ~((below << 16) - below)) + FLOOR_VALUES) ^ SIGNS;
  }
  return unfit === 0;
}
