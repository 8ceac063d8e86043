/** Stored pixels to modality values: rescale, padding, inversion, look-up tables, and what a millimetre is on each kind of image. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Slice } from '#src/case/volume.ts';
import { instanceToSlices } from '#src/systems/dicomweb/instance-to-slices.ts';
import { makeSliceFile } from './make-slices.ts';

const DX = '1.2.840.10008.5.1.4.1.1.1.1';

async function sliceOf(pixels: Uint16Array | Int16Array | Uint8Array, attributes: Record<string, unknown> = {}): Promise<Slice> {
  const [slice] = await instanceToSlices(makeSliceFile(0, { pixels, attributes: { Rows: 1, Columns: pixels.length, ...attributes } }), {
    maxDecodedBytes: 2 ** 20,
  });
  return slice!;
}
const values = async (...args: Parameters<typeof sliceOf>) => [...(await sliceOf(...args)).values];
const xray = (attributes: Record<string, unknown> = {}) => ({
  SOPClassUID: DX,
  Modality: 'DX',
  RescaleIntercept: undefined,
  RescaleSlope: undefined,
  ...attributes,
});

describe('CT', () => {
  test('slope and intercept', async () =>
    assert.deepEqual(await values(Uint16Array.of(0, 1000, 2000, 4095), { RescaleSlope: '2', RescaleIntercept: '-1000' }), [-1000, 1000, 3000, 7190]));
  test('without a rescale the stored values count', async () =>
    assert.deepEqual(await values(Int16Array.of(-1000, 0, 40, 300), { RescaleSlope: undefined, RescaleIntercept: undefined }), [-1000, 0, 40, 300]));
  test('a fractional slope makes floats', async () => {
    const slice = await sliceOf(Uint16Array.of(1, 2, 3, 4), { RescaleSlope: '0.5', RescaleIntercept: '0' });
    assert.ok(slice.values instanceof Float32Array);
    assert.deepEqual([...slice.values], [0.5, 1, 1.5, 2]);
  });
  test('padding of -2000 becomes -1024 before anything else sees it', async () =>
    assert.deepEqual(
      await values(Int16Array.of(-2000, -1000, 40, 0), { PixelPaddingValue: -2000, RescaleIntercept: '-1024', RescaleSlope: '1' }),
      [-1024, -1024, -984, -1024],
    ));
  test('padding above the tissue values is padding too', async () =>
    assert.deepEqual(await values(Int16Array.of(3000, -1000, 40, 0), { PixelPaddingValue: 3000, RescaleIntercept: '0' }), [-1024, -1000, 40, 0]));
  test('a range of padding', async () =>
    assert.deepEqual(
      await values(Int16Array.of(-2000, -1990, -1980, 40), { PixelPaddingValue: -2000, PixelPaddingRangeLimit: -1985, RescaleIntercept: '900' }),
      [-1024, -1024, -1024, 940],
    ));
  test('unstated values below air are lifted to -1024', async () =>
    assert.deepEqual(await values(Int16Array.of(-3024, -1025, -1024, 5), { RescaleIntercept: '0' }), [-1024, -1024, -1024, 5]));
  test('values that do not fit 16 bits are cut at the top', async () =>
    assert.deepEqual(await values(Uint16Array.of(4095, 0), { RescaleSlope: '10', RescaleIntercept: '0' }), [32_767, 0]));
  test('MONOCHROME1 does not turn Hounsfield units round', async () =>
    assert.deepEqual(await values(Uint16Array.of(24, 1024), { PhotometricInterpretation: 'MONOCHROME1' }), [-1000, 0]));
});

describe('X-ray', () => {
  test('MONOCHROME1 is inverted once, whatever PresentationLUTShape repeats', async () => {
    for (const PresentationLUTShape of [undefined, 'INVERSE'])
      assert.deepEqual(
        await values(Uint16Array.of(0, 100, 4095), xray({ PhotometricInterpretation: 'MONOCHROME1', PresentationLUTShape })),
        [4095, 3995, 0],
      );
  });
  test('signed MONOCHROME1 is turned about its own range', async () =>
    assert.deepEqual(await values(Int16Array.of(-32_768, 0, 32_767), xray({ PhotometricInterpretation: 'MONOCHROME1' })), [32_767, -1, -32_768]));
  test('padding becomes the darkest value that is picture, after inversion', async () =>
    assert.deepEqual(
      await values(Uint16Array.of(4095, 100, 3000), xray({ PhotometricInterpretation: 'MONOCHROME1', PixelPaddingValue: 4095 })),
      [1095, 3995, 1095],
    ));
  test('a Modality LUT is applied before the inversion', async () => {
    const lut = {
      LUTDescriptor: [4, 10, 16],
      ModalityLUTType: 'US',
      LUTData: Uint16Array.of(100, 200, 400, 800).buffer,
      _vrMap: { LUTDescriptor: 'US', LUTData: 'OW' },
    };
    const pixels = Uint16Array.of(0, 10, 11, 12, 13, 99);
    assert.deepEqual(await values(pixels, xray({ ModalityLUTSequence: [lut] })), [100, 100, 200, 400, 800, 800]);
    assert.deepEqual(
      await values(pixels, xray({ ModalityLUTSequence: [lut], PhotometricInterpretation: 'MONOCHROME1' })),
      [800, 800, 700, 500, 100, 100],
    );
  });
  test('what a millimetre is', async () => {
    const kind = async (attributes: Record<string, unknown>) => {
      const { spacing, spacingKind } = await sliceOf(
        Uint16Array.of(1, 2),
        xray({ ImagePositionPatient: undefined, PixelSpacing: undefined, ...attributes }),
      );
      return [spacing, spacingKind];
    };
    assert.deepEqual(await kind({}), [null, 'none']);
    assert.deepEqual(await kind({ ImagerPixelSpacing: ['0.14', '0.14'] }), [[0.14, 0.14], 'detector']);
    assert.deepEqual(await kind({ ImagerPixelSpacing: ['0.14', '0.14'], PixelSpacing: ['0.14', '0.14'] }), [[0.14, 0.14], 'detector']);
    assert.deepEqual(await kind({ ImagerPixelSpacing: ['0.14', '0.14'], PixelSpacing: ['0.12', '0.12'], PixelSpacingCalibrationType: 'GEOMETRY' }), [
      [0.12, 0.12],
      'patient',
    ]);
    assert.deepEqual(await kind({ PixelSpacing: ['0', '0'] }), [null, 'none']);
  });
  test('the stated orientation comes along', async () =>
    assert.deepEqual((await sliceOf(Uint16Array.of(1), xray({ PatientOrientation: ['A', 'F'] }))).patientOrientation, ['A', 'F']));
});
