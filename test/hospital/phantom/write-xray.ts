/** Writes a phantom's lateral X-ray as one DICOM CR image (PS3.3 A.2), with the habits of real ones: MONOCHROME1, spacing of the detector only, or none. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Picture } from '#src/case/volume.ts';
import { commonElements, decimal, pixelDescription, pixelEncoder } from './common-elements.ts';
import { dicomPart10, type Element } from './dicom-part10.ts';
import { dicomUidFrom } from './dicom-uid-from.ts';
import type { DicomFile, SeriesOptions } from './series-options.ts';

const CR_IMAGE = '1.2.840.10008.5.1.4.1.1.1';

export interface XrayOptions extends SeriesOptions {
  /** MONOCHROME1 stores bone dark. Default MONOCHROME2. */
  readonly photometric?: 'MONOCHROME1' | 'MONOCHROME2';
  /** `imager` (default): Imager Pixel Spacing alone. `patient`: Pixel Spacing too, as after calibration. */
  readonly spacing?: 'imager' | 'patient' | 'none';
  /** Columns run to the front instead of to the back: Patient Orientation says so. */
  readonly facesRight?: boolean;
}

/** The one instance of the series. */
async function dicomXray(picture: Picture, options: XrayOptions): Promise<DicomFile> {
  const { series, study } = options;
  const { columns, rows } = picture;
  const photometric = options.photometric ?? 'MONOCHROME2';
  const uid = dicomUidFrom(`${study.studyInstanceUid} series ${series.number} film`);
  const stored = Uint16Array.from(picture.values, (_, n) => {
    const row = Math.floor(n / columns);
    const column = n % columns;
    const value = Math.round(Math.max(0, Math.min(4095, picture.values[row * columns + (options.facesRight ? columns - 1 - column : column)] ?? 0)));
    return photometric === 'MONOCHROME1' ? 4095 - value : value;
  });
  const spacing = (picture.spacingMm ?? [1, 1]).map(decimal);
  const encode = await pixelEncoder(options.transferSyntax);
  const elements: Element[] = [
    ...commonElements(options, 'CR', uid, new Set()),
    ['00080008', 'CS', series.imageType ?? ['ORIGINAL', 'PRIMARY']],
    ['00080016', 'UI', CR_IMAGE],
    ['00080023', 'DA', study.date],
    ['00080033', 'TM', study.time],
    ['00180060', 'DS', series.kvp ?? 80],
    ['00185101', 'CS', 'LL'],
    ['00200013', 'IS', 1],
    ['00200020', 'CS', options.facesRight ? ['A', 'F'] : ['P', 'F']],
    ['00280002', 'US', 1],
    ['00280004', 'CS', photometric],
    ['00280010', 'US', rows],
    ['00280011', 'US', columns],
    ...(options.spacing === 'none' ? [] : [['00181164', 'DS', spacing] as const]),
    ...(options.spacing === 'patient' ? [['00280030', 'DS', spacing] as const] : []),
    ...pixelDescription(12, false),
    ['00281050', 'DS', 2048],
    ['00281051', 'DS', 4096],
    encode(new Uint8Array(stored.buffer), columns, rows, 12),
  ];
  return { name: `${String(series.number).padStart(2, '0')}-0001.dcm`, sopInstanceUid: uid, bytes: dicomPart10(elements, options.transferSyntax) };
}

export async function writeDicomXray(picture: Picture, options: XrayOptions, folder: string): Promise<DicomFile> {
  const file = await dicomXray(picture, options);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, file.name), file.bytes);
  return file;
}
