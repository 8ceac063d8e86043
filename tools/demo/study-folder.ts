/** `--study DIR`: what a folder of DICOM files says of itself, and a plain negative report for it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import dicomParser from 'dicom-parser';

export interface StudyFolder {
  readonly folder: string;
  readonly accession: string;
  readonly studyInstanceUid: string;
  readonly patientId: string;
  readonly sex: string;
  readonly modality: string;
  readonly studyDate: string;
  readonly birthDate: string;
  readonly files: number;
}

/** Reads headers until one is DICOM. Throws an Error in plain words when the folder is missing, empty or holds no DICOM. */
export function readStudyFolder(folder: string): StudyFolder {
  const files = filesBelow(folder);
  let readable = 0;
  let found: StudyFolder | undefined;
  for (const file of files) {
    const header = headerOf(file);
    if (!header) continue;
    readable += 1;
    found ??= {
      folder,
      accession: text(header, 'x00080050'),
      studyInstanceUid: text(header, 'x0020000d'),
      patientId: text(header, 'x00100020'),
      sex: text(header, 'x00100040'),
      modality: text(header, 'x00080060'),
      studyDate: text(header, 'x00080020'),
      birthDate: birthDate(header),
      files: 0,
    };
  }
  if (!found) throw new Error(`--study: no DICOM file in ${folder} (${files.length} files looked at)`);
  if (found.patientId === '')
    throw new Error(`--study: the images in ${folder} have no Patient ID (0010,0020), so no report can be matched with them`);
  return { ...found, files: readable };
}

function filesBelow(folder: string): string[] {
  let isFolder = false;
  try {
    isFolder = statSync(folder).isDirectory();
  } catch {
    throw new Error(`--study: there is no folder ${folder}`);
  }
  if (!isFolder) throw new Error(`--study: ${folder} is not a folder`);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function headerOf(file: string): dicomParser.DataSet | undefined {
  try {
    const bytes = readFileSync(file);
    if (bytes.subarray(128, 132).toString('latin1') !== 'DICM') return undefined;
    return dicomParser.parseDicom(bytes, { untilTag: 'x00280010' });
  } catch {
    return undefined;
  }
}

function text(header: dicomParser.DataSet, tag: string): string {
  return (header.string(tag) ?? '').trim();
}

/** Birth date, else the study's year less the age (0010,1010), else 70 years before the study: the demo says so on screen. */
function birthDate(header: dicomParser.DataSet): string {
  const given = text(header, 'x00100030');
  if (/^\d{8}$/.test(given)) return given;
  const year = Number(text(header, 'x00080020').slice(0, 4)) || 2000;
  const years = Number(/^(\d{3})Y$/.exec(text(header, 'x00101010'))?.[1] ?? 70);
  return `${year - years}0101`;
}

/** An ORU^R01 with a plain negative report. Without an accession number in the images, the study is named by ZDS-1. */
export function negativeReport(study: StudyFolder): Buffer {
  const day = study.studyDate || '20260101';
  const segments = [
    `MSH|^~\\&|RIS|DEMO|BACKSTOP|DEMO|${day}120000+0000||ORU^R01^ORU_R01|STUDY${Date.now()}|P|2.5.1|||||||UNICODE UTF-8`,
    `PID|1||${study.patientId}^^^DEMO^MR||Study^Folder||${study.birthDate}|${study.sex || 'U'}`,
    `OBR|1|${study.accession}|${study.accession}|IMG^${study.modality} study^L|||${day}|||||||||||${study.accession}||||${day}120000+0000||${study.modality}|F`,
    'OBX|1|TX|IMG^Report^L||FINDINGS: The lungs and the soft tissues are unremarkable.||||||F',
    'OBX|2|TX|IMG^Report^L||IMPRESSION: No acute abnormality.||||||F',
    ...(study.accession === '' ? [`ZDS|${study.studyInstanceUid}^RIS^Application^DICOM`] : []),
  ];
  return Buffer.from(`${segments.join('\r')}\r`, 'utf8');
}

/** The patient that the stand-in EHR needs, so that the report finds somebody. Invented but for the number in the images. */
export function patientFor(study: StudyFolder): { readonly resourceType: 'Patient'; readonly [field: string]: unknown } {
  const date = study.birthDate;
  return {
    resourceType: 'Patient',
    id: 'study-folder',
    identifier: [
      {
        system: 'urn:oid:2.999.1',
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
        value: study.patientId,
        assigner: { display: 'DEMO' },
      },
    ],
    name: [{ family: 'Study', given: ['Folder'] }],
    gender: study.sex === 'F' ? 'female' : study.sex === 'M' ? 'male' : 'unknown',
    birthDate: `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`,
  };
}
