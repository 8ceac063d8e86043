/** Hounsfield units of RLE pictures, made while they are unpacked: the same as those of the uncompressed picture, whatever lies in its words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { instanceToSlices } from '#src/systems/dicomweb/instance-to-slices.ts';
import { encapsulate } from './encapsulate.ts';
import { makeSliceFile } from './make-slices.ts';

const LIMITS = { maxDecodedBytes: 2 ** 20 };
const RLE = '1.2.840.10008.1.2.5';

/** PackBits (PS3.5 G.3): runs from three equal bytes on, everything else as it stands. */
function packed(plane: Uint8Array): number[] {
  const out: number[] = [];
  for (let at = 0; at < plane.length; ) {
    let end = at + 1;
    while (end < plane.length && plane[end] === plane[at] && end - at < 128) end += 1;
    if (end - at >= 3) out.push(257 - (end - at), plane[at]!);
    else out.push(end - at - 1, ...plane.subarray(at, end));
    at = end;
  }
  return out.length % 2 === 0 ? out : [...out, 128];
}

function rleFrame(words: Uint16Array): Uint8Array {
  const upper = packed(Uint8Array.from(words, (word) => word >> 8));
  const lower = packed(Uint8Array.from(words, (word) => word & 255));
  const header = Buffer.alloc(64);
  header.writeUInt32LE(2, 0);
  header.writeUInt32LE(64, 4);
  header.writeUInt32LE(64 + upper.length, 8);
  return Buffer.concat([header, Buffer.from(upper), Buffer.from(lower)]);
}

async function bothWays(words: Uint16Array, attributes: Record<string, unknown>) {
  const file = makeSliceFile(0, { pixels: words, attributes: { Rows: 1, Columns: words.length, ...attributes } });
  const [[plain], [rle]] = await Promise.all([instanceToSlices(file, LIMITS), instanceToSlices(encapsulate(file, RLE, [rleFrame(words)]), LIMITS)]);
  assert.deepEqual(rle!.values, plain!.values);
  return [...rle!.values];
}

test('long runs and single words', async () => {
  const words = Uint16Array.from({ length: 700 }, (_, index) => (index < 400 ? 24 : 1000 + ((index * 37) % 900)));
  const values = await bothWays(words, {});
  assert.deepEqual(values.slice(398, 402), [-1000, -1000, 1000 + ((400 * 37) % 900) - 1024, 1000 + ((401 * 37) % 900) - 1024]);
});

test('bits above the stored ones are no picture', async () => {
  assert.deepEqual(await bothWays(Uint16Array.of(0xf000 + 1024, 0x1000, 24, 4095), {}), [0, -1024, -1000, 3071]);
});

test('any words, signs, rescales and paddings', async () => {
  const attributes = fc.record({
    BitsStored: fc.constantFrom(8, 10, 12, 16),
    PixelRepresentation: fc.constantFrom(0, 1),
    RescaleIntercept: fc.constantFrom('-1024', '0', '-1000.5', '500', '-2000'),
    RescaleSlope: fc.constantFrom('1', '2', '0.5'),
  });
  const words = fc.uint16Array({ minLength: 4, maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(words, attributes, fc.constantFrom(0xffff, 0x0fff, 0x00ff), async (raw, { BitsStored, ...rest }, mask) => {
      await bothWays(
        raw.map((word) => word & mask),
        { ...rest, BitsStored, HighBit: BitsStored - 1 },
      );
    }),
    { numRuns: 150 },
  );
});
