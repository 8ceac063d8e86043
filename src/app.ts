/** The only file that knows steps AND systems: hands systems to steps, and starts the three roles (listen, work, web). */
import { readFileSync } from 'node:fs';
import type { Config } from './config.ts';
import { GiveUp } from './lib/errors.ts';
import type { Log } from './lib/log.ts';
import { loadPolicy } from './load-policy.ts';
import type { CaseStore, Clock, HealthRecord, Inbox } from './ports.ts';
import type { Policy } from './rules/policy.ts';
import { decide } from './steps/decide.ts';
import { findFractures } from './steps/find-fractures.ts';
import { findImages } from './steps/find-images.ts';
import { readReport } from './steps/read-report.ts';
import { recordAnswer } from './steps/record-answer.ts';
import { showCard } from './steps/show-card.ts';
import { writeRecord } from './steps/write-record.ts';
import { makeCdsRouter } from './systems/cds-hooks/routes.ts';
import { trustProfile } from './systems/cds-hooks/trust-profile.ts';
import { makeImageArchive, type OpenImageArchive } from './systems/dicomweb/client.ts';
import { makeHealthRecord } from './systems/fhir/client.ts';
import { loadFractureModel } from './systems/fracture-model/client.ts';
import { makeKeyImagePainter } from './systems/fracture-model/key-image.ts';
import { startListener } from './systems/hl7/listener.ts';
import { DEFAULT_PROFILE, readSourceProfiles, type SourceProfile } from './systems/hl7/source-profile.ts';
import { makeCardIndex } from './systems/postgres/card-index.ts';
import { makeCaseStore } from './systems/postgres/case-store.ts';
import { makeInbox } from './systems/postgres/inbox.ts';
import { makeJtiStore } from './systems/postgres/jti-store.ts';
import { makePool, type Pool } from './systems/postgres/pool.ts';
import { standingCases } from './systems/postgres/standing-cases.ts';
import { type Jobs, makeJobs } from './systems/queue/jobs.ts';
import { sweep } from './systems/queue/sweep.ts';
import { startWorker } from './systems/queue/worker.ts';
import { startWebServer } from './web/server.ts';

/** Something that runs until it is closed. Closing lets what is under way end. */
export interface Running {
  close(): Promise<void>;
}

export const systemClock: Clock = { now: () => new Date() };

export interface Data {
  readonly pool: Pool;
  readonly jobs: Jobs;
  readonly store: CaseStore;
  readonly inbox: Inbox;
  close(): Promise<void>;
}

/** Opens the one datastore. `url` is the configured or the embedded database. */
export function openData(config: Config, url: string, log: Log, role: string): Data {
  const pool = makePool({
    url,
    max: config.DATABASE_POOL,
    applicationName: `backstop-${role}`,
    onError: (error) => log.error('queue.error', { queue: 'postgres', code: error.name }),
  });
  const jobs = makeJobs({ pool, log });
  const store = makeCaseStore({ pool, enqueue: jobs.enqueue });
  const inbox = makeInbox({ pool, enqueue: jobs.enqueue });
  const close = async (): Promise<void> => {
    await jobs.close();
    await pool.end();
  };
  return { pool, jobs, store, inbox, close };
}

/** One MLLP listener for each configured source. */
export async function startListen(config: Config, data: Data, log: Log): Promise<Running> {
  const listeners = await Promise.all(
    sources(config).map(({ profile, port }) =>
      startListener({ profile, inbox: data.inbox, log, clock: systemClock, ...(port === undefined ? {} : { port }) }),
    ),
  );
  return {
    close: async () => {
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}

function sources(config: Config): readonly { readonly profile: SourceProfile; readonly port?: number }[] {
  if (config.HL7_SOURCES === '') return [{ profile: { ...DEFAULT_PROFILE, host: config.HL7_HOST }, port: config.HL7_PORT }];
  const read = readSourceProfiles(readFileSync(config.HL7_SOURCES, 'utf8'));
  if ('faults' in read) throw new GiveUp(`${config.HL7_SOURCES} is faulty: ${read.faults.join('; ')}`, { code: 'CONFIG_FAULTY', phase: 'parse' });
  return read.profiles.map((profile) => ({ profile }));
}

/** The worker: every step of the map, on the queues that this process serves. */
export async function startWork(config: Config, data: Data, log: Log): Promise<Running> {
  const archive = imageArchive(config, log);
  const record = healthRecord(config, log);
  const policy = policyOf(config);
  const model = await loadFractureModel({
    localizerDir: config.MODEL_LOCALIZER_DIR,
    detectorDir: config.MODEL_DETECTOR_DIR,
    landmarksDir: config.MODEL_LANDMARKS_DIR,
    executionProviders: config.EXECUTION_PROVIDERS,
    intraOpThreads: config.MODEL_THREADS,
    timeLimitMs: config.MODEL_TIME_LIMIT_MS,
    memoryLimitMb: config.MODEL_MEMORY_LIMIT_MB,
    log,
  });
  const painter = makeKeyImagePainter();
  const worker = await startWorker({
    pool: data.pool,
    store: data.store,
    log,
    concurrency: { text: config.WORK_TEXT, images: config.WORK_IMAGES, model: config.WORK_MODEL, record: config.WORK_RECORD },
    handlers: {
      'read-report': async (subject) => readReport(subject),
      'find-images': (subject) => findImages(subject, { archive, clock: systemClock }, { giveUpAfterHours: config.IMAGES_GIVE_UP_HOURS }),
      'find-fractures': (subject, context) =>
        findFractures(subject, { archive, model, painter }, { signal: context.signal, progress: context.progress }),
      decide: (subject) => decide(subject, { record, clock: systemClock }, policy),
      'write-record': (subject) => writeRecord(subject, { record, store: data.store }, { shadow: config.SHADOW }),
    },
  });
  const cases = { standing: (states: Parameters<typeof standingCases>[1], olderThanMs: number) => standingCases(data.pool, states, olderThanMs) };
  const sweeping = setInterval(() => {
    sweep({ cases, jobs: data.jobs, olderThanMs: 2 * config.SWEEP_SECONDS * 1000, log }).catch((error: unknown) => {
      log.error('queue.error', { queue: 'sweep', code: error instanceof Error ? error.name : 'unknown' });
    });
  }, config.SWEEP_SECONDS * 1000);
  return {
    close: async () => {
      clearInterval(sweeping);
      await worker.close();
      await Promise.all([model.close(), archive.close()]);
    },
  };
}

function imageArchive(config: Config, log: Log): OpenImageArchive {
  if (config.DICOMWEB_URL === '')
    throw new GiveUp('DICOMWEB_URL is not set: the worker has no image archive', { code: 'CONFIG_FAULTY', phase: 'parse' });
  const auth =
    config.DICOMWEB_AUTH === 'basic'
      ? ({ kind: 'basic', user: config.DICOMWEB_USERNAME, password: config.DICOMWEB_PASSWORD } as const)
      : config.DICOMWEB_AUTH === 'bearer'
        ? ({ kind: 'bearer', token: () => Promise.resolve(config.DICOMWEB_TOKEN) } as const)
        : ({ kind: 'none' } as const);
  return makeImageArchive({
    url: config.DICOMWEB_URL,
    auth,
    timeouts: { idleMs: config.DICOMWEB_TIMEOUT_MS },
    concurrency: config.DICOMWEB_CONCURRENCY,
    decoderThreads: config.DECODE_THREADS,
    log,
  });
}

function healthRecord(config: Config, log: Log): HealthRecord {
  if (config.FHIR_URL === '')
    throw new GiveUp('FHIR_URL is not set: there is no health record to read and write', { code: 'CONFIG_FAULTY', phase: 'parse' });
  const auth =
    config.FHIR_TOKEN_URL === ''
      ? null
      : {
          tokenUrl: config.FHIR_TOKEN_URL,
          clientId: config.FHIR_CLIENT_ID,
          privateKey: readFileSync(config.FHIR_PRIVATE_KEY_FILE, 'utf8'),
          scope: config.FHIR_SCOPE,
        };
  return makeHealthRecord({ baseUrl: config.FHIR_URL, auth, clock: systemClock, log });
}

function policyOf(config: Config): Policy {
  return loadPolicy(config.POLICY_FILE || undefined);
}

/** Pages, CDS Hooks and health. Holds no model and asks no archive: a hook only reads what is there. */
export async function startWeb(config: Config, data: Data, log: Log, version: string): Promise<Running> {
  const policy = policyOf(config);
  const cards = makeCardIndex(data.pool);
  return await startWebServer({
    host: config.WEB_HOST,
    port: config.WEB_PORT,
    log,
    isReady: async () => ((await data.pool.query('SELECT 1')).rowCount ?? 0) === 1,
    routers: (publicUrl) => [
      makeCdsRouter({
        version,
        profiles: [],
        unsigned: config.CDS_SANDBOX ? sandboxProfile(config) : null,
        demo: config.CDS_SANDBOX,
        origins: config.CDS_ALLOWED_ORIGINS,
        place: {
          publicUrl,
          site: config.SITE,
          casePage: (id) => `${publicUrl}/cases/${id}`,
          picture: (id) => `${publicUrl}/cases/${id}/key-image.png`,
          launchUrl: null,
          allowHttp: config.CDS_SANDBOX,
        },
        showCard: (question) => showCard({ store: data.store, clock: systemClock, policy }, question),
        recordAnswer: (answer) => recordAnswer({ store: data.store, cards }, answer),
        cards,
        jtiStore: makeJtiStore(data.pool),
        clock: systemClock,
        log,
      }),
    ],
    publicUrl: config.PUBLIC_URL,
  });
}

/** Callers without a token, in the demo and public sandboxes: they may reach the configured health record and nothing else. */
function sandboxProfile(config: Config) {
  return trustProfile(
    {
      name: 'sandbox',
      kind: 'sandbox',
      issuer: 'https://sandbox.cds-hooks.org',
      keys: { jwks: { keys: [] } },
      fhirServers: config.FHIR_URL === '' ? [] : [config.FHIR_URL],
    },
    true,
  );
}
