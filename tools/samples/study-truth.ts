/** The written truth of one sample study, as samples/truth.json holds it. */
import type { PhantomTruth, VertebraTruth } from '#test/hospital/phantom/parameters.ts';
import type { SampleStudy } from './sample-studies.ts';

export interface StudyTruth {
  readonly id: string;
  readonly accession: string;
  readonly studyInstanceUid: string;
  readonly patientId: string;
  readonly sex: string;
  readonly trabecularHu: number;
  /** SHA-256 of the phantom's HU values (16-bit little-endian), before they are stored in steps of 4 HU. */
  readonly pixelSha256: string;
  readonly vertebrae: readonly VertebraTruth[];
}

export function studyTruth(sample: SampleStudy, studyInstanceUid: string, truth: PhantomTruth, pixelSha256: string): StudyTruth {
  const { id, accession, person } = sample;
  return {
    id,
    accession,
    studyInstanceUid,
    patientId: person.id,
    sex: person.sex,
    trabecularHu: truth.trabecularHu,
    pixelSha256,
    vertebrae: truth.vertebrae,
  };
}
