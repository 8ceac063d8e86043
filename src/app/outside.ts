/** The outside systems as the configuration names them: archive, health record, model. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { GiveUp } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { makeImageArchive, type OpenImageArchive } from '../systems/dicomweb/client.ts';
import { makeHealthRecord } from '../systems/fhir/client.ts';
import { type LoadedFractureModel, loadFractureModel } from '../systems/fracture-model/client.ts';
import { systemClock } from './open-data.ts';

export function openModel(config: Config, log: Log): Promise<LoadedFractureModel> {
  return loadFractureModel({
    localizerDir: config.MODEL_LOCALIZER_DIR,
    detectorDir: config.MODEL_DETECTOR_DIR,
    landmarksDir: config.MODEL_LANDMARKS_DIR,
    executionProviders: config.EXECUTION_PROVIDERS,
    intraOpThreads: config.MODEL_THREADS,
    timeLimitMs: config.MODEL_TIME_LIMIT_MS,
    memoryLimitMb: config.MODEL_MEMORY_LIMIT_MB,
    log,
  });
}

export function openArchive(config: Config, log: Log): OpenImageArchive {
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

export function openRecord(config: Config, log: Log): ReturnType<typeof makeHealthRecord> {
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
