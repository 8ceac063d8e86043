/** STOW-RS (PS3.18 section 10.5) with a look first: an instance that the archive has is not sent again. */

import dicomParser from 'dicom-parser';
import type { DicomUid } from '#src/case/ids.ts';
import type { StoreOutcome } from '#src/ports.ts';
import { datasets, text } from './dicom-json.ts';
import { never } from './faults.ts';
import type { LibraryCalls } from './library-calls.ts';
import { readStowAnswer } from './stow-answer.ts';

/** The outcome per instance; archives that refuse some of a batch still store the others. Already stored ones count as stored. */
export async function storeInstances(library: LibraryCalls, study: DicomUid, instances: readonly Uint8Array[]): Promise<StoreOutcome> {
  const named = instances.map((bytes) => ({ bytes, uid: sopInstanceUidOf(bytes) }));
  const isThere = await Promise.all(named.map(({ uid }) => has(library, study, uid)));
  const there = named.filter((_, index) => isThere[index]).map(({ uid }) => uid);
  const fresh = named.filter((_, index) => !isThere[index]);
  if (fresh.length === 0) return { stored: there, failed: [] };
  const datasetsToSend = fresh.map(({ bytes }) => new Uint8Array(bytes).buffer);
  const sent = fresh.map(({ uid }) => uid);
  const body = await library.call(
    (client, options) => client.storeInstances({ datasets: datasetsToSend, studyInstanceUID: study, ...options }),
    // 409 and some 400 carry the failed instances; only a body that names them is an answer and not a fault.
    (refusal, status) => (status === 409 || (status === 400 && /0008119[89]/.test(refusal)) ? refusal : undefined),
  );
  const outcome = readStowAnswer(typeof body === 'string' ? body : JSON.stringify(body), sent);
  return { stored: [...there, ...outcome.stored], failed: outcome.failed };
}

async function has(library: LibraryCalls, study: DicomUid, uid: string): Promise<boolean> {
  const queryParams = { SOPInstanceUID: uid };
  const answer = await library.call(
    (client, options) => client.searchForInstances({ studyInstanceUID: study, queryParams, ...options }),
    // Some archives answer 404 for a study without matches.
    (_, status) => (status === 404 ? [] : undefined),
  );
  return datasets(answer).some((row) => text(row, '00080018') === uid);
}

function sopInstanceUidOf(bytes: Uint8Array): string {
  try {
    return dicomParser.parseDicom(bytes, { untilTag: 'x00080018' }).string('x00080018') ?? '';
  } catch (error) {
    throw never('DICOMWEB_NOT_DICOM', 'store', 'what should be stored is not a DICOM file', error);
  }
}
