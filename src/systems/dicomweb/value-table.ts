/**
 * A word of a picture has at most 16 bits, so what it means (sign, mask, rescale, padding, floor) is worked out once for each of the 65,536 words
 * and then only looked up: the same numbers as pixel by pixel, a tenth of the time (bench/decode.ts).
 */

type Numbers = Int16Array | Int32Array | Float32Array;
type NumbersConstructor<T extends Numbers> = new (length: number) => T;

/** The frames of a series share their table; a few are kept for series that lie in each other's way. */
const KEPT = 8;
const tables = new Map<string, Numbers>();

/** Entry w is `meaningOf(w)`. `purpose` and the word's meaning name the table: the same names must mean the same function. */
export function tableOf<T extends Numbers>(
  word: { readonly bytesPerWord: 1 | 2; readonly meaning: string },
  purpose: string,
  meaningOf: (word: number) => number,
  Kind: NumbersConstructor<T>,
): T {
  const key = `${Kind.name}|${purpose}|${word.meaning}`;
  const known = tables.get(key);
  if (known) return known as T;
  const size = 2 ** (8 * word.bytesPerWord);
  const table = new Kind(size);
  for (let word = 0; word < size; word += 1) table[word] = meaningOf(word);
  if (tables.size >= KEPT) tables.delete(tables.keys().next().value!);
  tables.set(key, table);
  return table;
}

/** Fills `out`, which may be the words' own memory. */
export function throughTable<T extends Numbers>(words: Uint8Array | Uint16Array, table: T, out: T): T {
  // The length in a name of its own: read from the array in the loop's head, it triples the loop's time (V8 of Node 24).
  const count = out.length;
  for (let index = 0; index < count; index += 1) out[index] = table[words[index]!]!;
  return out;
}
