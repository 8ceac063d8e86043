/** What the archive has taken of a case, and how it is told that it no longer stands: by a note, nothing is ever deleted there. */
import type { Case } from '../case/case.ts';
import type { DicomUid } from '../case/ids.ts';
import type { Report } from '../case/report.ts';
import type { StudySummary } from '../case/study.ts';
import { TryLater } from '../lib/errors.ts';
import type { Artifact, CaseStore, Clock, ImageArchive } from '../ports.ts';
import { rejectionNote } from '../systems/dicomweb/rejection-note.ts';

/** The list, oldest first: this artifact of the case. No patient data. */
export const STORED_RESULTS = 'stored-results.json';

export interface StoredResult {
  readonly version: string;
  readonly digest: string;
  readonly studyInstanceUid: string;
  /** Not in lists that were written before it was kept: they always had one. */
  readonly withPicture?: boolean;
  /** The archive was told that it no longer stands. */
  readonly rejected?: true;
}
export type StoredList = readonly StoredResult[];

export interface StoreResultsPorts {
  readonly archive: Pick<ImageArchive, 'store'>;
  readonly store: Pick<CaseStore, 'artifact'>;
  readonly clock: Clock;
}

/** Written by us alone, in one shape. */
export async function storedResults(subject: Case, store: StoreResultsPorts['store']): Promise<StoredList> {
  const artifact = await store.artifact(subject.id, STORED_RESULTS);
  return artifact ? (JSON.parse(Buffer.from(artifact.bytes).toString('utf8')) as StoredResult[]) : [];
}

export function asArtifact(list: StoredList): Artifact {
  return { name: STORED_RESULTS, contentType: 'application/json', bytes: Buffer.from(JSON.stringify(list)) };
}

/** Every result that still stands: a case whose study was another one meanwhile has one in each. */
export function standingResults(stored: StoredList): StoredList {
  const newest = new Map(stored.map((one) => [one.studyInstanceUid, one.version]));
  return stored.filter((one) => !one.rejected && newest.get(one.studyInstanceUid) === one.version);
}

/** Tells the archive of each that stands, in the same objects at every attempt; the list with their marks. Throws TryLater. */
export async function rejectResults(
  subject: Case,
  stored: StoredList,
  because: string,
  ports: Pick<StoreResultsPorts, 'archive' | 'clock'>,
  softwareVersion: string,
): Promise<StoredList> {
  const { report, study } = subject.facts;
  const standing = standingResults(stored);
  for (const one of standing) {
    const note = rejectionNote({
      caseId: subject.id,
      rejects: one.version,
      withPicture: one.withPicture ?? true,
      study: study?.studyInstanceUid === one.studyInstanceUid ? study : studyOf(one, report),
      patient: report.patient,
      because,
      madeAt: ports.clock.now(),
      softwareVersion,
    });
    await sendResults(ports, one.studyInstanceUid, [note]);
  }
  return stored.map((one) => (standing.includes(one) ? { ...one, rejected: true } : one));
}

/** What is known of a study that the case no longer holds. */
function studyOf({ studyInstanceUid }: StoredResult, { accession, patient }: Report): StudySummary {
  return {
    studyInstanceUid: studyInstanceUid as DicomUid,
    accession: accession ?? '',
    patientId: patient.id.value,
    issuerOfPatientId: null,
    studyDate: null,
    modalities: [],
    description: '',
    instanceCount: 0,
  };
}

export async function sendResults(ports: Pick<StoreResultsPorts, 'archive'>, studyInstanceUid: string, files: readonly Uint8Array[]): Promise<void> {
  const outcome = await ports.archive.store(studyInstanceUid as DicomUid, files);
  if (outcome.failed.length > 0)
    throw new TryLater(`the archive refused ${outcome.failed.length} of our results`, { code: 'DICOMWEB_REFUSED', phase: 'send' });
}
