/** One DICOM Part 10 file (PS3.10) to the facts its pixels need: syntax, sample format, geometry and rescale of every frame. */
import { inflateRawSync } from 'node:zlib';
import dicomParser, { type DataSet, type Element } from 'dicom-parser';
import { type DicomUid, dicomUid } from '#src/case/ids.ts';
import { GiveUp } from '#src/lib/errors.ts';
import { never } from './faults.ts';

export const SYNTAX = {
  implicitLittle: '1.2.840.10008.1.2',
  explicitLittle: '1.2.840.10008.1.2.1',
  deflated: '1.2.840.10008.1.2.1.99',
  explicitBig: '1.2.840.10008.1.2.2',
} as const;

export interface FrameFacts {
  readonly position: readonly [number, number, number] | null;
  readonly orientation: readonly [number, number, number, number, number, number] | null;
  readonly spacing: readonly [number, number] | null;
  readonly spacingKind: 'patient' | 'detector' | 'none';
  readonly slope: number;
  readonly intercept: number;
  readonly acquisitionNumber: number | null;
  readonly contentTime: string | null;
}

export interface InstanceFacts {
  readonly dataset: DataSet;
  readonly pixels: Element;
  readonly transferSyntax: string;
  readonly sopInstanceUid: DicomUid;
  readonly modality: string;
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: 8 | 16;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  readonly isMonochrome1: boolean;
  /** Stored values that are no picture (PixelPaddingValue .. PixelPaddingRangeLimit), lowest first. */
  readonly padding: readonly [number, number] | null;
  /** Modality LUT Sequence (0028,3000), where a CR carries one instead of a rescale. */
  readonly modalityLut: { readonly first: number; readonly values: Uint16Array } | null;
  readonly patientOrientation: readonly string[] | null;
  readonly frames: readonly FrameFacts[];
}

export interface InstanceLimits {
  /** Bytes of all decoded frames of one instance: what stands between us and a decompression bomb. */
  readonly maxDecodedBytes: number;
}

/** Throws GiveUp with a DICOMWEB_ code for a file that is not DICOM, has no valid UID or a pixel format that is not ours. */
export function readInstance(bytes: Uint8Array, limits: InstanceLimits): InstanceFacts {
  const dataset = parse(bytes, limits);
  try {
    return readFacts(dataset, limits);
  } catch (error) {
    if (error instanceof GiveUp) throw error;
    // dicom-parser trips over element lengths that point outside the file only when the element is read.
    throw never('DICOMWEB_NOT_DICOM', 'parse', 'the DICOM file is damaged and cannot be read', error);
  }
}

function readFacts(dataset: DataSet, limits: InstanceLimits): InstanceFacts {
  const sopInstanceUid = dicomUid(dataset.string('x00080018') ?? '');
  if (!sopInstanceUid) throw never('DICOMWEB_INVALID_UID', 'parse', 'the instance has an empty or invalid SOPInstanceUID (0008,0018)');
  const pixels = dataset.elements['x7fe00010'];
  if (!pixels) throw never('DICOMWEB_PIXEL_FORMAT', 'parse', 'the instance has no PixelData');
  const format = sampleFormat(dataset);
  const frameCount = Math.max(1, dataset.intString('x00280008') ?? 1);
  if (format.rows * format.columns * (format.bitsAllocated / 8) * frameCount > limits.maxDecodedBytes)
    throw never('DICOMWEB_TOO_LARGE', 'parse', `the instance declares more than ${limits.maxDecodedBytes} bytes of pixels`);
  return {
    dataset,
    pixels,
    transferSyntax: (dataset.string('x00020010') ?? '').trim(),
    sopInstanceUid,
    modality: dataset.string('x00080060') ?? '',
    ...format,
    isMonochrome1: dataset.string('x00280004') === 'MONOCHROME1',
    padding: paddingRange(dataset, format.signed),
    modalityLut: modalityLut(dataset),
    patientOrientation: strings(dataset, 'x00200020'),
    frames: Array.from({ length: frameCount }, (_, index) => frameFacts(dataset, index)),
  };
}

function parse(bytes: Uint8Array, limits: InstanceLimits): DataSet {
  if (bytes.byteLength < 132 || Buffer.from(bytes.buffer, bytes.byteOffset + 128, 4).toString('latin1') !== 'DICM')
    throw never('DICOMWEB_NOT_DICOM', 'parse', 'the bytes are not a DICOM Part 10 file (no DICM prefix)');
  try {
    return dicomParser.parseDicom(bytes, { inflater: (all: Uint8Array, position: number) => inflate(all, position, limits.maxDecodedBytes) });
  } catch (error) {
    throw never('DICOMWEB_NOT_DICOM', 'parse', 'the DICOM file is damaged and cannot be parsed', error);
  }
}

/** dicom-parser wants the whole file back: the plain meta header followed by the inflated data set. */
function inflate(all: Uint8Array, position: number, maxBytes: number): Uint8Array {
  const inflated = inflateRawSync(all.subarray(position), { maxOutputLength: maxBytes });
  return Buffer.concat([all.subarray(0, position), inflated]);
}

function sampleFormat(dataset: DataSet) {
  const rows = dataset.uint16('x00280010') ?? 0;
  const columns = dataset.uint16('x00280011') ?? 0;
  const bitsAllocated = dataset.uint16('x00280100') ?? 0;
  const bitsStored = dataset.uint16('x00280101') ?? bitsAllocated;
  const highBit = dataset.uint16('x00280102') ?? bitsStored - 1;
  const samples = dataset.uint16('x00280002') ?? 1;
  const isFit = (bitsAllocated === 8 || bitsAllocated === 16) && bitsStored >= 1 && bitsStored <= bitsAllocated && highBit < bitsAllocated;
  if (rows === 0 || columns === 0 || samples !== 1 || !isFit || highBit + 1 < bitsStored)
    throw never(
      'DICOMWEB_PIXEL_FORMAT',
      'parse',
      `pixel format not supported: ${rows}x${columns}, ${samples} samples, ${bitsStored} of ${bitsAllocated} bits`,
    );
  const photometric = dataset.string('x00280004') ?? '';
  if (!/^MONOCHROME[12]$/.test(photometric))
    throw never('DICOMWEB_PIXEL_FORMAT', 'parse', `photometric interpretation not supported: ${photometric || '(none)'}`);
  const signed = dataset.uint16('x00280103') === 1;
  return { rows, columns, bitsAllocated: bitsAllocated as 8 | 16, bitsStored, highBit, signed };
}

function paddingRange(dataset: DataSet, signed: boolean): readonly [number, number] | null {
  const read = (tag: string) => (signed ? dataset.int16(tag) : dataset.uint16(tag));
  const value = read('x00280120');
  if (value === undefined) return null;
  const limit = read('x00280121') ?? value;
  return [Math.min(value, limit), Math.max(value, limit)];
}

function modalityLut(dataset: DataSet): InstanceFacts['modalityLut'] {
  const lut = dataset.elements['x00283000']?.items?.[0]?.dataSet;
  const data = lut?.elements['x00283006'];
  if (!lut || !data) return null;
  const count = (lut.uint16('x00283002', 0) ?? 0) || 65_536;
  const first = lut.int16('x00283002', 1) ?? 0;
  const values = new Uint16Array(Math.min(count, data.length >> 1));
  for (let index = 0; index < values.length; index += 1)
    values[index] = dataset.byteArrayParser.readUint16(dataset.byteArray, data.dataOffset + 2 * index);
  return values.length > 0 ? { first, values } : null;
}

/** Facts of one frame: per-frame functional group, else the shared one, else the data set itself (PS3.3 C.7.6.16). */
function frameFacts(dataset: DataSet, index: number): FrameFacts {
  const perFrame = dataset.elements['x52009230']?.items?.[index]?.dataSet;
  const shared = dataset.elements['x52009229']?.items?.[0]?.dataSet;
  const group = (sequence: string) => (perFrame?.elements[sequence] ?? shared?.elements[sequence])?.items?.[0]?.dataSet;
  const transformation = group('x00289145') ?? dataset;
  const content = group('x00209111');
  const slope = decimals(transformation, 'x00281053', 1)?.[0] ?? 1;
  return {
    position: decimals(group('x00209113') ?? dataset, 'x00200032', 3) as FrameFacts['position'],
    orientation: decimals(group('x00209116') ?? dataset, 'x00200037', 6) as FrameFacts['orientation'],
    ...spacingOf(dataset, group('x00289110') ?? dataset),
    slope: slope === 0 ? 1 : slope,
    intercept: decimals(transformation, 'x00281052', 1)?.[0] ?? 0,
    acquisitionNumber: content?.uint16('x00209156') ?? dataset.intString('x00200012') ?? null,
    contentTime: content?.string('x00189151') ?? dataset.string('x00080033') ?? null,
  };
}

const CROSS_SECTION = new Set(['CT', 'MR', 'PT']);

/** On a projection, PixelSpacing is the patient's only where a calibration says so and it differs from the detector's (PS3.3 10.7.1.3). */
function spacingOf(dataset: DataSet, measures: DataSet): Pick<FrameFacts, 'spacing' | 'spacingKind'> {
  const pixel = positivePair(decimals(measures, 'x00280030', 2));
  const imager = positivePair(decimals(dataset, 'x00181164', 2));
  if (CROSS_SECTION.has(dataset.string('x00080060') ?? '')) return { spacing: pixel, spacingKind: pixel ? 'patient' : 'none' };
  const isCalibrated = ['GEOMETRY', 'FIDUCIAL'].includes(dataset.string('x00280a02') ?? '');
  if (pixel && isCalibrated) return { spacing: pixel, spacingKind: 'patient' };
  const detector = imager ?? pixel;
  return { spacing: detector, spacingKind: detector ? 'detector' : 'none' };
}

function positivePair(values: readonly number[] | null): readonly [number, number] | null {
  return values && values[0]! > 0 && values[1]! > 0 ? [values[0]!, values[1]!] : null;
}

function decimals(dataset: DataSet, tag: string, count: number): readonly number[] | null {
  const values = Array.from({ length: count }, (_, index) => dataset.floatString(tag, index));
  return values.every((value) => value !== undefined && Number.isFinite(value)) ? (values as number[]) : null;
}

function strings(dataset: DataSet, tag: string): readonly string[] | null {
  const values = (dataset.string(tag) ?? '').split('\\').map((value) => value.trim());
  return values.some((value) => value !== '') ? values : null;
}
