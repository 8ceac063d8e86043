/** Two words at a time give what one at a time gives, for any sign, depth, intercept and padding; or they say that they are not for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { huAddition, wordsToHu } from '#src/systems/dicomweb/words-to-hu.ts';

interface PictureFacts {
  readonly signed: boolean;
  readonly bitsStored: number;
  readonly slope: number;
  readonly intercept: number;
  readonly padding: readonly [number, number] | null;
}

const FLOOR = -1024;

/** The definition (PS3.3 C.11.1): the low BitsStored bits, with their sign, plus the intercept, padding and everything below air on the floor. */
function huOneByOne(word: number, { signed, bitsStored, intercept, padding }: PictureFacts): number {
  const low = word & (2 ** bitsStored - 1);
  const value = signed && low >= 2 ** (bitsStored - 1) ? low - 2 ** bitsStored : low;
  if (padding && value >= padding[0] && value <= padding[1]) return FLOOR;
  return Math.min(32_767, Math.max(FLOOR, value + intercept));
}

const pictures: fc.Arbitrary<PictureFacts> = fc.record({
  signed: fc.boolean(),
  bitsStored: fc.integer({ min: 1, max: 16 }),
  slope: fc.constant(1),
  intercept: fc.oneof(fc.constantFrom(-1024, 0, -1000, -8192), fc.integer({ min: -40_000, max: 40_000 })),
  padding: fc.option(fc.integer({ min: -3000, max: 100 }).map((value): readonly [number, number] => [value - 10, value])),
});

/** Words as a scanner writes them: mostly within BitsStored with the sign carried on, now and then anything. */
function wordsFor({ signed, bitsStored }: PictureFacts, seeds: readonly number[], wild: boolean): Uint16Array {
  const span = 2 ** bitsStored;
  return Uint16Array.from(seeds, (seed, index) => {
    if (wild && index % 5 === 0) return seed;
    return signed ? (seed % span) - span / 2 : seed % span;
  });
}

for (const memory of ['aligned', 'unaligned'] as const) {
  test(`the same Hounsfield units as one by one (${memory} memory), or a refusal that leaves the words alone`, () => {
    let taken = 0;
    fc.assert(
      fc.property(pictures, fc.array(fc.nat(65_535), { minLength: 2, maxLength: 60 }), fc.boolean(), (facts, seeds, wild) => {
        const source = wordsFor(facts, seeds, wild);
        const lead = memory === 'unaligned' ? 1 : 0;
        const words = new Uint16Array(source.length + lead).subarray(lead);
        words.set(source);
        const out = new Int16Array(source.length);
        const addition = huAddition(facts);
        if (!addition || !wordsToHu(words, out, addition)) return assert.deepEqual(words, source);
        taken += 1;
        assert.deepEqual(
          [...out],
          [...source].map((word) => huOneByOne(word, facts)),
        );
      }),
      { numRuns: 2000, seed: 11 },
    );
    assert.ok(taken > 300, `only ${taken} pictures went this way`);
  });
}

test('the usual CT goes this way', () => {
  const usual = { signed: false, bitsStored: 12, slope: 1, intercept: -1024, padding: null };
  for (const facts of [
    usual,
    { ...usual, padding: [0, 0] as const },
    { signed: true, bitsStored: 16, slope: 1, intercept: 0, padding: [-2000, -2000] as const },
  ])
    assert.ok(huAddition(facts));
});

test('what needs more than an addition does not', () => {
  const usual = { signed: false, bitsStored: 12, slope: 1, intercept: -1024, padding: null };
  for (const facts of [
    { ...usual, slope: 2 },
    { ...usual, intercept: -1023.5 },
    { ...usual, padding: [100, 100] as const },
    { ...usual, intercept: 32_000 },
  ])
    assert.equal(huAddition(facts), null);
  assert.equal(wordsToHu(Uint16Array.of(0x1234, 1), new Int16Array(2), huAddition(usual)!), false, 'bits above BitsStored');
  assert.equal(wordsToHu(Uint16Array.of(1, 2, 3), new Int16Array(3), huAddition(usual)!), false, 'an odd number of pixels');
});
