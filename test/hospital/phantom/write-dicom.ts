/** Writes a phantom as a series of DICOM CT or MR images (PS3.3 A.3, A.4), clean or with a fault that real archives show. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Volume } from '#src/case/volume.ts';
import { commonElements, decimal, type PixelEncoder, pixelDescription, pixelEncoder } from './common-elements.ts';
import { dicomPart10, type Element } from './dicom-part10.ts';
import { dicomUidFrom } from './dicom-uid-from.ts';
import { type Plane, planesOf, type SeriesFault } from './planes.ts';
import type { DicomFile, DicomSeries, SeriesOptions } from './series-options.ts';

const CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2';
const MR_IMAGE = '1.2.840.10008.5.1.4.1.1.4';
const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const PADDING = -2000;

/** One file an instance, instance numbers from the head down. A CT's values must lie in -1024..3071 HU. */
export async function dicomSeries(volume: Volume, options: SeriesOptions): Promise<DicomFile[]> {
  const faults = new Set(options.faults);
  const encode = await pixelEncoder(options.transferSyntax);
  const planes = planesOf(volume, faults).reverse();
  const files = planes.map((plane, index) => imageFile(volume, plane, index, options, faults, encode));
  return faults.has('mixed-sop-classes') ? [...files, ...strangers(volume, planes[0] as Plane, files.length, options, faults, encode)] : files;
}

/** Writes the series into `folder` (made when missing) and returns the files. */
export async function writeDicomSeries(volume: Volume, options: SeriesOptions, folder: string): Promise<DicomFile[]> {
  const files = await dicomSeries(volume, options);
  await mkdir(folder, { recursive: true });
  for (const file of files) await writeFile(join(folder, file.name), file.bytes);
  return files;
}

function imageFile(
  volume: Volume,
  plane: Plane,
  index: number,
  options: SeriesOptions,
  faults: ReadonlySet<SeriesFault>,
  encode: PixelEncoder,
): DicomFile {
  const { study, series } = options;
  const uid = dicomUidFrom(`${study.studyInstanceUid} series ${series.number} image ${index}`);
  const ct = volume.modality === 'CT';
  const stored = ct ? storedCt(volume, plane, index, series, faults) : storedMr(plane);
  const elements: Element[] = [
    ...commonElements(options, volume.modality, uid, faults),
    ['00080008', 'CS', series.imageType ?? ['ORIGINAL', 'PRIMARY', ct ? 'AXIAL' : 'M']],
    ['00080016', 'UI', ct ? CT_IMAGE : MR_IMAGE],
    ['00080022', 'DA', study.date],
    ['00080032', 'TM', study.time],
    ['00080023', 'DA', study.date],
    ['00080033', 'TM', study.time],
    ['00200012', 'IS', plane.acquisition],
    ['00200013', 'IS', index + 1],
    ...geometry(volume, plane, series, faults),
    ...(ct ? ctElements(series, faults) : mrElements(series)),
    ...stored.elements,
    encode(stored.pixels, volume.columns, volume.rows, stored.bits),
  ];
  return {
    name: `${String(series.number).padStart(2, '0')}-${String(index + 1).padStart(4, '0')}.dcm`,
    sopInstanceUid: uid,
    bytes: dicomPart10(elements, options.transferSyntax),
  };
}

function geometry(volume: Volume, plane: Plane, series: DicomSeries, faults: ReadonlySet<SeriesFault>): Element[] {
  const spacing = [4, 0].map((row) => {
    const [x = 0, y = 0, z = 0] = [volume.affine[row === 4 ? 1 : 0], volume.affine[row === 4 ? 5 : 4], volume.affine[row === 4 ? 9 : 8]];
    return Math.sqrt(x * x + y * y + z * z);
  });
  const elements: Element[] = [
    ['00180050', 'DS', volume.sliceSpacingMm],
    ['00185100', 'CS', series.patientPosition ?? 'HFS'],
    ['00200032', 'DS', plane.origin.map(decimal)],
    ['00280002', 'US', 1],
    ['00280004', 'CS', 'MONOCHROME2'],
    ['00280010', 'US', volume.rows],
    ['00280011', 'US', volume.columns],
  ];
  if (!faults.has('no-orientation')) elements.push(['00200037', 'DS', [...plane.row, ...plane.column].map(decimal)]);
  if (faults.has('zero-pixel-spacing')) elements.push(['00280030', 'DS', [0, 0]]);
  else if (!faults.has('no-pixel-spacing')) elements.push(['00280030', 'DS', spacing.map(decimal)]);
  return elements;
}

function ctElements(series: DicomSeries, faults: ReadonlySet<SeriesFault>): Element[] {
  const kernel = series.kernel ?? 'B30f';
  return [
    ['00180060', 'DS', series.kvp ?? 120],
    ['00181210', 'SH', typeof kernel === 'string' ? kernel : [...kernel]],
    ...(series.contrastAgent ? [['00180010', 'LO', series.contrastAgent] as const] : []),
    ...(faults.has('tilt-with-tag') ? [['00181120', 'DS', '-18.5'] as const] : []),
  ];
}

function mrElements(series: DicomSeries): Element[] {
  const sequence = series.sequence ?? { name: 'tse2d1', echoMs: 10, repetitionMs: 600 };
  return [
    ['00180020', 'CS', 'SE'],
    ['00180021', 'CS', 'NONE'],
    ['00180022', 'CS', ''],
    ['00180023', 'CS', '2D'],
    ['00180024', 'SH', sequence.name],
    ['00180080', 'DS', sequence.repetitionMs],
    ['00180081', 'DS', sequence.echoMs],
    ['00180087', 'DS', 1.5],
    ['00180091', 'IS', 8],
  ];
}

interface Stored {
  readonly pixels: Uint8Array;
  readonly bits: number;
  readonly elements: Element[];
}

function storedCt(volume: Volume, plane: Plane, index: number, series: DicomSeries, faults: ReadonlySet<SeriesFault>): Stored {
  const slope = series.slope ?? 1;
  const intercept = (series.signed ? 0 : -1024) + (faults.has('per-slice-rescale') ? -4 * (index % 3) : 0);
  const padding = faults.has('padding');
  const signed = (series.signed ?? false) || padding;
  const centre = (volume.columns - 1) / 2;
  const stored = Int16Array.from(plane.values, (hu, n) => {
    const radius = Math.sqrt(((n % volume.columns) - centre) ** 2 + (Math.floor(n / volume.columns) - (volume.rows - 1) / 2) ** 2);
    return padding && radius > centre ? PADDING : Math.round((hu - intercept) / slope);
  });
  const bits = signed ? 16 : 12;
  return {
    pixels: new Uint8Array(stored.buffer),
    bits,
    elements: [
      ...pixelDescription(bits, signed),
      ['00281050', 'DS', 40],
      ['00281051', 'DS', 400],
      ['00281052', 'DS', decimal(intercept)],
      ['00281053', 'DS', decimal(slope)],
      ['00281054', 'LO', 'HU'],
      ...(padding ? [['00280120', 'SS', PADDING] as const] : []),
    ],
  };
}

function storedMr(plane: Plane): Stored {
  return {
    pixels: new Uint8Array(plane.values.buffer),
    bits: 12,
    elements: [...pixelDescription(12, false), ['00281050', 'DS', 500], ['00281051', 'DS', 1000]],
  };
}

/** A derived CT picture and a screen capture inside the same series, as some workstations send them. */
function strangers(
  volume: Volume,
  plane: Plane,
  count: number,
  options: SeriesOptions,
  faults: ReadonlySet<SeriesFault>,
  encode: PixelEncoder,
): DicomFile[] {
  const derived = { ...options, series: { ...options.series, imageType: ['DERIVED', 'SECONDARY', 'REF_SURVIEW'] } };
  const survey = imageFile(volume, plane, count, derived, faults, encode);
  const uid = dicomUidFrom(`${options.study.studyInstanceUid} capture`);
  const pixels = new Uint8Array(Int16Array.from(plane.values, (value) => Math.max(0, Math.min(255, (value + 160) / 2))).buffer);
  const elements: Element[] = [
    ...commonElements(options, 'CT', uid, faults),
    ['00080008', 'CS', ['DERIVED', 'SECONDARY']],
    ['00080016', 'UI', SECONDARY_CAPTURE],
    ['00080064', 'CS', 'WSD'],
    ['00200013', 'IS', count + 2],
    ['00280002', 'US', 1],
    ['00280004', 'CS', 'MONOCHROME2'],
    ['00280010', 'US', volume.rows],
    ['00280011', 'US', volume.columns],
    ...pixelDescription(12, false),
    encode(pixels, volume.columns, volume.rows, 12),
  ];
  return [
    survey,
    {
      name: `${String(options.series.number).padStart(2, '0')}-capture.dcm`,
      sopInstanceUid: uid,
      bytes: dicomPart10(elements, options.transferSyntax),
    },
  ];
}
