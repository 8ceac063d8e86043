/** Every setting once: name, type, default, sentence, secret or not. All faults are told together and a faulty configuration stops the start. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ConfigFault, rawValue } from './config-fault.ts';
import { channels, count, days, flag, list, optionalUrl, port, type Setting, setting, shippedFolder, text } from './setting-kinds.ts';

const SHIPPED = 'The default lies in the installed product.';

export const SETTINGS = {
  DATABASE_URL: setting(
    text,
    '',
    'PostgreSQL 14 or newer, e.g. postgres://user:password@host/backstop?sslmode=verify-full. Empty: an embedded PostgreSQL below BACKSTOP_DATA_DIR.',
    true,
  ),
  DATABASE_POOL: setting(
    count(8, 200),
    '20',
    'Connections this process may hold. A worker keeps one for each queue, and up to three for what one worker alone does.',
  ),
  DATABASE_ALLOW_PLAIN: setting(
    flag,
    'false',
    'Allow a database on another machine without TLS (a private network of containers). Otherwise its URL must say sslmode=verify-full.',
  ),
  EXTRA_CA_FILE: setting(
    text,
    '',
    "PEM file with further authorities that every outgoing connection trusts: health record, sign-in, database, archive. Beside the system's.",
  ),
  RETAIN_MESSAGE_DAYS: setting(days(30), '0', 'Days until the bytes of HL7 messages are removed (0: kept for ever). Not while their case is open.'),
  RETAIN_CASE_DAYS: setting(
    days(30),
    '0',
    'Days after its last change until a case goes, with reports, results and pictures (0: kept for ever). Not while it is open.',
  ),
  RETAIN_AUDIT_DAYS: setting(days(365), '0', 'Days until rows of the audit trail go (0: kept for ever).'),
  PURGE_HOURS: setting(
    count(0, 8_760),
    '24',
    'How often a worker removes what is due and writes the head of the audit trail into its log (0: never).',
  ),
  BACKSTOP_DATA_DIR: setting(text, '.backstop', 'Folder of the embedded PostgreSQL. Not used with DATABASE_URL.'),
  LOG_LEVEL: setting(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']), 'info', 'Least severe log line that is written.'),
  METRICS_PORT: setting(
    z.union([z.literal(''), port]),
    '',
    'Port for /metrics (Prometheus) and /health/live of this process (0: any free one). Empty: none.',
  ),
  METRICS_HOST: setting(text, '127.0.0.1', 'Address that /metrics binds to. Not for the public network.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(optionalUrl, '', 'OpenTelemetry collector (OTLP over HTTP), e.g. http://collector:4318. Empty: no traces.'),
  HL7_HOST: setting(text, '127.0.0.1', 'Address the MLLP listener binds to.'),
  HL7_PORT: setting(port, '2575', 'Port of the MLLP listener (0: any free one) when HL7_SOURCES is empty.'),
  HL7_SOURCES: setting(text, '', 'YAML file with one profile for each source (docs/hl7.md). Empty: one source called "default" on HL7_PORT.'),
  HL7_MOST_UNFILED: setting(count(100, 10_000_000), '50000', 'Acknowledged messages that may wait to be filed before senders are held back.'),
  HL7_OUT_HOST: setting(text, '', 'Host that takes referrals and results as HL7 v2 messages. Empty: none are sent.'),
  HL7_OUT_PORT: setting(port, '2576', 'Port of that host.'),
  HL7_OUT_KINDS: setting(list, 'REF_I12', 'Which messages are sent: REF_I12 or ORM_O01 for a referral, ORU_R01 for every written case.'),
  HL7_OUT_APPLICATION: setting(text, '', 'MSH-5, the receiving application.'),
  HL7_OUT_FACILITY: setting(text, '', 'MSH-6, the receiving facility.'),
  HL7_OUR_APPLICATION: setting(text, 'BACKSTOP', 'MSH-3 of what we send.'),
  HL7_OUR_FACILITY: setting(text, '', 'MSH-4 of what we send.'),
  HL7_OUT_TLS: setting(flag, 'false', "Send over TLS 1.2 or newer; the receiver's certificate is always checked."),
  HL7_OUT_TLS_CA_FILE: setting(text, '', "PEM file with the authority of the receiver's certificate. Empty: the system's authorities."),
  HL7_OUT_TLS_CERT_FILE: setting(text, '', 'PEM file with our client certificate.'),
  HL7_OUT_TLS_KEY_FILE: setting(text, '', 'PEM file with its private key.'),
  HL7_OUT_SERVICE: setting(text, 'FLS|Fracture liaison service|L', 'OBR-4 of a referral: code|text|coding system.'),
  WEB_HOST: setting(text, '127.0.0.1', 'Address the web server binds to.'),
  WEB_PORT: setting(port, '3000', 'Port of the pages and CDS Hooks (0: any free one).'),
  WEB_TLS_CERT_FILE: setting(
    text,
    '',
    'PEM file with the certificate (and chain) of the web server: it then speaks https itself. Read again when it changes.',
  ),
  WEB_TLS_KEY_FILE: setting(text, '', 'PEM file with its private key.'),
  PUBLIC_URL: setting(optionalUrl, '', 'Address under which browsers and the EHR reach the web server. Empty: http://WEB_HOST:WEB_PORT.'),
  TRUST_PROXY: setting(
    count(0, 5),
    '0',
    'How many proxies stand before the web server and add X-Forwarded-For (0: none; then that header is not believed). For limits by address.',
  ),
  RATE_SIGN_IN_PER_MINUTE: setting(count(0, 100_000), '120', 'Most sign-ins, launches and callbacks a minute from one address (0: no limit).'),
  RATE_FORMS_PER_MINUTE: setting(count(0, 100_000), '600', 'Most forms a minute from one address (0: no limit).'),
  RATE_CDS_PER_MINUTE: setting(count(0, 1_000_000), '6000', 'Most CDS Hooks calls a minute from one address, usually one EHR (0: no limit).'),
  DICOMWEB_URL: setting(optionalUrl, '', 'DICOMweb root of the image archive, e.g. https://pacs.example/dicom-web.'),
  DICOMWEB_AUTH: setting(z.enum(['none', 'basic', 'bearer', 'token-file', 'client-credentials']), 'none', 'How to authenticate at the archive.'),
  DICOMWEB_USERNAME: setting(text, '', 'User name for basic authentication.'),
  DICOMWEB_PASSWORD: setting(text, '', 'Password for basic authentication.', true),
  DICOMWEB_TOKEN: setting(text, '', 'Token for bearer authentication.', true),
  DICOMWEB_TOKEN_PATH: setting(text, '', 'File that another program keeps filled with a fresh token (token-file).'),
  DICOMWEB_TOKEN_URL: setting(optionalUrl, '', 'Token endpoint (client-credentials).'),
  DICOMWEB_CLIENT_ID: setting(text, '', 'Client id (client-credentials).'),
  DICOMWEB_CLIENT_SECRET: setting(text, '', 'Client secret (client-credentials).', true),
  DICOMWEB_SCOPE: setting(text, '', 'Scope asked for (client-credentials).'),
  DICOMWEB_CA_FILE: setting(text, '', "PEM file with the authority of the archive's certificate. Empty: the system's authorities."),
  DICOMWEB_CLIENT_CERT_FILE: setting(text, '', 'PEM file with our certificate for mutual TLS.'),
  DICOMWEB_CLIENT_KEY_FILE: setting(text, '', 'PEM file with its private key.'),
  DICOMWEB_REQUESTS_PER_SECOND: setting(z.coerce.number().min(0).max(10_000), '0', 'Most requests a second to the archive (0: no limit).'),
  DICOMWEB_TIMEOUT_MS: setting(count(100, 3_600_000), '60000', 'Longest silence of the archive before a call is given up.'),
  DICOMWEB_CONCURRENCY: setting(count(1, 64), '4', 'Calls to the archive at the same time.'),
  DECODE_THREADS: setting(count(1, 64), '2', 'Worker threads that decode pixels.'),
  IMAGES_GIVE_UP_HOURS: setting(
    z.coerce.number().min(0).max(720),
    '48',
    'How long to look for images that are not in the archive yet before "cannot say".',
  ),
  STORE_RESULTS: setting(flag, 'false', 'Store the key image (Secondary Capture) and the measurements (SR) in the archive by STOW-RS.'),
  FHIR_URL: setting(optionalUrl, '', 'FHIR R4 base of the health record.'),
  FHIR_PUBLIC_URL: setting(
    optionalUrl,
    '',
    "The health record's base as the EHR names it when it launches the pages or calls a hook, when that is not FHIR_URL. A launch or a hook from any other base sees no patient.",
  ),
  FHIR_TOKEN_URL: setting(optionalUrl, '', 'SMART Backend Services token endpoint. Empty: no authentication.'),
  FHIR_CLIENT_ID: setting(text, '', 'Client id for SMART Backend Services.'),
  FHIR_PRIVATE_KEY_FILE: setting(text, '', 'File with the private key (JWK) for private_key_jwt.'),
  FHIR_CLIENT_CERT_FILE: setting(text, '', 'PEM file with our certificate for mutual TLS with the health record and its token endpoint.'),
  FHIR_CLIENT_KEY_FILE: setting(text, '', 'PEM file with its private key.'),
  FHIR_SCOPE: setting(text, 'system/*.read system/*.write', 'Scope asked for at the token endpoint.'),
  FHIR_IDENTIFIER_SYSTEMS: setting(
    list,
    '',
    'Which FHIR identifier system stands for which HL7 assigning authority: HOSP=https://hospital.example/mrn.',
  ),
  FHIR_REFERRAL_CODE: setting(text, '', "The site's own code for a referral to its fracture liaison service: system|code|display."),
  FHIR_POLL_SECONDS: setting(count(0, 86_400), '60', 'How often to look what people did in the health record with our referrals (0: never).'),
  FHIR_SUBSCRIBE: setting(
    flag,
    'false',
    'Ask the health record to call POST /fhir-changed when one of our referrals changes (Subscription); polling goes on beside it.',
  ),
  FHIR_SUBSCRIBE_SECRET: setting(text, '', 'Bearer token that the health record sends with each notification; at least 32 characters.', true),
  FHIR_SUBSCRIBE_URL: setting(optionalUrl, '', 'Address that the health record calls. Empty: PUBLIC_URL/fhir-changed.'),
  FHIR_SUBSCRIBE_TOPIC: setting(
    text,
    '',
    'Canonical of the topic for the R5 backport. Empty: the first one about Tasks that the record names; none: R4 criteria.',
  ),
  REFERRAL_CHANNELS: setting(
    channels,
    'fhir,hl7,cds,worklist',
    'How what is found reaches people: fhir (the health record), hl7 (needs HL7_OUT_HOST), document (a one-page letter in the health record), cds (cards), worklist (always on).',
  ),
  FHIR_DECLARE_PROFILES: setting(flag, 'true', 'Name our profiles in meta.profile; off for a record that refuses profiles which it does not know.'),
  MODEL_LOCALIZER_DIR: shippedFolder('models/spine-localizer', `Folder with the manifest of the localizer (contract localizer3d@1). ${SHIPPED}`),
  MODEL_DETECTOR_DIR: shippedFolder('models/vertebra-detector', `Folder with the manifest of the detector (contract detector2d@1). ${SHIPPED}`),
  MODEL_LANDMARKS_DIR: shippedFolder(
    'models/vertebra-landmarks',
    `Folder with the manifest of the landmark network (contract landmarks2d@1). ${SHIPPED}`,
  ),
  MODEL_DIR: setting(
    text,
    '',
    'Folder of one model that replaces the three networks: segmentation3d@1, or studyClassifier@1 (no levels: for review only). Empty: the three.',
  ),
  MODEL_SHADOW_LOCALIZER_DIR: setting(text, '', 'Shadow models: folder of a second localizer. Empty: as the live one.'),
  MODEL_SHADOW_DETECTOR_DIR: setting(text, '', 'Shadow models: folder of a second detector. Empty: as the live one.'),
  MODEL_SHADOW_LANDMARKS_DIR: setting(text, '', 'Shadow models: folder of a second landmark network. Empty: as the live one.'),
  MODEL_SHADOW_DIR: setting(text, '', 'Shadow models: folder of one model that replaces the three networks. All four empty: no shadow models.'),
  MODEL_SHADOW_DAYS: setting(count(1, 3_650), '7', 'Shadow models: how far back measured cases are taken.'),
  EXECUTION_PROVIDERS: setting(
    list,
    'cpu',
    'ONNX Runtime execution providers in order of preference: cpu, cuda. The log says which one is really used.',
  ),
  MODEL_THREADS: setting(count(1, 64), '2', 'Threads of one inference session; from 2 on the worker also samples voxels in two threads.'),
  MODEL_TIME_LIMIT_MS: setting(count(1_000, 3_600_000), '300000', 'Longest time the model may take for one study.'),
  MODEL_MEMORY_LIMIT_MB: setting(count(128, 65_536), '4096', 'Most memory the model process may hold before it is stopped.'),
  PROOF_MINUTES: setting(
    count(0, 1440),
    '5',
    'How often the listener sends itself the report of an invented patient, to prove the way from the door to a decision (0: never). /health/proof tells.',
  ),
  HEALTH_SECRET: setting(
    text,
    '',
    'A monitor on another machine sends it to /health/proof as "Authorization: Bearer ...". Empty: that address answers this machine only.',
    true,
  ),
  WORK_TEXT: setting(count(0, 64), '2', 'Text jobs at the same time in one worker process (0: none here).'),
  WORK_IMAGES: setting(count(0, 64), '2', 'Archive jobs at the same time in one worker process.'),
  WORK_MODEL: setting(count(0, 16), '1', 'Model jobs at the same time in one worker process.'),
  WORK_RECORD: setting(count(0, 64), '2', 'Health record jobs at the same time in one worker process.'),
  WORK_LOCK_MS: setting(count(500, 600_000), '30000', 'A job whose worker has been silent this long is given to another worker.'),
  WORK_STALLED_MS: setting(count(100, 600_000), '5000', 'How often to look for such jobs.'),
  SWEEP_SECONDS: setting(count(1, 86_400), '60', 'How often to look for cases that stand before a step without a job.'),
  SITE: setting(z.string().min(1), 'backstop', 'Name of this installation: part of every card and resource key, so that two sites never share one.'),
  SHADOW: setting(flag, 'false', 'Shadow mode: every case goes its whole way, and nothing is written into the health record.'),
  POLICY_FILE: setting(text, '', 'Clinical policy (thresholds, signed-off line). Empty: the default policy of this version.'),
  OIDC_ISSUER: setting(optionalUrl, '', 'OpenID Connect issuer that signs in the users of the pages. Empty: pages open only from an EHR launch.'),
  OIDC_CLIENT_ID: setting(text, 'backstop', 'Client id at the OpenID Connect issuer.'),
  OIDC_CLIENT_SECRET: setting(text, '', 'Client secret at the OpenID Connect issuer. Empty: a public client with PKCE.', true),
  OIDC_ROLE_CLAIM: setting(
    text,
    'roles',
    'Claim with the roles (fls, radiologist, auditor, ops, admin), dotted for nested ones: realm_access.roles.',
  ),
  OIDC_MOCK: setting(flag, 'false', 'The issuer is a mock (demo): every page says so. Allows http on loopback.'),
  OIDC_ALLOW_HTTP: setting(flag, 'false', 'The issuer may be asked over http: only where nothing but this machine carries it (tests).'),
  SMART_ISSUERS: setting(list, '', 'FHIR bases whose EHR may launch the pages (SMART App Launch), each as base=client-id.'),
  SESSION_SECRET: setting(
    z.union([z.literal(''), text.min(32)], 'at least 32 characters'),
    '',
    'Signs session cookies; at least 32 characters. Empty: made anew at each start, so that everybody signs in again.',
    true,
  ),
  SESSION_IDLE_MINUTES: setting(count(1, 1440), '30', 'Minutes without a click until a session ends.'),
  EMBED_ORIGINS: setting(list, '', 'Origins of EHRs that may show the pages in a frame (https only).'),
  VIEWER_URL: setting(
    text,
    '',
    "Link to the full study in the site's viewer; {studyInstanceUid} is filled in. OHIF: https://viewer.example/viewer?StudyInstanceUIDs={studyInstanceUid}",
  ),
  CDS_TRUST_FILE: setting(text, '', 'YAML file with the trusted CDS clients (docs/cds-hooks.md). Empty: no client is trusted.'),
  CDS_SANDBOX: setting(flag, 'false', 'Answer CDS clients that send no token (demo and public sandboxes only). Never with real patients.'),
  CDS_ALLOWED_ORIGINS: setting(list, '', 'Origins that may call the CDS services from a browser.'),
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

export type SettingName = keyof typeof SETTINGS;
export type Config = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['schema']> };

/** Reads and checks every setting. Throws a ConfigFault that names all faults; a secret's value is never part of it. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const raw =
      rawValue(name, environment, faults) ??
      (definition.shipped ? fileURLToPath(new URL(`../${definition.default}`, import.meta.url)) : definition.default);
    const parsed = definition.schema.safeParse(raw);
    if (parsed.success) values[name] = parsed.data;
    else
      faults.push(`${name}${definition.secret ? '' : ` is "${raw.slice(0, 60)}"`}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`);
  }
  const prefixes = /^(HL7|DICOMWEB|FHIR|CDS|OIDC|SMART)_/;
  for (const name of Object.keys(environment)) {
    if (prefixes.test(name) && !(name.replace(/_FILE$/, '') in SETTINGS) && !(name in SETTINGS))
      faults.push(`${name} is not a setting of Backstop (misspelt?)`);
  }
  if (faults.length > 0) throw new ConfigFault(faults);
  return values as Config;
}
