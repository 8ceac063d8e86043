/** The key picture as a DICOM Secondary Capture (PS3.3 A.8.1), 8-bit RGB. */
import sharp from 'sharp';
import { OUR_NAME, type ResultInput, resultHeader } from './result-header.ts';
import { resultUid } from './result-uid.ts';
import { writeDicomFile } from './write-dicom-file.ts';

export const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const SERIES_NUMBER = '9901';

/** `png`: the picture as drawn for the card, without patient data in its pixels. */
export async function secondaryCapture(input: ResultInput, png: Uint8Array, outdated: boolean): Promise<Uint8Array> {
  const { data, info } = await sharp(png)
    .flatten({ background: '#000' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = Buffer.concat([data, Buffer.alloc(data.byteLength % 2)]);
  return writeDicomFile({
    ...resultHeader({ ...input, models: input.finding.models }),
    SOPClassUID: SECONDARY_CAPTURE,
    SOPInstanceUID: resultUid(input.caseId, input.version, 'picture-instance'),
    SeriesInstanceUID: resultUid(input.caseId, input.version, 'picture-series'),
    Modality: 'OT',
    SeriesNumber: SERIES_NUMBER,
    SeriesDescription: `${OUR_NAME} key image`,
    InstanceNumber: '1',
    ImageType: ['DERIVED', 'SECONDARY', 'OTHER'],
    BodyPartExamined: 'SPINE',
    ConversionType: 'SYN',
    DerivationDescription: `Sagittal picture with measured vertebral bodies, made by software, ${outdated ? 'before a radiologist changed it' : 'not verified'}`,
    PatientOrientation: ['P', 'F'],
    BurnedInAnnotation: 'NO',
    LossyImageCompression: '00',
    SamplesPerPixel: 3,
    PhotometricInterpretation: 'RGB',
    PlanarConfiguration: 0,
    Rows: info.height,
    Columns: info.width,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    PixelData: new Uint8Array(pixels).buffer,
    _vrMap: { PixelData: 'OB' },
  });
}
