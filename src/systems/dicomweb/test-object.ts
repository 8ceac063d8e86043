/** One small picture of an invented patient, to try STOW-RS with. */
import sharp from 'sharp';
import { caseId, type DicomUid, dicomUid } from '#src/case/ids.ts';
import { OUR_NAME } from './result-header.ts';
import { resultUid } from './result-uid.ts';
import { SECONDARY_CAPTURE } from './secondary-capture.ts';
import { writeDicomFile } from './write-dicom-file.ts';

const NOBODY = caseId('00000000-0000-4000-8000-000000000000');
const SIDE = 16;

/** The same number gives the same object: an archive that has it is not sent it again. */
export async function testObject(testNumber: number): Promise<{ studyInstanceUid: DicomUid; bytes: Uint8Array }> {
  const studyInstanceUid = dicomUid(resultUid(NOBODY, testNumber, 'tracking-test-study'))!;
  const grey = await sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: '#808080' } })
    .raw()
    .toBuffer();
  const bytes = writeDicomFile({
    SOPClassUID: SECONDARY_CAPTURE,
    SOPInstanceUID: resultUid(NOBODY, testNumber, 'picture-instance'),
    StudyInstanceUID: studyInstanceUid,
    SeriesInstanceUID: resultUid(NOBODY, testNumber, 'picture-series'),
    PatientName: 'BACKSTOP^TEST',
    PatientID: 'BACKSTOP-TEST',
    PatientBirthDate: '',
    PatientSex: '',
    StudyDate: '',
    StudyTime: '',
    StudyID: '',
    AccessionNumber: '',
    ReferringPhysicianName: '',
    StudyDescription: `${OUR_NAME} connection test`,
    SeriesDescription: `${OUR_NAME} connection test`,
    Manufacturer: OUR_NAME,
    Modality: 'OT',
    SeriesNumber: '1',
    InstanceNumber: '1',
    ConversionType: 'SYN',
    PatientOrientation: '',
    BodyPartExamined: 'SPINE',
    ImageType: ['DERIVED', 'SECONDARY'],
    SamplesPerPixel: 3,
    PhotometricInterpretation: 'RGB',
    PlanarConfiguration: 0,
    Rows: SIDE,
    Columns: SIDE,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    PixelData: new Uint8Array(grey).buffer,
    _vrMap: { PixelData: 'OB' },
  });
  return { studyInstanceUid, bytes };
}
