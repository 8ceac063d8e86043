/** Stores a case's result in the image archive: once for each result, and a changed one names the one that was stored before it. */
import type { Case } from '../case/case.ts';
import { TryLater } from '../lib/errors.ts';
import type { Artifact, CaseStore, Clock, ImageArchive } from '../ports.ts';
import { dicomOut, resultDigest } from '../systems/dicomweb/dicom-out.ts';

/** What the archive has taken of a case, oldest first: this artifact of the case. No patient data. */
export const STORED_RESULTS = 'stored-results.json';

interface StoredResult {
  readonly version: string;
  readonly digest: string;
  readonly studyInstanceUid: string;
}

export interface StoreResultsPorts {
  readonly archive: Pick<ImageArchive, 'store'>;
  readonly store: Pick<CaseStore, 'artifact'>;
  readonly clock: Clock;
}

/**
 * The list of what is stored, to be kept with the case; undefined when nothing new was stored. The version holds the digest of the result, so that
 * a step that ran twice (it was killed, or the case moved meanwhile) makes the same objects, which the archive has already. Throws TryLater.
 */
export async function storeResults(subject: Case, ports: StoreResultsPorts, softwareVersion: string): Promise<Artifact | undefined> {
  const { finding, study, report } = subject.facts;
  if (finding?.state !== 'measured' || !study) return undefined;
  const keyImage = await ports.store.artifact(subject.id, 'key-image.png');
  const result = { caseId: subject.id, study, patient: report.patient, finding, keyImagePng: keyImage?.bytes ?? null };
  const stored = readList(await ports.store.artifact(subject.id, STORED_RESULTS));
  const before = stored.findLast((one) => one.studyInstanceUid === study.studyInstanceUid);
  const digest = resultDigest(result);
  if (before?.digest === digest) return undefined;
  const version = `${stored.length + 1}-${digest}`;
  const files = await dicomOut({ ...result, version, madeAt: ports.clock.now(), softwareVersion, replacesVersion: before?.version ?? null });
  const outcome = await ports.archive.store(study.studyInstanceUid, files);
  if (outcome.failed.length > 0)
    throw new TryLater(`the archive refused ${outcome.failed.length} of our results`, { code: 'DICOMWEB_REFUSED', phase: 'send' });
  const list: readonly StoredResult[] = [...stored, { version, digest, studyInstanceUid: study.studyInstanceUid }];
  return { name: STORED_RESULTS, contentType: 'application/json', bytes: Buffer.from(JSON.stringify(list)) };
}

/** Written by us alone, in one shape. */
function readList(artifact: Artifact | undefined): readonly StoredResult[] {
  return artifact ? (JSON.parse(Buffer.from(artifact.bytes).toString('utf8')) as StoredResult[]) : [];
}
