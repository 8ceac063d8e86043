/** Stores a case's result in the image archive: once for each result; a changed one names the one before it, and one that no longer stands is marked. */
import type { Case } from '../case/case.ts';
import type { Measured } from '../case/finding.ts';
import type { DicomUid } from '../case/ids.ts';
import type { Report } from '../case/report.ts';
import { isPictureOutdated } from '../case/review-answer.ts';
import type { StudySummary } from '../case/study.ts';
import { TryLater } from '../lib/errors.ts';
import type { Artifact, CaseStore, Clock, ImageArchive } from '../ports.ts';
import { dicomOut, resultDigest } from '../systems/dicomweb/dicom-out.ts';
import { rejectionNote } from '../systems/dicomweb/rejection-note.ts';

/** What the archive has taken of a case, oldest first: this artifact of the case. No patient data. */
export const STORED_RESULTS = 'stored-results.json';

interface StoredResult {
  readonly version: string;
  readonly digest: string;
  readonly studyInstanceUid: string;
  /** Not in lists that were written before it was kept: they always had one. */
  readonly withPicture?: boolean;
  /** The archive was told that it no longer stands. */
  readonly rejected?: true;
}

export interface StoreResultsPorts {
  readonly archive: Pick<ImageArchive, 'store'>;
  readonly store: Pick<CaseStore, 'artifact'>;
  readonly clock: Clock;
}

/**
 * The list of what is stored, to be kept with the case; undefined when nothing new was stored. The version holds the digest of the result, so that
 * a step that ran twice (it was killed, or the case moved meanwhile) makes the same objects, which the archive has already. Where images were measured
 * once and cannot be judged any more, the archive is told that the old result no longer stands. Throws TryLater.
 */
export async function storeResults(subject: Case, ports: StoreResultsPorts, softwareVersion: string): Promise<Artifact | undefined> {
  const { finding } = subject.facts;
  const stored = readList(await ports.store.artifact(subject.id, STORED_RESULTS));
  const list =
    finding?.state === 'measured'
      ? await withMeasured(subject, finding, stored, ports, softwareVersion)
      : finding?.state === 'cannot-say'
        ? await withoutResults(subject, finding.reason, stored, ports, softwareVersion)
        : undefined;
  return list && { name: STORED_RESULTS, contentType: 'application/json', bytes: Buffer.from(JSON.stringify(list)) };
}

type List = readonly StoredResult[];

async function withMeasured(
  subject: Case,
  finding: Measured,
  stored: List,
  ports: StoreResultsPorts,
  softwareVersion: string,
): Promise<List | undefined> {
  const { study, report } = subject.facts;
  if (!study) return undefined;
  const keyImage = await ports.store.artifact(subject.id, 'key-image.png');
  const result = {
    caseId: subject.id,
    study,
    patient: report.patient,
    finding,
    keyImagePng: keyImage?.bytes ?? null,
    pictureOutdated: isPictureOutdated(subject.facts.answers),
  };
  const newest = stored.findLast((one) => one.studyInstanceUid === study.studyInstanceUid);
  const before = newest?.rejected ? undefined : newest;
  const digest = resultDigest(result);
  if (before?.digest === digest) return undefined;
  const version = `${stored.length + 1}-${digest}`;
  const files = await dicomOut({ ...result, version, madeAt: ports.clock.now(), softwareVersion, replacesVersion: before?.version ?? null });
  await send(ports, study.studyInstanceUid, files);
  return [...stored, { version, digest, studyInstanceUid: study.studyInstanceUid, withPicture: keyImage !== undefined }];
}

/** Every result that still stands: a case whose study was another one meanwhile has one in each. */
async function withoutResults(
  subject: Case,
  reason: string,
  stored: List,
  ports: StoreResultsPorts,
  softwareVersion: string,
): Promise<List | undefined> {
  const { report, study } = subject.facts;
  const newest = new Map(stored.map((one) => [one.studyInstanceUid, one.version]));
  const standing = stored.filter((one) => !one.rejected && newest.get(one.studyInstanceUid) === one.version);
  for (const one of standing) {
    const note = rejectionNote({
      caseId: subject.id,
      rejects: one.version,
      withPicture: one.withPicture ?? true,
      study: study?.studyInstanceUid === one.studyInstanceUid ? study : studyOf(one, report),
      patient: report.patient,
      because: `Cannot say any more (${reason}): this result does not stand. It is no statement that there is no fracture.`,
      madeAt: ports.clock.now(),
      softwareVersion,
    });
    await send(ports, one.studyInstanceUid, [note]);
  }
  if (standing.length === 0) return undefined;
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

async function send(ports: StoreResultsPorts, studyInstanceUid: string, files: readonly Uint8Array[]): Promise<void> {
  const outcome = await ports.archive.store(studyInstanceUid as DicomUid, files);
  if (outcome.failed.length > 0)
    throw new TryLater(`the archive refused ${outcome.failed.length} of our results`, { code: 'DICOMWEB_REFUSED', phase: 'send' });
}

/** Written by us alone, in one shape. */
function readList(artifact: Artifact | undefined): readonly StoredResult[] {
  return artifact ? (JSON.parse(Buffer.from(artifact.bytes).toString('utf8')) as StoredResult[]) : [];
}
