/** Stores a case's result in the image archive: once for each result; a changed one names the one before it, and one that no longer stands is marked. */
import type { Case } from '../case/case.ts';
import type { Measured } from '../case/finding.ts';
import { isPictureOutdated } from '../case/review-answer.ts';
import type { Artifact } from '../ports.ts';
import { dicomOut, resultDigest } from '../systems/dicomweb/dicom-out.ts';
import { asArtifact, rejectResults, type StoredList, type StoreResultsPorts, sendResults, standingResults, storedResults } from './stored-results.ts';

/**
 * The list of what is stored, to be kept with the case; undefined when nothing new was stored. The version holds the digest of the result, so that
 * a step that ran twice (it was killed, or the case moved meanwhile) makes the same objects, which the archive has already. Where images were measured
 * once and cannot be judged any more, the archive is told that the old result no longer stands. Throws TryLater.
 */
export async function storeResults(subject: Case, ports: StoreResultsPorts, softwareVersion: string): Promise<Artifact | undefined> {
  const { finding } = subject.facts;
  const stored = await storedResults(subject, ports.store);
  const list =
    finding?.state === 'measured'
      ? await withMeasured(subject, finding, stored, ports, softwareVersion)
      : finding?.state === 'cannot-say' && standingResults(stored).length > 0
        ? await rejectResults(subject, stored, noLonger(finding.reason), ports, softwareVersion)
        : undefined;
  return list && asArtifact(list);
}

const noLonger = (reason: string): string =>
  `Cannot say any more (${reason}): this result does not stand. It is no statement that there is no fracture.`;

async function withMeasured(
  subject: Case,
  finding: Measured,
  stored: StoredList,
  ports: StoreResultsPorts,
  softwareVersion: string,
): Promise<StoredList | undefined> {
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
  await sendResults(ports, study.studyInstanceUid, files);
  return [...stored, { version, digest, studyInstanceUid: study.studyInstanceUid, withPicture: keyImage !== undefined }];
}
