/** One image of the archive to try retrieval and decoding with: any, from a study with pictures. */
import { type DicomUid, dicomUid } from '#src/case/ids.ts';
import { datasets, number, text, texts } from './dicom-json.ts';
import { later } from './faults.ts';
import type { HttpSession } from './http-session.ts';
import type { LibraryCalls } from './library-calls.ts';
import type { MultipartLimits } from './multipart-reader.ts';
import { makeRetriever } from './retrieve.ts';

export interface Sample {
  readonly study: DicomUid;
  readonly series: DicomUid;
  readonly instance: DicomUid;
  /** The archive tells Number of Series Related Instances. */
  readonly isCounted: boolean;
}

/** Studies looked at before the archive counts as without pictures. */
const STUDIES = 20;
const PICTURE = /^(CT|MR|CR|DX)$/;

export async function findSample(library: LibraryCalls): Promise<Sample | undefined> {
  const queryParams = { limit: STUDIES, includefield: '00080061' };
  const studies = datasets(await library.call((client, call) => client.searchForStudies({ queryParams, ...call })));
  for (const row of studies) {
    const modalities = texts(row, '00080061');
    const study = dicomUid(text(row, '0020000D'));
    if (!study || (modalities.length > 0 && !modalities.some((modality) => PICTURE.test(modality)))) continue;
    const found = await sampleOf(library, study);
    if (found) return found;
  }
  return undefined;
}

async function sampleOf(library: LibraryCalls, study: DicomUid): Promise<Sample | undefined> {
  const options = { studyInstanceUID: study, queryParams: { includefield: '00201209' } };
  const rows = datasets(await library.call((client, call) => client.searchForSeries({ ...options, ...call })));
  const row = rows.find((candidate) => PICTURE.test(text(candidate, '00080060')));
  const series = row && dicomUid(text(row, '0020000E'));
  if (!series) return undefined;
  const search = { studyInstanceUID: study, seriesInstanceUID: series, queryParams: { limit: 1 } };
  const [first] = datasets(await library.call((client, call) => client.searchForInstances({ ...search, ...call })));
  const instance = first && dicomUid(text(first, '00080018'));
  return instance ? { study, series, instance, isCounted: number(row, '00201209') !== null } : undefined;
}

export async function retrieveSample(
  url: string,
  session: HttpSession,
  sample: Sample,
  limits: MultipartLimits,
): Promise<{ bytes: Uint8Array; transferSyntax: string }> {
  const path = `/studies/${sample.study}/series/${sample.series}/instances/${sample.instance}`;
  for await (const { bytes, transferSyntax } of makeRetriever(url, session, limits).instances(path)) return { bytes, transferSyntax };
  throw later('DICOMWEB_INSTANCE_MISSING', 'answer', 'the archive lists an instance and sends none');
}
