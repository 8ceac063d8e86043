/** Brings the planned faults over the site and takes them away again; writes down what happened when. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ArchiveFault } from '#test/hospital/archive-faults.ts';
import { FAULT_KINDS, type FaultKind } from '#test/hospital/ehr-faults.ts';
import { makeChance } from './chance.ts';
import type { FaultName, PlannedFault } from './fault-plan.ts';
import type { KeptRunning } from './kept-running.ts';
import type { Site } from './site.ts';

export interface FaultLine {
  readonly atMs: number;
  readonly name: FaultName;
  readonly lastsMs: number;
  readonly target: string;
  /** False: it could not be brought about at that moment (e.g. the database was down already). */
  readonly happened: boolean;
}

/** Runs the plan; ends when its last fault is healed. The state of the weather may overlap: the newest one counts. */
export async function bringFaults(site: Site, plan: readonly PlannedFault[], told: (line: FaultLine) => void): Promise<void> {
  const started = performance.now();
  const running: Promise<void>[] = [];
  for (const fault of plan) {
    await pause(Math.max(0, fault.atMs - (performance.now() - started)));
    running.push(
      bring(site, fault).then(
        (target) => told({ ...fault, target, happened: true }),
        () => told({ ...fault, target: '', happened: false }),
      ),
    );
  }
  await Promise.all(running);
}

/** After the run: everything as it should be, whatever a fault left behind. */
export async function heal(site: Site): Promise<void> {
  site.weather.archive = () => undefined;
  site.weather.receiver = () => 'AA';
  site.ehr.faults.clear();
  site.ehr.habits = { ...site.ehr.habits, slowMs: 0 };
  for (const role of site.roles) {
    role.resume();
    role.setClock(0);
  }
  await site.disk.free(site.pool).catch(() => undefined);
  await site.databaseUp();
  await site.disk.free(site.pool);
  await site.rolesUp();
}

async function bring(site: Site, fault: PlannedFault): Promise<string> {
  const { name } = fault;
  if (name.startsWith('kill-') || name === 'cut-connections') return await kill(site, fault);
  if (name.startsWith('pause-')) return await freeze(site, fault);
  if (name.startsWith('archive-')) return await archiveWeather(site, fault);
  if (name.startsWith('ehr-')) return await ehrWeather(site, fault);
  if (name.startsWith('receiver-')) return await receiverWeather(site, fault);
  if (name === 'disk-full') return await fullDisk(site, fault);
  return await clockJump(site, fault);
}

function workerOf(site: Site, draw: number): KeptRunning {
  const workers = site.roles.filter((role) => role.role === 'work');
  return workers[Math.floor(draw * workers.length)] as KeptRunning;
}

function roleOf(site: Site, fault: PlannedFault): KeptRunning {
  if (fault.name.endsWith('-worker')) return workerOf(site, fault.draw);
  const role = fault.name.endsWith('-web') ? 'web' : 'listen';
  return site.roles.find((one) => one.role === role) as KeptRunning;
}

async function kill(site: Site, fault: PlannedFault): Promise<string> {
  if (fault.name === 'kill-postgres') {
    site.database.kill();
    await pause(fault.lastsMs);
    await site.databaseUp();
    return 'postmaster';
  }
  const others = "FROM pg_stat_activity WHERE application_name LIKE 'backstop-%' AND pid <> pg_backend_pid()";
  if (fault.name === 'cut-connections') {
    const cut = await site.pool.query(`SELECT pg_terminate_backend(pid) ${others}`);
    return `${cut.rowCount} connections`;
  }
  if (fault.name === 'kill-backend') {
    const found = await site.pool.query<{ pid: number }>(`SELECT pid ${others}`);
    const pid = found.rows[Math.floor(fault.draw * found.rows.length)]?.pid;
    if (pid === undefined) throw new Error('no backend to kill');
    // PostgreSQL then ends all its backends and recovers, as after a crash.
    process.kill(pid, 'SIGKILL');
    await site.databaseUp();
    return 'a backend';
  }
  const role = roleOf(site, fault);
  role.kill();
  return role.name;
}

async function freeze(site: Site, fault: PlannedFault): Promise<string> {
  const role = roleOf(site, fault);
  role.pause();
  await pause(fault.lastsMs);
  role.resume();
  return role.name;
}

const CUT_MULTIPART: ArchiveFault = {
  kind: 'raw',
  headers: { 'content-type': 'multipart/related; type="application/dicom"; boundary=cut' },
  chunks: [Buffer.from('--cut\r\nContent-Type: application/dicom\r\n\r\nDICM and no more')],
  after: 'hang-up',
};

async function archiveWeather(site: Site, fault: PlannedFault): Promise<string> {
  const chance = makeChance(Math.floor(fault.draw * 2 ** 31));
  const share = 0.3 + 0.7 * fault.draw;
  const answers: Readonly<Record<string, ArchiveFault>> = {
    'archive-503': { kind: 'status', status: 503 },
    'archive-hangs-up': { kind: 'hang-up' },
    'archive-slow': { kind: 'delay', ms: 400 },
    'archive-silent': { kind: 'silence' },
    'archive-login-page': { kind: 'login-page' },
    'archive-truncated': CUT_MULTIPART,
    'archive-stores-without-answer': fault.draw < 0.5 ? { kind: 'done-but', status: 503 } : { kind: 'done-but', status: null },
  };
  const answer = answers[fault.name];
  site.weather.archive = ({ method }) => {
    if (fault.name === 'archive-stores-without-answer' && method !== 'POST') return undefined;
    return chance.isHit(share) ? answer : undefined;
  };
  await pause(fault.lastsMs);
  site.weather.archive = () => undefined;
  return `${Math.round(share * 100)} % of the requests`;
}

/** A time-out holds one of our few places for 15 s, so there are few of them. */
const SHARES: Readonly<Partial<Record<FaultKind, number>>> = { timeout: 0.004, 'timeout-after-commit': 0.004, 401: 0.01, 412: 0.01 };

async function ehrWeather(site: Site, fault: PlannedFault): Promise<string> {
  const chance = makeChance(Math.floor(fault.draw * 2 ** 31));
  const always = { times: Number.MAX_SAFE_INTEGER };
  if (fault.name === 'ehr-slow') site.ehr.habits = { ...site.ehr.habits, slowMs: 250 };
  else if (fault.name === 'ehr-weather')
    for (const kind of FAULT_KINDS) site.ehr.faults.add(kind, { ...always, match: () => chance.isHit(SHARES[kind] ?? 0.03) });
  else {
    const kind: FaultKind = fault.name === 'ehr-503-after-commit' ? '503-after-commit' : 'reset-after-commit';
    site.ehr.faults.add(kind, { ...always, match: (method) => method !== 'GET' && chance.isHit(0.5) });
  }
  await pause(fault.lastsMs);
  site.ehr.faults.clear();
  site.ehr.habits = { ...site.ehr.habits, slowMs: 0 };
  return 'health record';
}

async function receiverWeather(site: Site, fault: PlannedFault): Promise<string> {
  site.weather.receiver = () => (fault.name === 'receiver-hangs-up' ? 'hang-up' : 'AE');
  await pause(fault.lastsMs);
  site.weather.receiver = () => 'AA';
  return 'HL7 receiver';
}

async function fullDisk(site: Site, fault: PlannedFault): Promise<string> {
  await site.disk.fill(site.pool);
  await pause(fault.lastsMs);
  await site.disk.free(site.pool);
  await site.databaseUp();
  await site.disk.free(site.pool);
  return site.disk.how;
}

/** Up to two minutes to either side, and back again at the end. */
async function clockJump(site: Site, fault: PlannedFault): Promise<string> {
  const role = site.roles[Math.floor(fault.draw * site.roles.length)] as KeptRunning;
  const seconds = Math.round((((fault.draw * 7919) % 1) - 0.5) * 240);
  role.setClock(seconds);
  await pause(fault.lastsMs);
  role.setClock(0);
  return `${role.name} ${seconds > 0 ? '+' : ''}${seconds} s`;
}
