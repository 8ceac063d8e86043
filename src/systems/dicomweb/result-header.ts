/** The attributes that both of our result objects share: patient, study, equipment (PS3.3 C.7.1.1, C.7.2.1, C.7.5.1). */
import type { Measured } from '#src/case/finding.ts';
import type { CaseId } from '#src/case/ids.ts';
import type { Report } from '#src/case/report.ts';
import type { StudySummary } from '#src/case/study.ts';
import type { ResultVersion } from './result-uid.ts';
import type { DatasetByKeyword } from './write-dicom-file.ts';

export interface ResultInput {
  readonly caseId: CaseId;
  /** Version of the result: another one whenever the result is another. */
  readonly version: ResultVersion;
  readonly study: StudySummary;
  readonly patient: Report['patient'];
  readonly finding: Measured;
  /** When the result was made, UTC. */
  readonly madeAt: Date;
  readonly softwareVersion: string;
}

/** Own results are known by this name when the study is read again (rules/series-candidate.ts). */
export const OUR_NAME = 'Backstop';

/** What the header takes of a result; `models` may be none where nothing was measured. */
type HeaderInput = Pick<ResultInput, 'study' | 'patient' | 'madeAt' | 'softwareVersion'> & { readonly models: Measured['models'] };

export function resultHeader(input: HeaderInput): DatasetByKeyword {
  const { study, patient } = input;
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    PatientName: `${patient.familyName}^${patient.givenName}`,
    PatientID: study.patientId,
    ...(study.issuerOfPatientId ? { IssuerOfPatientID: study.issuerOfPatientId } : {}),
    PatientBirthDate: /^\d{4}-\d{2}-\d{2}$/.test(patient.birthDate ?? '') ? patient.birthDate!.replaceAll('-', '') : '',
    PatientSex: { female: 'F', male: 'M', unknown: '' }[patient.sex],
    StudyInstanceUID: study.studyInstanceUid,
    StudyDate: study.studyDate?.replaceAll('-', '') ?? '',
    StudyTime: '',
    StudyID: '',
    AccessionNumber: study.accession,
    ReferringPhysicianName: '',
    Manufacturer: OUR_NAME,
    ManufacturerModelName: `${OUR_NAME} vertebral fracture`,
    SoftwareVersions: input.softwareVersion,
    DeviceSerialNumber: input.models.map((model) => model.sha256.slice(0, 8)).join('-') || '0',
    ...dates(input.madeAt),
    TimezoneOffsetFromUTC: '+0000',
  };
}

function dates(at: Date): DatasetByKeyword {
  const [date, time] = at.toISOString().split('T') as [string, string];
  const da = date.replaceAll('-', '');
  const tm = time.slice(0, 8).replaceAll(':', '');
  return { ContentDate: da, ContentTime: tm, InstanceCreationDate: da, InstanceCreationTime: tm, SeriesDate: da, SeriesTime: tm };
}
