/**
 * A whole hospital on loopback: PostgreSQL, a stand-in archive, a stand-in EHR, and Backstop's three roles as processes of their own.
 * Used by the demo and by the whole-story tests.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OAuth2Server } from 'oauth2-mock-server';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#src/systems/postgres/embedded.ts';
import { migrate } from '#src/systems/postgres/migrate.ts';
import { makePool, type Pool } from '#src/systems/postgres/pool.ts';
import { rolesSql } from '#src/systems/postgres/roles.ts';
import { migrateQueue } from '#src/systems/queue/jobs.ts';
import { goneWithUs } from '#test/own-temporary-folder.ts';
import { startArchive } from './archive.ts';
import { startEhr } from './ehr.ts';
import { type LogLine, type RoleProcess, startRole } from './role-process.ts';

type Archive = Awaited<ReturnType<typeof startArchive>>;
type Ehr = Awaited<ReturnType<typeof startEhr>>;
export type Role = 'listen' | 'work' | 'web';

export interface HospitalOptions {
  /** Folders of DICOM files that the archive serves. */
  readonly studyFolders: readonly string[];
  /** FHIR resources that the EHR starts with. */
  readonly seed: NonNullable<NonNullable<Parameters<typeof startEhr>[0]>['seed']>;
  readonly roles?: readonly Role[];
  readonly settings?: Readonly<Record<string, string>>;
  readonly hl7Port?: number;
  readonly webPort?: number;
  readonly onLine?: (role: Role, line: LogLine) => void;
  /** Told when each part is up, with its address. */
  readonly onReady?: (part: string, address: string) => void;
}

export interface Hospital {
  readonly folder: string;
  readonly logFile: string;
  /** The owner's. The processes have users of their own. */
  readonly databaseUrl: string;
  readonly pool: Pool;
  readonly archive: Archive;
  readonly ehr: Ehr;
  readonly provider: OAuth2Server;
  readonly hl7Port: number;
  readonly webUrl: string;
  /** Who signs in next; at first one invented person with every role. */
  become(name: string, roles: readonly string[]): void;
  process(role: Role): RoleProcess | undefined;
  /** Starts a role (again). */
  start(role: Role): Promise<void>;
  close(): Promise<void>;
}

export async function startHospital(options: HospitalOptions): Promise<Hospital> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one().catch(() => undefined);
  };
  try {
    return await build(options, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** Each process has a user of its own with the rights that it needs, as at a site (docs/safety/database-roles.md). */
async function usersOfRoles(pool: Pool, ownerUrl: string): Promise<Readonly<Record<Role, string>>> {
  await pool.query(rolesSql('backstop'));
  const urls = { listen: '', work: '', web: '' };
  for (const role of ['listen', 'work', 'web'] as const) {
    const password = randomBytes(12).toString('hex');
    await pool.query(`CREATE USER ${role}_1 PASSWORD '${password}' IN ROLE backstop_${role}`);
    const url = new URL(ownerUrl);
    url.username = `${role}_1`;
    url.password = password;
    urls[role] = url.href;
  }
  return urls;
}

async function build(options: HospitalOptions, closing: (() => Promise<unknown>)[], close: () => Promise<void>): Promise<Hospital> {
  const folder = await mkdtemp(join(tmpdir(), 'backstop-hospital-'));
  // However this process ends (a second Ctrl-C, a SIGKILL), the folder goes.
  goneWithUs(folder);
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const database: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir: null, durable: false });
  closing.push(() => database.stop());
  options.onReady?.('PostgreSQL', new URL(database.url).host);
  const pool = makePool({ url: database.url, max: 6, applicationName: 'hospital', onError: () => undefined });
  closing.push(() => pool.end());
  await migrate(pool, migrateQueue);
  const urls = await usersOfRoles(pool, database.url);
  const archive = await startArchive({ folders: [...options.studyFolders] });
  closing.push(() => archive.close());
  options.onReady?.('image archive (DICOMweb)', archive.url);
  const ehr = await startEhr({ seed: options.seed });
  closing.push(() => ehr.close());
  options.onReady?.('health record (FHIR R4)', ehr.url);

  const provider = new OAuth2Server();
  await provider.issuer.keys.generate('RS256');
  await provider.start(0, '127.0.0.1');
  provider.issuer.url = `http://127.0.0.1:${provider.address().port}`;
  closing.push(() => provider.stop());
  let person = { sub: 'demo-user', name: 'Demo User', roles: ['fls', 'radiologist', 'auditor', 'ops', 'admin'] as readonly string[] };
  provider.service.on('beforeTokenSigning', (token: { payload: Record<string, unknown> }) => {
    Object.assign(token.payload, person);
  });
  options.onReady?.('identity provider (mock)', provider.issuer.url);

  const logFile = join(folder, 'backstop.log');
  const ports = { hl7: options.hl7Port ?? 0, web: options.webPort ?? 0 };
  const settings = (role: Role): Record<string, string> => ({
    DATABASE_URL: urls[role],
    DICOMWEB_URL: archive.url,
    FHIR_URL: ehr.url,
    HL7_PORT: String(ports.hl7),
    WEB_PORT: String(ports.web),
    CDS_SANDBOX: 'true',
    OIDC_ISSUER: provider.issuer.url ?? '',
    OIDC_MOCK: 'true',
    LOG_LEVEL: 'info',
    ...options.settings,
  });
  const processes = new Map<Role, RoleProcess>();
  const start = async (role: Role): Promise<void> => {
    const one = startRole({ role, settings: settings(role), logFile, onLine: (line) => options.onLine?.(role, line) });
    processes.set(role, one);
    if (role === 'listen') {
      const line = await one.until('listener.ready');
      ports.hl7 = Number(line['port']);
    } else if (role === 'web') {
      ports.web = Number((await one.until('web.ready'))['port']);
    } else {
      await one.until('worker.ready');
    }
  };
  closing.push(() => Promise.all([...processes.values()].map((one) => one.stop())));
  await Promise.all((options.roles ?? ['listen', 'work', 'web']).map(start));
  return {
    folder,
    logFile,
    databaseUrl: database.url,
    pool,
    archive,
    ehr,
    provider,
    become: (name, roles) => {
      person = { sub: name.toLowerCase().replaceAll(' ', '-'), name, roles };
    },
    get hl7Port() {
      return ports.hl7;
    },
    get webUrl() {
      return `http://127.0.0.1:${ports.web}`;
    },
    process: (role) => processes.get(role),
    start,
    close,
  };
}
