/** Compressed pictures whose headers lie about sizes and lengths: slices or a named fault, in bounded time and memory, and the next picture is read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GiveUp, TryLater } from '#src/lib/errors.ts';
import { makeDecodePool } from '#src/systems/dicomweb/decode-pool.ts';
import { makeSliceFile, patternPixels } from '#test/systems/dicomweb/make-slices.ts';
import { convert, tool } from '#test/systems/dicomweb/outside-tools.ts';

/** Name, converter of Debian, its arguments, and the start of the header whose numbers are changed. */
const CODECS: readonly (readonly [name: string, program: string, args: readonly string[], marker: readonly number[]])[] = [
  ['RLE', 'dcmcrle', [], []],
  ['JPEG lossless', 'dcmcjpeg', [], [0xff, 0xd8]],
  ['JPEG 12 bit', 'dcmcjpeg', ['+ee'], [0xff, 0xd8]],
  ['JPEG-LS', 'dcmcjpls', [], [0xff, 0xd8]],
  ['JPEG 2000', 'gdcmconv', ['--j2k'], [0xff, 0x4f]],
];
/** A decoder that needs longer for 24 x 31 pixels is caught in a loop. Far above what a busy machine needs. */
const HANG_MS = 60_000;
const HEADER_BYTES = 90;

for (const [name, program, args, marker] of CODECS) {
  test(`${name}: sizes, counts and lengths in the header set to 0, 1 and the largest`, async (t) => {
    const path = tool(program);
    if (path === undefined) return t.skip(`${program} is not installed`);
    const plain = makeSliceFile(0, { pixels: patternPixels(24, 31, 1), attributes: { Rows: 24, Columns: 31 } });
    const good = await convert(path, [...args, 'IN', 'OUT'], plain);
    const start =
      marker.length > 0 ? Buffer.from(good).lastIndexOf(Buffer.from(marker)) : Buffer.from(good).lastIndexOf(Buffer.of(0xfe, 0xff, 0x00, 0xe0)) + 8;
    assert.ok(start > 132, 'the encoded frame was found');
    const pool = makeDecodePool({ threads: 2, timeLimitMs: HANG_MS, limits: { maxDecodedBytes: 2 ** 22 } });
    t.after(() => pool.close());
    const codes: Record<string, number> = {};
    const lie = async (at: number, bytes: readonly number[]): Promise<void> => {
      const damaged = Uint8Array.from(good);
      damaged.set(bytes, at);
      const code = await pool.decode(damaged).then(
        () => 'read',
        (error: unknown) => {
          assert.ok(error instanceof GiveUp || error instanceof TryLater, String(error));
          return error.code;
        },
      );
      assert.notEqual(code, 'DICOMWEB_DECODE_TIMEOUT', `a hang: ${bytes.join(' ')} at ${at - start}`);
      codes[code] = (codes[code] ?? 0) + 1;
    };
    const lies = [];
    for (let at = start + 2; at < Math.min(start + HEADER_BYTES, good.byteLength - 4); at += 1)
      for (const bytes of [
        [0, 0],
        [0, 1],
        [0xff, 0xff],
        [0x7f, 0xff, 0xff, 0xff],
      ])
        lies.push([at, bytes] as const);
    await Promise.all(lies.map(([at, bytes]) => lie(at, bytes)));
    t.diagnostic(JSON.stringify(codes));
    assert.equal((await pool.decode(Uint8Array.from(good))).length, 1, 'the next good picture is read');
  });
}
