/** An image archive over DICOMweb (PS3.18): QIDO-RS, WADO-RS and STOW-RS as the port `ImageArchive`. Pixels stay in memory only. */
import type { DicomUid } from '#src/case/ids.ts';
import type { SeriesChoice, SeriesSummary, StudySummary } from '#src/case/study.ts';
import type { Slice } from '#src/case/volume.ts';
import type { Log } from '#src/lib/log.ts';
import type { ImageArchive, StoreOutcome } from '#src/ports.ts';
import { makeDecodePool } from './decode-pool.ts';
import { datasets, type JsonDataset, number, text, toSeries, toStudy } from './dicom-json.ts';
import { later } from './faults.ts';
import { type ArchiveAuth, type ArchiveTimeouts, type ArchiveTls, DEFAULT_TIMEOUTS, makeHttpSession } from './http-session.ts';
import { type LibraryCalls, makeLibraryCalls } from './library-calls.ts';
import { readSlices } from './read-slices.ts';
import { makeRetriever, type RetrievedInstance } from './retrieve.ts';
import { makeSeriesSampler, type SeriesSampler } from './sample-series.ts';
import { storeInstances } from './store-instances.ts';
import { makeVolumeMemory } from './volume-memory.ts';

interface ArchiveLimits {
  readonly maxInstanceBytes: number;
  readonly maxSeriesBytes: number;
  readonly maxInstances: number;
  /** Decoded bytes of one instance. */
  readonly maxDecodedBytes: number;
  readonly maxJsonBytes: number;
  readonly decodeTimeMs: number;
}

const DEFAULT_LIMITS: ArchiveLimits = {
  maxInstanceBytes: 768 * 2 ** 20,
  maxSeriesBytes: 6 * 2 ** 30,
  maxInstances: 6_000,
  maxDecodedBytes: 1024 * 2 ** 20,
  maxJsonBytes: 256 * 2 ** 20,
  decodeTimeMs: 60_000,
};

export interface ImageArchiveOptions {
  /** Base of the DICOMweb service, e.g. https://pacs.example/dicom-web */
  readonly url: string;
  readonly auth: ArchiveAuth;
  readonly tls?: ArchiveTls;
  readonly timeouts?: Partial<ArchiveTimeouts>;
  /** HTTP requests under way at once (default 4). */
  readonly concurrency?: number;
  /** Requests started per second at most (default: no limit). */
  readonly requestsPerSecond?: number;
  /** Decoder threads (default 2). */
  readonly decoderThreads?: number;
  readonly limits?: Partial<ArchiveLimits>;
  readonly log: Log;
}

export interface OpenImageArchive extends ImageArchive {
  /** The files of a series as stored, one after the other, each UID once: for a curated set. Throws TryLater and GiveUp. */
  instances(study: DicomUid, series: DicomUid, signal?: AbortSignal): AsyncIterable<RetrievedInstance>;
  /** Ends decoder threads and idle connections. */
  close(): Promise<void>;
}

/** Modalities whose series can be pictures of the spine: only theirs are described instance by instance. */
const PICTURES = new Set(['CT', 'MR', 'CR', 'DX', 'RG', 'RF']);
const STUDY_FIELDS = ['00080050', '00100020', '00100021', '00080061', '00081030', '00201208'].join(',');
const SERIES_FIELDS = ['00201209', '0008103E', '00080060', '00200011', '00180015', '00080070', '00081090'];

export function makeImageArchive(options: ImageArchiveOptions): OpenImageArchive {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const concurrency = options.concurrency ?? 4;
  const url = options.url.replace(/\/+$/, '');
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const session = makeHttpSession({ auth: options.auth, tls: options.tls, timeouts, concurrency, perSecond: options.requestsPerSecond });
  const library = makeLibraryCalls(url, session, limits.maxJsonBytes);
  const wire = { maxPartBytes: limits.maxInstanceBytes, maxTotalBytes: limits.maxSeriesBytes, maxParts: limits.maxInstances };
  const retriever = makeRetriever(url, session, wire);
  const threads = options.decoderThreads ?? 2;
  const { maxDecodedBytes, maxSeriesBytes } = limits;
  const pool = makeDecodePool({ threads, timeLimitMs: limits.decodeTimeMs, limits: { maxDecodedBytes } });
  const timed = timing(options.log);
  const sampler = makeSeriesSampler(library, limits.maxInstances);
  // A site that counts requests gets one for a series, not eight.
  const isLimited = options.requestsPerSecond !== undefined;
  const countInstances = (study: DicomUid, choice: SeriesChoice) => seriesInstanceCount(library, study, choice.seriesInstanceUid);
  const volumes = makeVolumeMemory();
  const reading = { retriever, pool, countInstances, threads, concurrency, limits: { maxDecodedBytes }, maxSeriesBytes, volumes };

  return {
    findStudies: (query) => timed('qido-studies', () => findStudies(library, query)),
    earlierStudies: (query) => timed('qido-earlier-studies', () => earlierStudies(library, query)),
    describeSeries: (study, how) =>
      timed('describe-series', () => describeSeries(library, study, concurrency, how?.bySample && !isLimited ? sampler : undefined)),
    readSlices: (study, choice, progress): Promise<readonly Slice[]> => timed('wado-series', () => readSlices(reading, study, choice, progress)),
    release: (slices) => new Set(slices.map((slice) => slice.values.buffer)).forEach(volumes.giveBack),
    instances: (study, series, signal) => retriever.instances(`/studies/${study}/series/${series}`, signal),
    store: (study, instances): Promise<StoreOutcome> => timed('stow', () => storeInstances(library, study, instances)),
    async close() {
      await pool.close();
      session.close();
    },
  };
}

type StudyQuery = Parameters<ImageArchive['findStudies']>[0];

async function findStudies(library: LibraryCalls, query: StudyQuery): Promise<readonly StudySummary[]> {
  const isAccession = 'accession' in query;
  const key = isAccession ? { AccessionNumber: query.accession } : { StudyInstanceUID: query.studyInstanceUid };
  const queryParams = { ...key, includefield: STUDY_FIELDS };
  const answer = await library.call((client, options) => client.searchForStudies({ queryParams, ...options }));
  // Archives fold case, match prefixes or ignore a key they do not know: what is not exactly ours is dropped here.
  const isOurs = (study: StudySummary) =>
    isAccession ? study.accession.trim() === query.accession.trim() : study.studyInstanceUid === query.studyInstanceUid;
  return datasets(answer).map(toStudy).filter(isOurs);
}

const DAY_MS = 86_400_000;

/** Range matching on the date (PS3.4 C.2.2.2.5). An id with a wildcard or a value separator in it is never searched for. */
async function earlierStudies(library: LibraryCalls, query: Parameters<ImageArchive['earlierStudies']>[0]): Promise<readonly StudySummary[]> {
  const patientId = query.patientId.trim();
  const before = Date.parse(query.before);
  if (patientId === '' || /[*?\\\p{Cc}]/u.test(patientId) || Number.isNaN(before)) return [];
  const lastDay = new Date(before - DAY_MS).toISOString().slice(0, 10);
  const queryParams = { PatientID: patientId, StudyDate: `-${lastDay.replaceAll('-', '')}`, includefield: STUDY_FIELDS };
  const answer = await library.call((client, options) => client.searchForStudies({ queryParams, ...options }));
  // As above: an archive that does not know a key answers with everything it has.
  const isEarlier = (study: StudySummary) => study.patientId.trim() === patientId && study.studyDate !== null && study.studyDate <= lastDay;
  return datasets(answer).map(toStudy).filter(isEarlier);
}

async function describeSeries(
  library: LibraryCalls,
  study: DicomUid,
  concurrency: number,
  sampler: SeriesSampler | undefined,
): Promise<readonly SeriesSummary[]> {
  const queryParams = { includefield: SERIES_FIELDS.join(',') };
  const answer = await library.call((client, options) => client.searchForSeries({ studyInstanceUID: study, queryParams, ...options }));
  const rows = datasets(answer);
  const described: SeriesSummary[] = [];
  for (let from = 0; from < rows.length; from += concurrency)
    described.push(...(await Promise.all(rows.slice(from, from + concurrency).map((row) => describeOne(library, study, row, sampler)))));
  return described;
}

async function describeOne(library: LibraryCalls, study: DicomUid, row: JsonDataset, sampler: SeriesSampler | undefined): Promise<SeriesSummary> {
  if (!PICTURES.has(text(row, '00080060'))) return toSeries(row, []);
  const sampled = await sampler?.sample(study, row);
  if (sampled) return { ...toSeries(row, sampled.metadata), stack: sampled.stack };
  const seriesInstanceUID = text(row, '0020000E');
  const metadata = await library.call((client, options) => client.retrieveSeriesMetadata({ studyInstanceUID: study, seriesInstanceUID, ...options }));
  return toSeries(row, datasets(metadata));
}

/** Number of Series Related Instances (0020,1209) as the archive tells it now; null where it does not. */
async function seriesInstanceCount(library: LibraryCalls, study: DicomUid, series: DicomUid): Promise<number | null> {
  const queryParams = { SeriesInstanceUID: series, includefield: '00201209' };
  const answer = await library.call((client, options) => client.searchForSeries({ studyInstanceUID: study, queryParams, ...options }));
  const row = datasets(answer).find((candidate) => text(candidate, '0020000E') === series);
  if (!row) throw later('DICOMWEB_INSTANCE_MISSING', 'answer', 'the archive no longer lists the chosen series');
  return number(row, '00201209');
}

function timing(log: Log) {
  return async <T>(operation: string, run: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    let status = 0;
    try {
      const result = await run();
      status = 200;
      return result;
    } finally {
      log.info('archive.call', { operation, status, ms: Math.round(performance.now() - started) });
    }
  };
}
