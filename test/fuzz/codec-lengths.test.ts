/** Compressed pictures whose headers lie about sizes and lengths: slices or a named fault, in bounded time and memory, and the next picture is read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GiveUp, TryLater } from '#src/lib/errors.ts';
import { makeDecodePool } from '#src/systems/dicomweb/decode-pool.ts';
import { frameBytes } from '#src/systems/dicomweb/frame-bytes.ts';
import { instanceToSlices } from '#src/systems/dicomweb/instance-to-slices.ts';
import { readInstance } from '#src/systems/dicomweb/read-instance.ts';
import { encapsulate } from '#test/systems/dicomweb/encapsulate.ts';
import { encodeHtj2k } from '#test/systems/dicomweb/encode-htj2k.ts';
import { makeSliceFile, patternPixels } from '#test/systems/dicomweb/make-slices.ts';
import { convert, tool } from '#test/systems/dicomweb/outside-tools.ts';

interface LyingCodec {
  readonly name: string;
  /** A file of 24 x 31 pixels, or undefined where the encoder is not installed. */
  readonly make: () => Promise<Uint8Array | undefined>;
  /** The start of the header whose numbers are changed; empty for RLE, which has no marker. */
  readonly marker: readonly number[];
}

const byTool =
  (program: string, args: readonly string[], pixels: Uint8Array | Uint16Array = patternPixels(24, 31, 1)): LyingCodec['make'] =>
  async () => {
    const path = tool(program);
    return path === undefined ? undefined : convert(path, [...args, 'IN', 'OUT'], fileOf(pixels));
  };
const fileOf = (pixels: Uint8Array | Uint16Array) => makeSliceFile(0, { pixels, attributes: { Rows: 24, Columns: 31 } });
const asHtj2k: LyingCodec['make'] = async () => {
  const pixels = patternPixels(24, 31, 1);
  return encapsulate(fileOf(pixels), '1.2.840.10008.1.2.4.201', [await encodeHtj2k(pixels, 24, 31)]);
};

const CODECS: readonly LyingCodec[] = [
  { name: 'RLE', make: byTool('dcmcrle', []), marker: [] },
  { name: 'JPEG baseline', make: byTool('dcmcjpeg', ['+eb'], Uint8Array.from(patternPixels(24, 31, 1))), marker: [0xff, 0xd8] },
  { name: 'JPEG lossless', make: byTool('dcmcjpeg', []), marker: [0xff, 0xd8] },
  { name: 'JPEG 12 bit', make: byTool('dcmcjpeg', ['+ee']), marker: [0xff, 0xd8] },
  { name: 'JPEG-LS', make: byTool('dcmcjpls', []), marker: [0xff, 0xd8] },
  { name: 'JPEG 2000', make: byTool('gdcmconv', ['--j2k']), marker: [0xff, 0x4f] },
  { name: 'HTJ2K', make: asHtj2k, marker: [0xff, 0x4f] },
];
/** A decoder that needs longer for 24 x 31 pixels is caught in a loop. Far above what a busy machine needs. */
const HANG_MS = 60_000;
const HEADER_BYTES = 90;

for (const { name, make, marker } of CODECS) {
  test(`${name}: sizes, counts and lengths in the header set to 0, 1 and the largest`, async (t) => {
    const good = await make();
    if (good === undefined) return t.skip('its encoder is not installed');
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

const SIDE = 20_000;

/** A sound small frame of each codec whose header claims SIDE x SIDE pixels: everything else in it is as the encoder wrote it. */
async function claimingFrame({ make, name }: LyingCodec): Promise<Buffer | undefined> {
  const good = await make();
  if (good === undefined) return undefined;
  const frame = Buffer.from(frameBytes(readInstance(good, { maxDecodedBytes: 2 ** 22 }), 0));
  const siz = frame.indexOf(Buffer.of(0xff, 0x4f, 0xff, 0x51));
  // Xsiz and Ysiz, and one tile over all of it (ITU-T T.800 A.5.1).
  if (siz >= 0) for (const at of [8, 12, 24, 28]) frame.writeUInt32BE(SIDE, siz + at);
  const sof = [0xc0, 0xc1, 0xc3, 0xf7].map((marker) => frame.indexOf(Buffer.of(0xff, marker, 0, 11))).find((at) => at >= 0);
  if (sof !== undefined && siz < 0) frame.writeUInt32BE(SIDE * 0x10000 + SIDE, sof + 5);
  assert.ok(name === 'RLE' || siz >= 0 || sof !== undefined, 'the header was found');
  return frame;
}

const SYNTAXES: Readonly<Record<string, string>> = {
  RLE: '1.2.840.10008.1.2.5',
  'JPEG baseline': '1.2.840.10008.1.2.4.50',
  'JPEG 12 bit': '1.2.840.10008.1.2.4.51',
  'JPEG lossless': '1.2.840.10008.1.2.4.70',
  'JPEG-LS': '1.2.840.10008.1.2.4.80',
  'JPEG 2000': '1.2.840.10008.1.2.4.90',
  HTJ2K: '1.2.840.10008.1.2.4.201',
};

for (const codec of CODECS)
  test(`${codec.name}: file and frame agree on ${SIDE} x ${SIDE} pixels in a kilobyte, and no memory is taken for them`, async (t) => {
    const frame = await claimingFrame(codec);
    if (frame === undefined) return t.skip('its encoder is not installed');
    const pixels = codec.name === 'JPEG baseline' ? new Uint8Array(4) : new Uint16Array(4);
    const claim = (side: number) =>
      encapsulate(makeSliceFile(0, { pixels, attributes: { Rows: side, Columns: side } }), SYNTAXES[codec.name]!, [frame]);
    const held = () => process.memoryUsage().external + process.memoryUsage().arrayBuffers;
    const before = held();
    await assert.rejects(instanceToSlices(claim(SIDE), { maxDecodedBytes: 2 ** 30 }), { name: 'GiveUp', code: 'DICOMWEB_DECODE_FAILED' });
    assert.ok(held() - before < SIDE * SIDE, 'not even one byte a pixel');
    await assert.rejects(instanceToSlices(claim(65_535), { maxDecodedBytes: 2 ** 30 }), { name: 'GiveUp', code: 'DICOMWEB_TOO_LARGE' });
  });
