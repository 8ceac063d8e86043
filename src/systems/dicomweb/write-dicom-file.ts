/** A data set, by keywords, to a DICOM Part 10 file in Explicit VR Little Endian (dcmjs writes; we choose every UID). */
import dcmjs from 'dcmjs';

/** Root of our implementation class UID: fixed, made once from a random UUID. */
const IMPLEMENTATION_CLASS_UID = '2.25.80302813137786398554742050926734630921';
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

export type DatasetByKeyword = Readonly<Record<string, unknown>>;

export function writeDicomFile(dataset: DatasetByKeyword): Uint8Array {
  const { DicomDict, DicomMetaDictionary } = dcmjs.data;
  const file = new DicomDict({
    '00020001': { vr: 'OB', Value: [new Uint8Array([0, 1]).buffer] },
    '00020002': { vr: 'UI', Value: [dataset['SOPClassUID']] },
    '00020003': { vr: 'UI', Value: [dataset['SOPInstanceUID']] },
    '00020010': { vr: 'UI', Value: [EXPLICIT_LITTLE_ENDIAN] },
    '00020012': { vr: 'UI', Value: [IMPLEMENTATION_CLASS_UID] },
    '00020013': { vr: 'SH', Value: ['BACKSTOP'] },
  });
  file.dict = DicomMetaDictionary.denaturalizeDataset(dataset);
  return new Uint8Array(file.write());
}
