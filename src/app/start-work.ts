/** Role `work`: hands the outside systems to the steps and takes jobs off the queues. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { GiveUp } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { loadPolicy } from '../load-policy.ts';
import type { HealthRecord } from '../ports.ts';
import { decide } from '../steps/decide.ts';
import { findFractures } from '../steps/find-fractures.ts';
import { findImages } from '../steps/find-images.ts';
import { readReport } from '../steps/read-report.ts';
import { writeRecord } from '../steps/write-record.ts';
import { makeImageArchive, type OpenImageArchive } from '../systems/dicomweb/client.ts';
import { makeHealthRecord } from '../systems/fhir/client.ts';
import { loadFractureModel } from '../systems/fracture-model/client.ts';
import { makeKeyImagePainter } from '../systems/fracture-model/key-image.ts';
import { makeOutbox } from '../systems/postgres/outbox.ts';
import { standingCases } from '../systems/postgres/standing-cases.ts';
import { sweep } from '../systems/queue/sweep.ts';
import { startWorker } from '../systems/queue/worker.ts';
import { startHl7Channel } from './hl7-channel.ts';
import { type Data, type Running, systemClock } from './open-data.ts';

/** The worker: every step of the map, on the queues that this process serves. */
export async function startWork(config: Config, data: Data, log: Log): Promise<Running> {
  const archive = imageArchive(config, log);
  const record = healthRecord(config, log);
  const policy = loadPolicy(config.POLICY_FILE || undefined);
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
  const channel = startHl7Channel(config, makeOutbox(data.pool), log);
  const worker = await startWorker({
    pool: data.pool,
    store: data.store,
    lockMs: config.WORK_LOCK_MS,
    stalledMs: config.WORK_STALLED_MS,
    log,
    concurrency: { text: config.WORK_TEXT, images: config.WORK_IMAGES, model: config.WORK_MODEL, record: config.WORK_RECORD },
    handlers: {
      'read-report': async (subject) => readReport(subject),
      'find-images': (subject) => findImages(subject, { archive, clock: systemClock }, { giveUpAfterHours: config.IMAGES_GIVE_UP_HOURS }),
      'find-fractures': (subject, context) =>
        findFractures(subject, { archive, model, painter }, { signal: context.signal, progress: context.progress }),
      decide: (subject) => decide(subject, { record, clock: systemClock }, policy),
      'write-record': async (subject) => {
        const result = await writeRecord(subject, { record, store: data.store }, { shadow: config.SHADOW });
        if (!config.SHADOW) await channel?.queue(subject);
        return result;
      },
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
      await Promise.all([model.close(), archive.close(), channel?.close()]);
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
  const [system = '', code = '', display = ''] = config.FHIR_REFERRAL_CODE.split('|');
  return makeHealthRecord({
    baseUrl: config.FHIR_URL,
    auth,
    clock: systemClock,
    log,
    identifierSystems: Object.fromEntries(
      config.FHIR_IDENTIFIER_SYSTEMS.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    ),
    declareProfiles: config.FHIR_DECLARE_PROFILES,
    ...(code === '' ? {} : { siteReferralCode: { system, code, display } }),
  });
}
