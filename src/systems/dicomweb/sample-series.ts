/**
 * A series known by four of its headers: Instance Number 1, 2, the middle and the last. An archive takes milliseconds for them and a second for a thousand.
 * Whoever reads the series has to make sure that every slice lies where the sample says (even-stack.ts).
 */
import type { DicomUid } from '#src/case/ids.ts';
import type { EvenStack } from '#src/case/study.ts';
import { GiveUp, TryLater } from '#src/lib/errors.ts';
import { evenStackOf } from '#src/measure/even-stack.ts';
import { datasets, type JsonDataset, number, text, toInstance } from './dicom-json.ts';
import type { LibraryCalls } from './library-calls.ts';

export interface SeriesSample {
  readonly metadata: readonly JsonDataset[];
  readonly stack: EvenStack;
}

export interface SeriesSampler {
  /** Undefined where a sample cannot tell: then the series is described in whole. `row` is the QIDO row of the series. */
  sample(study: DicomUid, row: JsonDataset): Promise<SeriesSample | undefined>;
}

/** Shorter series are described in whole as quickly. */
const LEAST_SLICES = 40;
const POSITION = '00200032';
/** What places a slice: Image Type, thickness, position, orientation, frames, size, pixel spacing. */
const PLACE_FIELDS = ['00080008', '00180050', POSITION, '00200037', '00280008', '00280010', '00280011', '00280030'].join(',');
const CROSS_SECTION = new Set(['CT', 'MR']);

export function makeSeriesSampler(library: LibraryCalls, mostSlices: number): SeriesSampler {
  /** An archive that does not search by Instance Number answers with everything it has: it is asked once. */
  let searchesByNumber = true;
  return {
    async sample(study, row) {
      try {
        return await sampleOne(study, row);
      } catch (error) {
        // The whole description will tell what ails the archive, if it still does.
        if (!(error instanceof GiveUp || error instanceof TryLater)) throw error;
        if (error instanceof GiveUp || error.code === 'DICOMWEB_SERVER_ERROR' || error.code === 'DICOMWEB_TIMEOUT') searchesByNumber = false;
        return undefined;
      }
    },
  };

  async function sampleOne(study: DicomUid, row: JsonDataset): Promise<SeriesSample | undefined> {
    const count = number(row, '00201209') ?? 0;
    const series = text(row, '0020000E');
    if (!searchesByNumber || count < LEAST_SLICES || count > mostSlices || !CROSS_SECTION.has(text(row, '00080060'))) return undefined;
    const found = await instancesNumbered(library, study, series, 1);
    if (found.some((one) => number(one, '00200013') !== 1)) searchesByNumber = false;
    const first = onlyOne(found, 1);
    if (!first) return undefined;
    const rest = [2, (count >> 1) + 1, count].map(async (wanted) => {
      const one = onlyOne(await instancesNumbered(library, study, series, wanted), wanted);
      // An archive may leave out what it was asked to add (PS3.18 8.3.4.3).
      return one && (POSITION in one ? one : await headerOf(library, study, series, one));
    });
    const settled = await Promise.allSettled([headerOf(library, study, series, first), ...rest]);
    const headers = settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    const metadata = headers.filter((header) => header !== undefined);
    const stack = metadata.length === headers.length ? evenStackOf(metadata.map(toInstance), count) : undefined;
    return stack && { metadata, stack };
  }
}

/** Two at most: a number that two instances have tells nothing. */
async function instancesNumbered(library: LibraryCalls, study: DicomUid, series: string, wanted: number): Promise<readonly JsonDataset[]> {
  const search = {
    studyInstanceUID: study,
    seriesInstanceUID: series,
    queryParams: { InstanceNumber: wanted, limit: 2, includefield: PLACE_FIELDS },
  };
  return datasets(await library.call((client, options) => client.searchForInstances({ ...search, ...options })));
}

function onlyOne(rows: readonly JsonDataset[], wanted: number): JsonDataset | undefined {
  return rows.length === 1 && rows[0] && number(rows[0], '00200013') === wanted ? rows[0] : undefined;
}

/** Undefined when the archive sends another instance, or more than one. */
async function headerOf(library: LibraryCalls, study: DicomUid, series: string, found: JsonDataset): Promise<JsonDataset | undefined> {
  const uid = text(found, '00080018');
  if (uid === '') return undefined;
  const wanted = { studyInstanceUID: study, seriesInstanceUID: series, sopInstanceUID: uid };
  const rows = datasets(await library.call((client, options) => client.retrieveInstanceMetadata({ ...wanted, ...options })));
  return rows.length === 1 && rows[0] && text(rows[0], '00080018') === uid ? rows[0] : undefined;
}
