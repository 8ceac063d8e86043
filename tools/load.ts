/**
 * `npm run load -- --rate 50 --minutes 10`: reports at a steady rate into the real roles on a durable PostgreSQL, all on this machine; then a flood.
 * Prints acknowledgement times, memory and backlog over time, and a verdict; exit 0 only when every line of it holds.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '#src/systems/postgres/embedded.ts';
import { migrate } from '#src/systems/postgres/migrate.ts';
import { makePool } from '#src/systems/postgres/pool.ts';
import { migrateQueue } from '#src/systems/queue/jobs.ts';
import { type RoleProcess, startRole } from '#test/hospital/role-process.ts';
import { type Flood, flood } from './load/flood.ts';
import { type Judged, judgeLoad, type Percentiles } from './load/judge-load.ts';
import { type Acknowledged, sendSteadily } from './load/steady-senders.ts';
import { type Sample, watch } from './load/watch.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '50' },
    minutes: { type: 'string', default: '10' },
    connections: { type: 'string', default: '8' },
    workers: { type: 'string', default: '1' },
    flood: { type: 'string', default: '400' },
    json: { type: 'boolean', default: false },
  },
});
const [rate, minutes, connections, workers, floodMessages] = (['rate', 'minutes', 'connections', 'workers', 'flood'] as const).map((name) =>
  Number(values[name]),
) as [number, number, number, number, number];

const folder = await mkdtemp(join(tmpdir(), 'backstop-load-'));
const closing: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })];
process.once('SIGINT', () => void close().then(() => process.exit(130)));
try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  await close();
}
process.exit();

async function close(): Promise<void> {
  for (const one of closing.splice(0).reverse()) await Promise.resolve(one()).catch(() => undefined);
}

async function run(): Promise<boolean> {
  // Durable, on the disk of this machine: an ACK stands for a commit that survives the loss of power.
  const database = await startEmbeddedPostgres({ dataDir: null, durable: true });
  closing.push(() => database.stop());
  const pool = makePool({ url: database.url, max: 2, applicationName: 'load', onError: () => undefined });
  closing.push(() => pool.end());
  await migrate(pool, migrateQueue);
  const outside = fork(new URL('load/outside.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  closing.push(() => outside.disconnect());
  const [addresses] = (await once(outside, 'message')) as [{ archive: string; ehr: string }];
  const settings = {
    DATABASE_URL: database.url,
    DICOMWEB_URL: addresses.archive,
    FHIR_URL: addresses.ehr,
    HL7_PORT: '0',
    WEB_PORT: '0',
    IMAGES_GIVE_UP_HOURS: '0',
    CDS_SANDBOX: 'true',
    LOG_LEVEL: 'info',
  };
  const logFile = join(folder, 'load.log');
  const roles: readonly (readonly [string, RoleProcess])[] = [
    ['listen', startRole({ role: 'listen', settings, logFile })],
    ['web', startRole({ role: 'web', settings, logFile })],
    ...Array.from({ length: workers }, (_, n) => [`work-${n + 1}`, startRole({ role: 'work', settings, logFile })] as const),
  ];
  closing.push(() => Promise.all(roles.map(([, role]) => role.stop())));
  await Promise.all(roles.map(([name, role]) => role.until(name === 'listen' ? 'listener.ready' : name === 'web' ? 'web.ready' : 'worker.ready')));
  const port = Number((await roles[0]?.[1].until('listener.ready'))?.['port']);
  const pids = Object.fromEntries(roles.map(([name, role]) => [name, role.pid]));

  console.log(
    `${cpus().length} x ${cpus()[0]?.model ?? '?'}; ${rate} messages/s for ${minutes} min over ${connections} connections, ${workers} worker process(es)`,
  );
  const acknowledged: Acknowledged[] = [];
  const watching = watch(pool, pids, Math.max(1_000, (minutes * 60_000) / 60), (sample) => console.log(line(sample)));
  await sendSteadily({ port, rate, seconds: minutes * 60, connections }, (one) => acknowledged.push(one));
  const samples = [...watching.samples];
  const flooded = floodMessages > 0 ? await flood({ port, messages: floodMessages }) : null;
  watching.stop();
  if (flooded) console.log(floodLine(flooded, watching.samples, samples.length));
  const judged = judgeLoad(acknowledged, samples, flooded);
  tell(judged, acknowledged.length);
  if (values.json) console.log(JSON.stringify({ rate, minutes, workers, judged, flooded, samples }));
  return Object.values(judged.verdict).every(Boolean);
}

function floodLine({ messages, megabytes, heldBack, mostUnanswered, seconds }: Flood, samples: readonly Sample[], from: number): string {
  const listener = samples.slice(from).map((sample) => sample.rssMb['listen'] ?? 0);
  const memory = `listener at most ${Math.max(samples[from - 1]?.rssMb['listen'] ?? 0, ...listener)} MB`;
  const pace = `all answered in ${seconds.toFixed(1)} s (${(messages / seconds).toFixed(0)}/s)`;
  return `flood    ${messages} messages (${megabytes.toFixed(0)} MB) without waiting: held back ${heldBack} times, at most ${mostUnanswered} under way, ${pace}, ${memory}`;
}

function line({ seconds, rssMb, arrived, finished, backlog }: Sample): string {
  const memory = Object.entries(rssMb).map(([name, mb]) => `${name} ${mb} MB`);
  return `${seconds.toFixed(0).padStart(5)} s  arrived ${arrived}  finished ${finished}  backlog ${backlog}  ${memory.join('  ')}`;
}

function tell({ ack, due, memory, pace, verdict }: Judged, count: number): void {
  const words = (p: Percentiles): string => `p50 ${p.p50.toFixed(1)}  p95 ${p.p95.toFixed(1)}  p99 ${p.p99.toFixed(1)}  max ${p.max.toFixed(1)} ms`;
  console.log(`\nACK      ${words(ack)} (${count} messages)\nsince due ${words(due)}`);
  for (const [name, one] of Object.entries(memory))
    console.log(`memory   ${name}: ${one.middleMb} MB in the middle third, ${one.endMb} MB in the last${one.grew ? ' - GROWS' : ''}`);
  console.log(`pace     ${pace.middle.toFixed(1)} cases/s in the middle third, ${pace.end.toFixed(1)} in the last`);
  for (const [name, holds] of Object.entries(verdict)) console.log(`${holds ? 'true ' : 'FALSE'}    ${name}`);
}
