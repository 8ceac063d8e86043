/** Every transfer syntax, pixel by pixel, against variants made now by dcmtk, gdcm and openjph from the same invented pictures. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instanceToSlices } from '#src/systems/dicomweb/instance-to-slices.ts';
import { encapsulate, withSyntax } from './encapsulate.ts';
import { encodeHtj2k } from './encode-htj2k.ts';
import { makeSliceFile, patternPixels, signedPixels } from './make-slices.ts';
import { convert, tool } from './outside-tools.ts';

const ROWS = 47;
const COLUMNS = 61;
const LIMITS = { maxDecodedBytes: 2 ** 24 };
type Pixels = Uint8Array | Uint16Array | Int16Array;

const PICTURES: Readonly<Record<string, Pixels>> = {
  'unsigned 12 bit': patternPixels(ROWS, COLUMNS, 3),
  'signed 16 bit': signedPixels(ROWS, COLUMNS, 3),
  'unsigned 8 bit': Uint8Array.from(patternPixels(ROWS, COLUMNS, 3), (value) => value >> 4),
};
const SMOOTH = Float64Array.from({ length: ROWS * COLUMNS }, (_, index) => {
  const [x, y] = [index % COLUMNS, Math.floor(index / COLUMNS)];
  return 2000 + 1200 * Math.sin(x / 9) * Math.cos(y / 11) + 5 * x;
});

/** MR with intercept 0: the slice's values are the stored values. */
function file(pixels: Pixels, attributes: Record<string, unknown> = {}): Uint8Array {
  return makeSliceFile(0, { pixels, attributes: { Rows: ROWS, Columns: COLUMNS, Modality: 'MR', RescaleIntercept: '0', ...attributes } });
}

async function stored(bytes: Uint8Array): Promise<number[]> {
  const [slice] = await instanceToSlices(bytes, LIMITS);
  return [...slice!.values];
}

const LOSSLESS: readonly (readonly [name: string, program: string, args: readonly string[], syntax: string])[] = [
  ['implicit little endian', 'dcmconv', ['+ti'], '1.2.840.10008.1.2'],
  ['explicit big endian', 'dcmconv', ['+tb'], '1.2.840.10008.1.2.2'],
  ['deflated', 'dcmconv', ['+td'], '1.2.840.10008.1.2.1.99'],
  ['JPEG lossless SV1 (dcmtk)', 'dcmcjpeg', [], '1.2.840.10008.1.2.4.70'],
  ...[1, 2, 3, 4, 5, 6, 7].map(
    (sv) => [`JPEG lossless, selection value ${sv}`, 'dcmcjpeg', ['+el', '+sv', String(sv)], '1.2.840.10008.1.2.4.57'] as const,
  ),
  ['JPEG lossless (gdcm)', 'gdcmconv', ['--jpeg'], '1.2.840.10008.1.2.4.70'],
  ['JPEG-LS (dcmtk)', 'dcmcjpls', [], '1.2.840.10008.1.2.4.80'],
  ['JPEG-LS (gdcm)', 'gdcmconv', ['--jpegls'], '1.2.840.10008.1.2.4.80'],
  ['JPEG 2000 (gdcm)', 'gdcmconv', ['--j2k'], '1.2.840.10008.1.2.4.90'],
  ['RLE (dcmtk)', 'dcmcrle', [], '1.2.840.10008.1.2.5'],
];

for (const [picture, pixels] of Object.entries(PICTURES)) {
  describe(`lossless, ${picture}`, () => {
    test('explicit little endian', async () => assert.deepEqual(await stored(file(pixels)), [...pixels]));
    for (const [name, program, args, syntax] of LOSSLESS) {
      test(name, async (t) => {
        const path = tool(program);
        if (!path) return t.skip(`${program} is not installed`);
        const variant = await convert(path, [...args, 'IN', 'OUT'], file(pixels));
        assert.ok(Buffer.from(variant.subarray(0, 1024)).includes(syntax), `the tool wrote ${syntax}`);
        assert.deepEqual(await stored(variant), [...pixels]);
      });
    }
    for (const syntax of ['1.2.840.10008.1.2.4.201', '1.2.840.10008.1.2.4.202'])
      test(`HTJ2K ${syntax}`, async () =>
        assert.deepEqual(await stored(encapsulate(file(pixels), syntax, [await encodeHtj2k(pixels, ROWS, COLUMNS)])), [...pixels]));
  });
}

describe('lossy stays within its known error', () => {
  const twelve = Uint16Array.from(SMOOTH);
  const eight = Uint8Array.from(SMOOTH, (value) => value / 16);
  const cases: readonly (readonly [name: string, program: string, args: readonly string[], pixels: Pixels, most: number])[] = [
    ['JPEG-LS near-lossless, 2 grey steps', 'dcmcjpls', ['+en', '+md', '2'], twelve, 2],
    ['JPEG baseline 8 bit, quality 90', 'dcmcjpeg', ['+eb', '+q', '90'], eight, 4],
    ['JPEG extended 12 bit, quality 90', 'dcmcjpeg', ['+ee', '+q', '90'], twelve, 12],
  ];
  for (const [name, program, args, pixels, most] of cases) {
    test(name, async (t) => {
      const path = tool(program);
      if (!path) return t.skip(`${program} is not installed`);
      const values = await stored(await convert(path, [...args, 'IN', 'OUT'], file(pixels)));
      const worst = Math.max(...values.map((value, index) => Math.abs(value - pixels[index]!)));
      assert.ok(worst > 0, 'the variant is lossy');
      assert.ok(worst <= most, `largest difference ${worst}`);
    });
  }
  test('JPEG baseline as dcmtk decodes it', async (t) => {
    const [encoder, decoder] = [tool('dcmcjpeg'), tool('dcmdjpeg')];
    if (!encoder || !decoder) return t.skip('dcmcjpeg or dcmdjpeg is not installed');
    const lossy = await convert(encoder, ['+eb', 'IN', 'OUT'], file(eight));
    const [ours, theirs] = [await stored(lossy), await stored(await convert(decoder, ['IN', 'OUT'], lossy))];
    assert.ok(
      ours.every((value, index) => Math.abs(value - theirs[index]!) <= 1),
      'within rounding of libjpeg',
    );
  });
  test('JPEG restart markers set the prediction back', async () => {
    // Two blocks of one grey (DC 800, quantization 1: 128 + 800 / 8 = 228), a restart marker between them.
    const dqt = [0xff, 0xdb, 0, 67, 0, ...new Array<number>(64).fill(1)];
    const sof = [0xff, 0xc0, 0, 11, 8, 0, 8, 0, 16, 1, 1, 0x11, 0];
    const dcCodes = [0xff, 0xc4, 0, 21, 0x00, 0, 2, ...new Array<number>(14).fill(0), 0, 10];
    const acCodes = [0xff, 0xc4, 0, 20, 0x10, 1, ...new Array<number>(15).fill(0), 0];
    const dri = [0xff, 0xdd, 0, 4, 0, 1];
    const sos = [0xff, 0xda, 0, 8, 1, 1, 0x00, 0, 63, 0];
    const block = [0b01110010, 0b00000111];
    const jpeg = Uint8Array.from([0xff, 0xd8, ...dqt, ...sof, ...dcCodes, ...acCodes, ...dri, ...sos, ...block, 0xff, 0xd0, ...block, 0xff, 0xd9]);
    const picture = makeSliceFile(0, { pixels: new Uint8Array(128), attributes: { Rows: 8, Columns: 16, Modality: 'MR', RescaleIntercept: '0' } });
    const values = await stored(encapsulate(picture, '1.2.840.10008.1.2.4.50', [jpeg]));
    assert.deepEqual(values, new Array<number>(128).fill(228));
  });
  test('JPEG 2000 as gdcm decodes it', async (t) => {
    const path = tool('gdcmconv');
    if (!path) return t.skip('gdcmconv is not installed');
    const lossy = await convert(path, ['--j2k', '--lossy', '-q', '60', 'IN', 'OUT'], file(twelve));
    const values = await stored(lossy);
    assert.notDeepEqual(values, [...twelve], 'the variant is lossy');
    assert.deepEqual(values, await stored(await convert(path, ['--raw', 'IN', 'OUT'], lossy)));
  });
  test('an overshoot beyond BitsStored is clamped, not wrapped', async (t) => {
    const path = tool('gdcmconv');
    if (!path) return t.skip('gdcmconv is not installed');
    const edges = Uint16Array.from({ length: ROWS * COLUMNS }, (_, index) => (index % 8 < 4 ? 4095 : 0));
    const lossy = await convert(path, ['--j2k', '--lossy', '-r', '3', 'IN', 'OUT'], file(edges));
    const theirs = await convert(path, ['--raw', 'IN', 'OUT'], lossy);
    const words = Buffer.from(theirs.slice(-2 * edges.length));
    assert.ok(
      new Uint16Array(words.buffer, words.byteOffset, edges.length).some((word) => word > 4095),
      'the codestream does overshoot',
    );
    const values = await stored(lossy);
    assert.ok(
      values.every((value, index) => Math.abs(value - edges[index]!) < 100),
      'white stays white, black stays black',
    );
  });
});

describe('several frames', () => {
  const frames = [0, 1, 2].map((seed) => signedPixels(ROWS, COLUMNS, seed));
  const all = Int16Array.from(frames.flatMap((frame) => [...frame]));
  const position = (z: number) => ({ PlanePositionSequence: [{ ImagePositionPatient: ['0', '0', String(z)] }] });
  const transformation = (intercept: number) => ({
    PixelValueTransformationSequence: [{ RescaleIntercept: String(intercept), RescaleSlope: '1', RescaleType: 'US' }],
  });
  const enhanced = file(all, {
    NumberOfFrames: '3',
    ImagePositionPatient: undefined,
    ImageOrientationPatient: undefined,
    PixelSpacing: undefined,
    SharedFunctionalGroupsSequence: [
      {
        PlaneOrientationSequence: [{ ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'] }],
        PixelMeasuresSequence: [{ PixelSpacing: ['0.5', '0.7'], SliceThickness: '1' }],
      },
    ],
    PerFrameFunctionalGroupsSequence: [0, 1, 2].map((index) => ({ ...position(10 * index), ...transformation(100 * index) })),
  });

  async function check(bytes: Uint8Array): Promise<void> {
    const slices = await instanceToSlices(bytes, LIMITS);
    assert.equal(slices.length, 3);
    for (const [index, slice] of slices.entries()) {
      assert.deepEqual(
        [...slice.values],
        [...frames[index]!].map((value) => value + 100 * index),
        `frame ${index + 1} with its own rescale`,
      );
      assert.deepEqual(slice.position, [0, 0, 10 * index]);
      assert.deepEqual(slice.spacing, [0.5, 0.7]);
      assert.deepEqual(slice.orientation, [1, 0, 0, 0, 1, 0]);
    }
  }

  test('native', () => check(enhanced));
  for (const [name, program, args] of [
    ['JPEG lossless', 'dcmcjpeg', []],
    ['JPEG-LS', 'dcmcjpls', []],
    ['RLE', 'dcmcrle', []],
    ['JPEG 2000 without an offset table', 'gdcmconv', ['--j2k']],
    ['JPEG-LS in small fragments', 'dcmcjpls', ['+fs', '1']],
    ['big endian', 'dcmconv', ['+tb']],
  ] as const) {
    test(name, async (t) => {
      const path = tool(program);
      if (!path) return t.skip(`${program} is not installed`);
      await check(await convert(path, [...args, 'IN', 'OUT'], enhanced));
    });
  }
  test('HTJ2K with an empty offset table', async () =>
    check(encapsulate(enhanced, '1.2.840.10008.1.2.4.201', await Promise.all(frames.map((frame) => encodeHtj2k(frame, ROWS, COLUMNS))), false)));
});

describe('samples in odd places', () => {
  test('overlay bits above HighBit are not picture', async () => {
    const plain = patternPixels(ROWS, COLUMNS, 1);
    const dirty = plain.map((value) => value | 0xa000);
    assert.deepEqual(await stored(file(dirty, { BitsStored: 12, HighBit: 11 })), [...plain]);
  });
  test('a sample in the upper bits of its word', async () => {
    const plain = patternPixels(ROWS, COLUMNS, 1);
    assert.deepEqual(
      await stored(
        file(
          plain.map((value) => value << 4),
          { BitsStored: 12, HighBit: 15 },
        ),
      ),
      [...plain],
    );
  });
  test('signed 12 of 16 bits without sign extension', async () => {
    const words = Uint16Array.from({ length: ROWS * COLUMNS }, (_, index) => index & 0xfff);
    const values = await stored(file(words, { PixelRepresentation: 1 }));
    assert.equal(values[0xfff % values.length], 0xfff < values.length ? -1 : values[0xfff % values.length]);
    assert.equal(values[2047], 2047);
    assert.equal(values[2048], -2048);
  });
});

describe('what cannot be decoded has a name', () => {
  const good = file(PICTURES['unsigned 12 bit']!);
  const cases: readonly (readonly [name: string, bytes: () => Uint8Array, code: string])[] = [
    ['an unknown transfer syntax', () => withSyntax(Buffer.from(good), '1.2.840.10008.1.2.4.100'), 'DICOMWEB_TRANSFER_SYNTAX'],
    ['no DICM prefix', () => good.slice(10), 'DICOMWEB_NOT_DICOM'],
    ['an HTML page', () => Buffer.from('<!DOCTYPE html><html>'.repeat(20)), 'DICOMWEB_NOT_DICOM'],
    ['pixel data cut off', () => good.slice(0, -100), 'DICOMWEB_NOT_DICOM'],
    ['colour', () => file(PICTURES['unsigned 8 bit']!, { SamplesPerPixel: 3 }), 'DICOMWEB_PIXEL_FORMAT'],
    ['a colour palette', () => file(PICTURES['unsigned 8 bit']!, { PhotometricInterpretation: 'PALETTE COLOR' }), 'DICOMWEB_PIXEL_FORMAT'],
    ['no rows', () => file(PICTURES['unsigned 8 bit']!, { Rows: 0 }), 'DICOMWEB_PIXEL_FORMAT'],
    ['an empty UID', () => file(PICTURES['unsigned 8 bit']!, { SOPInstanceUID: '' }), 'DICOMWEB_INVALID_UID'],
    ['more frames than data', () => file(PICTURES['unsigned 8 bit']!, { NumberOfFrames: '4' }), 'DICOMWEB_DECODE_FAILED'],
    ['a bomb: frames without end', () => file(PICTURES['unsigned 8 bit']!, { NumberOfFrames: '900000' }), 'DICOMWEB_TOO_LARGE'],
    ['a codestream that claims 60000 x 60000', () => encapsulate(good, '1.2.840.10008.1.2.4.90', [siz(60_000)]), 'DICOMWEB_DECODE_FAILED'],
    ['a JPEG-LS picture of noise', () => encapsulate(good, '1.2.840.10008.1.2.4.80', [Buffer.alloc(400, 0x5a)]), 'DICOMWEB_DECODE_FAILED'],
    ['a JPEG of noise', () => encapsulate(good, '1.2.840.10008.1.2.4.50', [Buffer.alloc(400, 0x5a)]), 'DICOMWEB_DECODE_FAILED'],
    ['an RLE picture of noise', () => encapsulate(good, '1.2.840.10008.1.2.5', [Buffer.alloc(400, 0x5a)]), 'DICOMWEB_DECODE_FAILED'],
  ];
  for (const [name, bytes, code] of cases) test(name, () => assert.rejects(instanceToSlices(bytes(), LIMITS), { name: 'GiveUp', code }));

  test('a deflate bomb stops at the limit', async (t) => {
    const path = tool('dcmconv');
    if (!path) return t.skip('dcmconv is not installed');
    const bomb = await convert(
      path,
      ['+td', 'IN', 'OUT'],
      makeSliceFile(0, { pixels: new Uint16Array(1000 * 1000), attributes: { Rows: 1000, Columns: 1000 } }),
    );
    assert.ok(bomb.byteLength < 20_000);
    await assert.rejects(instanceToSlices(bomb, { maxDecodedBytes: 500_000 }), { name: 'GiveUp', code: 'DICOMWEB_NOT_DICOM' });
  });
});

function siz(side: number): Uint8Array {
  const bytes = Buffer.alloc(60);
  bytes.set([0xff, 0x4f, 0xff, 0x51, 0, 41]);
  bytes.writeUInt32BE(side, 8);
  bytes.writeUInt32BE(side, 12);
  bytes.writeUInt16BE(1, 40);
  return bytes;
}
