/**
 * The container's promises, without Docker: the product runs as a user without rights, on a read-only file system where only a small /tmp can be written
 * and nothing in it can be run. Where this machine lets us (root, mount namespaces) the whole file system is really read-only for it.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type TestDatabase, testDatabase } from '../database.ts';
import { sendHl7 } from '../hospital/hl7-sender.ts';
import { oru } from '../systems/hl7/messages.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NOBODY = 65_534;

/** Everything read-only but a tmpfs; then the rights of nobody, none to be had back, and the product. */
const SCRIPT = `
set -e
mount --make-rprivate /
# A clone below /tmp would be hidden by the tmpfs: it is held elsewhere meanwhile.
mount --bind "$1" /mnt
mount -t tmpfs -o size=256m,mode=1777,noexec,nosuid,nodev tmpfs /tmp
mkdir /tmp/app
mount --bind /mnt /tmp/app
umount /mnt
mount -o remount,bind,ro /tmp/app
for place in $(awk '{print $5}' /proc/self/mountinfo); do
  case "$place" in /proc*|/sys*|/dev*|/tmp*) ;; *) mount -o remount,bind,ro "$place" 2>/dev/null || true ;; esac
done
for place in /tmp/app /; do
  if touch "$place/backstop-was-here" 2>/dev/null; then echo "$place can be written" >&2; exit 97; fi
done
cd /tmp/app
shift
exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups --no-new-privs --bounding-set -all "$@"
`;

const canNamespace =
  process.getuid?.() === 0 &&
  spawnSync(
    'unshare',
    ['-m', 'sh', '-c', 'mount --make-rprivate / && mount -t tmpfs tmpfs /tmp && mount -o remount,bind,ro / && command -v setpriv'],
    {
      stdio: 'ignore',
    },
  ).status === 0;

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(async () => {
  await database.close();
});

interface Line {
  readonly event?: string;
  readonly port?: number;
}

function startLocked(settings: Readonly<Record<string, string>>): { readonly child: ChildProcess; readonly lines: Line[]; told(): string } {
  const node = join('node_modules', 'node', 'bin', 'node');
  const env = { PATH: process.env['PATH'], ...settings };
  const child = canNamespace
    ? spawn('unshare', ['-m', 'sh', '-c', SCRIPT, 'sh', ROOT, existsSync(join(ROOT, node)) ? node : process.execPath, 'src/main.ts', 'all'], { env })
    : spawn(process.execPath, ['src/main.ts', 'all'], { cwd: ROOT, env, ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}) });
  const lines: Line[] = [];
  let stderr = '';
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(JSON.parse(text) as Line);
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return { child, lines, told: () => stderr };
}

test('all roles work without rights on a read-only file system', { timeout: 240_000 }, async (t) => {
  t.diagnostic(
    canNamespace
      ? 'in a mount namespace: the whole file system is read-only, /tmp a small noexec tmpfs'
      : 'without mount namespaces: only as another user',
  );
  const { child, lines, told } = startLocked({
    DATABASE_URL: database.url,
    HL7_PORT: '0',
    WEB_PORT: '0',
    // Nobody answers there: the case waits before its images, after the report was read.
    DICOMWEB_URL: 'http://127.0.0.1:9/dicom-web',
    FHIR_URL: 'http://127.0.0.1:9/fhir',
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const until = async (event: string): Promise<Line> => {
    for (;;) {
      const found = lines.find((line) => line.event === event);
      if (found) return found;
      assert.equal(child.exitCode, null, `it ended before ${event}: ${told().slice(-800)}`);
      await pause(100);
    }
  };
  try {
    const [web, listener] = [await until('web.ready'), await until('listener.ready')];
    await until('worker.ready');
    assert.ok(
      lines.some((line) => line.event === 'model.loaded'),
      'the networks are loaded',
    );
    assert.equal((await fetch(`http://127.0.0.1:${web.port}/health/ready`)).status, 200);
    if (canNamespace) assert.equal(effectiveUser(child.pid), NOBODY);
    assert.equal((await sendHl7(listener.port ?? 0, oru(), { timeoutMs: 10_000 })).code, 'AA');
    for (let state = ''; state !== 'read'; ) {
      state = (await database.pool.query<{ state: string }>('SELECT state FROM backstop.cases')).rows[0]?.state ?? '';
      assert.equal(child.exitCode, null, told().slice(-800));
      await pause(100);
    }
  } finally {
    child.kill('SIGTERM');
  }
  assert.equal(await ended, 0, `it stops cleanly: ${told().slice(-800)}`);
});

function effectiveUser(pid: number | undefined): number {
  return Number(/^Uid:\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

interface Service {
  readonly read_only?: boolean;
  readonly user?: string;
  readonly cap_drop?: string[];
  readonly security_opt?: string[];
  readonly tmpfs?: string[];
  readonly privileged?: boolean;
  readonly volumes?: string[];
  readonly environment?: Record<string, string>;
}

test('compose asks for what is tried above, and for a password of the site', () => {
  const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };
  for (const name of ['migrate', 'listen', 'work', 'web']) {
    const service = services[name];
    assert.equal(service?.read_only, true, name);
    assert.equal(service?.user, 'node', name);
    assert.deepEqual(service?.cap_drop, ['ALL'], name);
    assert.ok(service?.security_opt?.includes('no-new-privileges:true'), name);
    assert.match(service?.tmpfs?.[0] ?? '', /^\/tmp:.*noexec/, name);
    assert.equal(service?.volumes, undefined, `${name} keeps nothing outside the database`);
  }
  assert.ok(!/PASSWORD:-/.test(text), 'no default password');
  assert.ok(!/privileged: *true/.test(text));
});

test('the image runs as a user without rights, over files that are not its own', () => {
  const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split('\n');
  const last = lines.findLastIndex((line) => line.startsWith('FROM '));
  const stage = lines.slice(last);
  assert.ok(stage.includes('USER 1000:1000'));
  assert.ok(stage.some((line) => /^COPY .*--chown=root:root/.test(line)));
  assert.ok(!stage.some((line) => /^ADD |curl|wget/.test(line)), 'nothing is fetched into it');
});
