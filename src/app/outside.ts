/** The outside systems as the configuration names them: archive, health record, model. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { GiveUp } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { tokenByClientCredentials, tokenFromFile } from '../systems/dicomweb/archive-token.ts';
import { makeImageArchive, type OpenImageArchive } from '../systems/dicomweb/client.ts';
import type { ArchiveAuth } from '../systems/dicomweb/http-session.ts';
import { makeHealthRecord } from '../systems/fhir/client.ts';
import type { ClientCertificate } from '../systems/fhir/http-exchange.ts';
import { type LoadedFractureModel, loadFractureModel } from '../systems/fracture-model/client.ts';
import { liveDirs, type ModelDirs } from './model-dirs.ts';
import { systemClock } from './open-data.ts';

export function openModel(config: Config, log: Log, dirs: ModelDirs = liveDirs(config)): Promise<LoadedFractureModel> {
  return loadFractureModel({
    ...dirs,
    executionProviders: config.EXECUTION_PROVIDERS,
    intraOpThreads: config.MODEL_THREADS,
    timeLimitMs: config.MODEL_TIME_LIMIT_MS,
    memoryLimitMb: config.MODEL_MEMORY_LIMIT_MB,
    log,
  });
}

/** How to reach the archive; also what `doctor` checks. Throws GiveUp when DICOMWEB_URL is empty. */
export function archiveSettings(config: Config) {
  if (config.DICOMWEB_URL === '')
    throw new GiveUp('DICOMWEB_URL is not set: the worker has no image archive', { code: 'CONFIG_FAULTY', phase: 'parse' });
  const pem = (name: 'ca' | 'cert' | 'key', path: string) => (path === '' ? {} : { [name]: readFileSync(path, 'utf8') });
  const tls = {
    ...pem('ca', config.DICOMWEB_CA_FILE),
    ...pem('cert', config.DICOMWEB_CLIENT_CERT_FILE),
    ...pem('key', config.DICOMWEB_CLIENT_KEY_FILE),
  };
  return {
    url: config.DICOMWEB_URL,
    auth: archiveAuth(config),
    ...(Object.keys(tls).length > 0 ? { tls } : {}),
    timeouts: { idleMs: config.DICOMWEB_TIMEOUT_MS },
    concurrency: config.DICOMWEB_CONCURRENCY,
    decoderThreads: config.DECODE_THREADS,
    ...(config.DICOMWEB_REQUESTS_PER_SECOND > 0 ? { requestsPerSecond: config.DICOMWEB_REQUESTS_PER_SECOND } : {}),
  };
}

function archiveAuth(config: Config): ArchiveAuth {
  switch (config.DICOMWEB_AUTH) {
    case 'none':
      return { kind: 'none' };
    case 'basic':
      return { kind: 'basic', user: config.DICOMWEB_USERNAME, password: config.DICOMWEB_PASSWORD };
    case 'bearer':
      return { kind: 'bearer', token: () => Promise.resolve(config.DICOMWEB_TOKEN) };
    case 'token-file':
      return { kind: 'bearer', token: tokenFromFile(config.DICOMWEB_TOKEN_PATH) };
    case 'client-credentials':
      return {
        kind: 'bearer',
        token: tokenByClientCredentials({
          tokenUrl: config.DICOMWEB_TOKEN_URL,
          clientId: config.DICOMWEB_CLIENT_ID,
          clientSecret: config.DICOMWEB_CLIENT_SECRET,
          scope: config.DICOMWEB_SCOPE,
        }),
      };
  }
}

export function openArchive(config: Config, log: Log): OpenImageArchive {
  return makeImageArchive({ ...archiveSettings(config), log });
}

/** Our certificate for the health record; undefined: none. Throws GiveUp when one of its two files is missing. */
export function recordCertificate({ FHIR_CLIENT_CERT_FILE: cert, FHIR_CLIENT_KEY_FILE: key }: Config): ClientCertificate | undefined {
  if (cert === '' && key === '') return undefined;
  if (cert === '' || key === '')
    throw new GiveUp('FHIR_CLIENT_CERT_FILE and FHIR_CLIENT_KEY_FILE belong together: one is empty', { code: 'CONFIG_FAULTY', phase: 'parse' });
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
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
  const certificate = recordCertificate(config);
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
    ...(certificate && { certificate }),
    ...(code === '' ? {} : { siteReferralCode: { system, code, display } }),
  });
}
