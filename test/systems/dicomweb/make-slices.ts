/** Small DICOM files made up at test time: one call, one file, any attribute overridden or left out. Invented people only. */
import { createHash } from 'node:crypto';
import dcmjs from 'dcmjs';

const CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2';
const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';

export interface SliceOptions {
  /** Keyword to value; `undefined` leaves the attribute out. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly pixels?: Uint8Array | Uint16Array | Int16Array;
  readonly transferSyntax?: string;
}

/** A valid 2.25 UID that is the same for the same name. */
export function uidOf(name: string): string {
  return `2.25.${BigInt(`0x${createHash('sha256').update(name).digest('hex').slice(0, 31)}`)}`;
}

/** A CT slice of 16 x 12 pixels at z = `number` mm (unsigned 12 of 16 bits, intercept -1024) unless told otherwise. */
export function makeSliceFile(number: number, options: SliceOptions = {}): Uint8Array {
  const rows = Number(options.attributes?.['Rows'] ?? 12);
  const columns = Number(options.attributes?.['Columns'] ?? 16);
  const pixels = options.pixels ?? patternPixels(rows, columns, number);
  const attributes: Record<string, unknown> = {
    SOPClassUID: CT_IMAGE,
    SOPInstanceUID: uidOf(`instance ${number}`),
    StudyInstanceUID: uidOf('study'),
    SeriesInstanceUID: uidOf('series'),
    FrameOfReferenceUID: uidOf('frame'),
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    StudyDate: '20260310',
    StudyTime: '101500',
    ContentTime: '101500',
    AccessionNumber: 'A-0001',
    Modality: 'CT',
    Manufacturer: 'Invented',
    ManufacturerModelName: 'Scanner 1',
    StudyDescription: 'CT THORAX',
    SeriesDescription: 'THORAX 1.0',
    PatientName: 'TEST^ADA',
    PatientID: 'P-100',
    PatientBirthDate: '19500101',
    PatientSex: 'F',
    ReferringPhysicianName: '',
    StudyID: '1',
    BodyPartExamined: 'CHEST',
    SliceThickness: '1',
    KVP: '120',
    ConvolutionKernel: 'Br40',
    PatientPosition: 'HFS',
    SeriesNumber: '2',
    AcquisitionNumber: '1',
    InstanceNumber: String(number + 1),
    ImagePositionPatient: ['-8', '-6', String(number)],
    ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'],
    PixelSpacing: ['1', '1'],
    PositionReferenceIndicator: '',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    BitsAllocated: pixels.BYTES_PER_ELEMENT * 8,
    BitsStored: pixels instanceof Uint8Array ? 8 : pixels instanceof Int16Array ? 16 : 12,
    HighBit: pixels instanceof Uint8Array ? 7 : pixels instanceof Int16Array ? 15 : 11,
    PixelRepresentation: pixels instanceof Int16Array ? 1 : 0,
    RescaleIntercept: '-1024',
    RescaleSlope: '1',
    RescaleType: 'HU',
    ...options.attributes,
  };
  return writeFile(attributes, pixels, options.transferSyntax ?? EXPLICIT_LITTLE);
}

function writeFile(attributes: Record<string, unknown>, pixels: Uint8Array | Uint16Array | Int16Array, transferSyntax: string): Uint8Array {
  const present = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
  const { DicomDict, DicomMetaDictionary } = dcmjs.data;
  const signedPadding = attributes['PixelRepresentation'] === 1 ? { PixelPaddingValue: 'SS', PixelPaddingRangeLimit: 'SS' } : {};
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const dict = new DicomDict({
    '00020001': { vr: 'OB', Value: [new Uint8Array([0, 1]).buffer] },
    '00020002': { vr: 'UI', Value: [attributes['SOPClassUID']] },
    '00020003': { vr: 'UI', Value: [attributes['SOPInstanceUID']] },
    '00020010': { vr: 'UI', Value: [transferSyntax] },
    '00020012': { vr: 'UI', Value: ['2.25.80302813137786398554742050926734630921'] },
  });
  dict.dict = DicomMetaDictionary.denaturalizeDataset({
    ...present,
    PixelData: new Uint8Array(bytes).buffer,
    _vrMap: { PixelData: bytes.byteLength === pixels.length ? 'OB' : 'OW', ...signedPadding },
  });
  return new Uint8Array(dict.write());
}

/** Unsigned 12-bit values without symmetry: a swapped axis, byte or sign shows. */
export function patternPixels(rows: number, columns: number, seed: number): Uint16Array {
  return Uint16Array.from({ length: rows * columns }, (_, index) => (index * 37 + (index % columns) * 11 + seed * 101 + (index * index) / 7) & 0xfff);
}

/** As `patternPixels`, signed 16 bit, with the extremes present. */
export function signedPixels(rows: number, columns: number, seed: number): Int16Array {
  const pixels = Int16Array.from(patternPixels(rows, columns, seed), (value) => value - 1500);
  pixels.set([-32_768, 32_767, -1, 0, 1]);
  return pixels;
}
