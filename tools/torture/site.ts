/** The place of the torture: PostgreSQL on a small disk, stand-ins for archive, health record, HL7 receiver and identity provider, and Backstop's roles. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { OAuth2Server } from 'oauth2-mock-server';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#src/systems/postgres/embedded.ts';
import { migrate } from '#src/systems/postgres/migrate.ts';
import { makePool, type Pool } from '#src/systems/postgres/pool.ts';
import { migrateQueue } from '#src/systems/queue/jobs.ts';
import { type RunningArchive, startArchive } from '#test/hospital/archive.ts';
import type { ArchiveFault } from '#test/hospital/archive-faults.ts';
import { type Ehr, startEhr } from '#test/hospital/ehr.ts';
import { type Answer, type Receiver, startHl7Receiver } from '#test/hospital/hl7-receiver.ts';
import { goneWithUs } from '#test/own-temporary-folder.ts';
import { type Disk, makeDisk } from './disk.ts';
import { type KeptRunning, keepRunning } from './kept-running.ts';
import type { TortureOptions } from './options.ts';

/** What the outside answers at the moment; the faults change it. */
export interface Weather {
  archive: (request: { readonly method: string; readonly path: string }) => ArchiveFault | undefined;
  receiver: () => Answer;
}

export interface Site {
  readonly folder: string;
  readonly logFile: string;
  readonly disk: Disk;
  readonly database: EmbeddedPostgres;
  readonly pool: Pool;
  readonly archive: RunningArchive;
  readonly ehr: Ehr;
  readonly receiver: Receiver;
  readonly weather: Weather;
  readonly roles: readonly KeptRunning[];
  readonly hl7Port: number;
  readonly webUrl: string;
  /** Starts PostgreSQL when it is down and waits until it answers. */
  databaseUp(): Promise<void>;
  /** Until every role is ready. */
  rolesUp(): Promise<void>;
  stopRoles(): Promise<void>;
  close(): Promise<void>;
}

export async function openSite(options: TortureOptions): Promise<Site> {
  const closing: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await Promise.resolve(one()).catch(() => undefined);
  };
  try {
    return await build(options, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(options: TortureOptions, closing: (() => unknown)[], close: () => Promise<void>): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'backstop-torture-'));
  goneWithUs(folder);
  closing.push(() => rm(folder, { recursive: true, force: true }));
  // PostgreSQL runs under another account when we are root.
  await chmod(folder, 0o755);
  const disk = makeDisk(folder);
  closing.push(() => disk.remove());
  // Durable: an acknowledged commit must survive the death of PostgreSQL.
  const database = await startEmbeddedPostgres({ dataDir: disk.path, durable: true });
  closing.push(() => database.stop());
  const pool = makePool({ url: database.url, max: 8, applicationName: 'torture', onError: () => undefined });
  closing.push(() => pool.end());
  await pool.query("ALTER SYSTEM SET max_wal_size = '64MB'");
  await pool.query('SELECT pg_reload_conf()');
  await migrate(pool, migrateQueue);
  const weather: Weather = { archive: () => undefined, receiver: () => 'AA' };
  const archive = await startArchive({ folders: [], fault: (request) => weather.archive(request) });
  closing.push(() => archive.close());
  const ehr = await startEhr({ validates: false });
  closing.push(() => ehr.close());
  const receiver = await startHl7Receiver({ answer: () => weather.receiver() });
  closing.push(() => receiver.close());
  const provider = await identityProvider();
  closing.push(() => provider.stop());
  const logFile = join(folder, 'backstop.log');
  const addresses = { database: database.url, archive: archive.url, ehr: ehr.url, receiver: receiver.port, issuer: provider.issuer.url ?? '' };
  const { roles, ports } = startRoles(options, folder, logFile, addresses);
  closing.push(() => Promise.all(roles.map((role) => role.stop())));
  return {
    folder,
    logFile,
    disk,
    database,
    pool,
    archive,
    ehr,
    receiver,
    weather,
    roles,
    close,
    get hl7Port() {
      return ports.listen;
    },
    get webUrl() {
      return `http://127.0.0.1:${ports.web}`;
    },
    databaseUp: () => databaseUp(database, pool),
    rolesUp: async () => {
      await Promise.all(roles.map((role) => role.up()));
    },
    stopRoles: async () => {
      await Promise.all(roles.map((role) => role.stop()));
    },
  };
}

async function identityProvider(): Promise<OAuth2Server> {
  const provider = new OAuth2Server();
  await provider.issuer.keys.generate('RS256');
  await provider.start(0, '127.0.0.1');
  provider.issuer.url = `http://127.0.0.1:${provider.address().port}`;
  provider.service.on('beforeTokenSigning', (token: { payload: Record<string, unknown> }) => {
    Object.assign(token.payload, { sub: 'torture', name: 'Tess Torture', roles: ['fls', 'radiologist', 'auditor', 'ops', 'admin'] });
  });
  return provider;
}

interface Addresses {
  readonly database: string;
  readonly archive: string;
  readonly ehr: string;
  readonly receiver: number;
  readonly issuer: string;
}

function startRoles(options: TortureOptions, folder: string, logFile: string, addresses: Addresses) {
  const ports = { listen: 0, web: 0 };
  const settings = (): Record<string, string> => ({
    DATABASE_URL: addresses.database,
    DICOMWEB_URL: addresses.archive,
    DICOMWEB_TIMEOUT_MS: '3000',
    FHIR_URL: addresses.ehr,
    FHIR_POLL_SECONDS: '5',
    HL7_PORT: String(ports.listen),
    HL7_OUT_HOST: '127.0.0.1',
    HL7_OUT_PORT: String(addresses.receiver),
    HL7_OUT_KINDS: 'REF_I12,ORU_R01',
    WEB_PORT: String(ports.web),
    CDS_SANDBOX: 'true',
    OIDC_ISSUER: addresses.issuer,
    OIDC_MOCK: 'true',
    SESSION_SECRET: 'a secret of the torture run, long enough to be one',
    STORE_RESULTS: 'true',
    IMAGES_GIVE_UP_HOURS: options.lateImages ? '0.05' : '0',
    // Shorter than a site would have them, so that a paused worker really loses its jobs to another one.
    WORK_LOCK_MS: '3000',
    WORK_STALLED_MS: '1000',
    SWEEP_SECONDS: '5',
    MODEL_THREADS: '1',
    DECODE_THREADS: '1',
    LOG_LEVEL: 'info',
  });
  const one = (name: string, role: 'listen' | 'work' | 'web', ready: string): KeptRunning =>
    keepRunning({
      name,
      role,
      ready,
      settings,
      logFile,
      clockFile: join(folder, `clock-${name}`),
      onReady: (line) => {
        if (role !== 'work') ports[role] = Number(line['port']);
      },
    });
  const roles = [one('listen', 'listen', 'listener.ready'), one('web', 'web', 'web.ready')];
  for (let n = 1; n <= options.workers; n += 1) roles.push(one(`work-${n}`, 'work', 'worker.ready'));
  return { roles, ports };
}

/** A killed server's children need a moment to go, and a recovering one says no: asked again until it answers. */
async function databaseUp(database: EmbeddedPostgres, pool: Pool): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const fault = await pool.query('SELECT 1').then(
      () => null,
      (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown'),
    );
    if (fault === null) return;
    if (fault === 'ECONNREFUSED') await database.start().catch(() => undefined);
    await pause(300);
  }
  throw new Error('PostgreSQL did not come back within 90 s');
}
