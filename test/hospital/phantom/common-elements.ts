/** Elements that every image of a phantom carries (PS3.3 C.7.1 to C.7.3), and how numbers and pixels are written. */
import type { Element, TransferSyntax } from './dicom-part10.ts';
import { dicomUidFrom } from './dicom-uid-from.ts';
import { type JpegLsEncode, jpegLsEncoder } from './jpeg-ls-encode.ts';
import type { SeriesFault } from './planes.ts';
import { rleEncode } from './rle-encode.ts';
import type { SeriesOptions } from './series-options.ts';

/** Who, which study, which series: the same in every instance. */
export function commonElements(
  { patient, study, series, more }: SeriesOptions,
  modality: string,
  uid: string,
  faults: ReadonlySet<SeriesFault>,
): Element[] {
  const noUids = faults.has('empty-uids');
  return [
    ['00080005', 'CS', 'ISO_IR 192'],
    ['00080018', 'UI', noUids ? '' : uid],
    ['00080020', 'DA', study.date],
    ['00080030', 'TM', study.time],
    ['00080050', 'SH', study.accession],
    ['00080060', 'CS', modality],
    ['00080070', 'LO', series.manufacturer ?? 'Invented Imaging'],
    ['00080090', 'PN', study.referrer ?? ''],
    ['00081030', 'LO', study.description],
    ['0008103E', 'LO', series.description],
    ['00081090', 'LO', series.model ?? 'Phantom One'],
    ['00100010', 'PN', patient.name],
    ['00100020', 'LO', patient.id],
    ...(patient.issuer ? [['00100021', 'LO', patient.issuer] as const] : []),
    ['00100030', 'DA', patient.birthDate],
    ['00100040', 'CS', patient.sex],
    ['00180015', 'CS', series.bodyPart ?? 'SPINE'],
    ['0020000D', 'UI', noUids ? '' : study.studyInstanceUid],
    ['0020000E', 'UI', noUids ? '' : (series.seriesInstanceUid ?? dicomUidFrom(`${study.studyInstanceUid} series ${series.number}`))],
    ['00200010', 'SH', '1'],
    ['00200011', 'IS', series.number],
    ['00200052', 'UI', dicomUidFrom(`${study.studyInstanceUid} frame of reference`)],
    ['00201040', 'LO', ''],
    ...(more ?? []),
  ];
}

/** A decimal string of at most 16 characters (VR DS). */
export function decimal(value: number): string {
  return String(Number(value.toFixed(6)) || 0).slice(0, 16);
}

export function pixelDescription(bits: number, signed: boolean): Element[] {
  return [
    ['00280100', 'US', 16],
    ['00280101', 'US', bits],
    ['00280102', 'US', bits - 1],
    ['00280103', 'US', signed ? 1 : 0],
  ];
}

export type PixelEncoder = (pixels: Uint8Array, columns: number, rows: number, bitsStored: number) => Element;

export async function pixelEncoder(syntax: TransferSyntax): Promise<PixelEncoder> {
  if (syntax === 'rle') return (pixels, columns) => ['7FE00010', 'OB', { fragments: [rleEncode(pixels, columns)] }];
  if (syntax !== 'jpegls' && syntax !== 'jpegls-near') return (pixels) => ['7FE00010', 'OW', pixels];
  const encode: JpegLsEncode = await jpegLsEncoder();
  const near = syntax === 'jpegls' ? 0 : 2;
  return (pixels, columns, rows, bits) => ['7FE00010', 'OB', { fragments: [encode(pixels, columns, rows, bits, near)] }];
}
