#!/usr/bin/env node
/** The command line: roles (listen, work, web, all) and commands. Reads the configuration, starts, and stops on a signal. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { isReady } from './app/is-ready.ts';
import { observe } from './app/observe.ts';
import { type Data, openData, type Running, standingOf } from './app/open-data.ts';
import { trustAuthorities } from './app/trust-authorities.ts';
import { addAnnotateCommand } from './cli/annotate-command.ts';
import { addAuditCommand } from './cli/audit-command.ts';
import { addBackloadCommand } from './cli/backload-command.ts';
import { addCaseCommands } from './cli/case-commands.ts';
import { addCurateCommand } from './cli/curate-command.ts';
import { addDatabaseCommand } from './cli/database-command.ts';
import { addDoctorCommand } from './cli/doctor-command.ts';
import { addEvaluateCommand } from './cli/evaluate-command.ts';
import { addModelCommand } from './cli/model-command.ts';
import { addPatientCommand } from './cli/patient-command.ts';
import { addReadCommand } from './cli/read-command.ts';
import { addReplayCommand } from './cli/replay-command.ts';
import { addRetentionCommand } from './cli/retention-command.ts';
import { type Config, readConfig } from './config.ts';
import { ConfigFault } from './config-fault.ts';
import { type Log, makeLog } from './lib/log.ts';
import { whyUnsafe } from './systems/postgres/database-tls.ts';
import { startEmbeddedPostgres } from './systems/postgres/embedded.ts';
import { migrate } from './systems/postgres/migrate.ts';
import { runningEmbedded } from './systems/postgres/running-embedded.ts';
import { migrateQueue } from './systems/queue/jobs.ts';

const VERSION = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
type RoleName = 'listen' | 'work' | 'web' | 'shadow';

/** The configured database, or an embedded one that ends with us. Only the roles in one process (`all`) may share an embedded one. */
async function openDatabase(config: Config): Promise<{ readonly url: string; close(): Promise<void> }> {
  refuseUnsafe(config);
  if (config.DATABASE_URL !== '') return { url: config.DATABASE_URL, close: () => Promise.resolve() };
  const embedded = await startEmbeddedPostgres({ dataDir: resolve(config.BACKSTOP_DATA_DIR), durable: true });
  return { url: embedded.url, close: () => embedded.stop() };
}

/** Before anything is sent anywhere. */
function refuseUnsafe(config: Config): void {
  trustAuthorities(config);
  const because = config.DATABASE_ALLOW_PLAIN ? null : whyUnsafe(config.DATABASE_URL);
  if (because !== null) throw new ConfigFault([`DATABASE_URL: ${because}: add sslmode=verify-full, or set DATABASE_ALLOW_PLAIN=true`]);
}

async function migrateWith(data: Data): Promise<void> {
  await migrate(data.pool, migrateQueue);
}

/** Each role loads only what it needs: the listener has no model library, the web process no archive client. */
async function startRole(role: RoleName, config: Config, data: Data, log: Log): Promise<Running> {
  if (role === 'listen') return await (await import('./app/start-listen.ts')).startListen(config, data, log);
  if (role === 'work') return await (await import('./app/start-work.ts')).startWork(config, data, log, VERSION);
  if (role === 'shadow') return await (await import('./app/start-shadow.ts')).startShadow(config, data, log);
  return await (await import('./app/start-web.ts')).startWeb(config, data, log, VERSION);
}

async function runRoles(name: string, roles: readonly RoleName[]): Promise<void> {
  const config = readConfig(process.env);
  if (config.DATABASE_URL === '' && name !== 'all')
    throw new ConfigFault([
      `DATABASE_URL is empty: the role "${name}" needs the database that the other roles use ("all" may run on an embedded one)`,
    ]);
  const observing = await observe(config, name, VERSION);
  const { log } = observing;
  log.info('process.started', { role: name, node: process.version, pid: process.pid });
  const closing: (() => Promise<void>)[] = [() => observing.close()];
  const stop = stopper(name, log, closing);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(signal));
  // Started by the demo or a test: when that process is gone, so are we.
  process.on('disconnect', () => void stop('parent gone'));
  try {
    const database = await openDatabase(config);
    closing.push(() => database.close());
    const data = openData(config, database.url, log, name, observing.traces);
    if (roles.includes('web')) observing.watch(standingOf(data));
    closing.push(() => data.close());
    if (name === 'all') await migrateWith(data);
    for (const role of roles) {
      const running = await startRole(role, config, data, log);
      closing.push(() => running.close());
    }
  } catch (error) {
    await stop('start failed', error);
  }
}

/** Closes in the reverse order of starting, so that the door shuts before the house. A second signal ends at once. */
function stopper(name: string, log: Log, closing: (() => Promise<void>)[]): (because: string, error?: unknown) => Promise<void> {
  let stopping = false;
  return async (because, error) => {
    if (stopping) process.exit(130);
    stopping = true;
    log.info('process.stopping', { role: name, because });
    for (const close of closing.splice(0).reverse()) {
      await close().catch(() => log.error('fault.unexpected', { where: 'stopping', name: 'Error', code: 'STOP_FAILED' }));
    }
    if (error !== undefined) told(error);
    process.exit(error === undefined ? 0 : 1);
  };
}

/** Our own faults are told in their words; of any other only what cannot hold patient data. */
function told(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    const place = 'port' in error ? `port ${String(error.port)}` : 'the port';
    console.error(`backstop: ${place} is used by another program: choose another (HL7_PORT, WEB_PORT; demo: --port, --hl7-port)`);
  } else if (error instanceof Error) console.error(`backstop: ${error.message}`);
  else console.error('backstop: an unexpected fault');
}

const program = new Command('backstop')
  .description('Stands behind the radiology report: finds missed vertebral fractures and sees the referral through.')
  .version(VERSION)
  .showHelpAfterError();

const ROLES: readonly (readonly [name: string, roles: readonly RoleName[], what: string])[] = [
  ['all', ['work', 'web', 'listen'], 'every role in one process (embedded PostgreSQL when DATABASE_URL is empty)'],
  ['listen', ['listen'], 'the HL7 listener: stores reports and acknowledges them'],
  ['work', ['work'], 'the worker: reads, fetches, measures, decides, writes'],
  ['web', ['web'], 'pages and CDS Hooks'],
  ['shadow', ['shadow'], 'a second set of models (MODEL_SHADOW_ settings) on the same studies, for comparing only'],
];
for (const [name, roles, what] of ROLES)
  program
    .command(name)
    .description(what)
    .action(() => runRoles(name, roles));

/** A command beside `all` with its embedded database works on that one. */
async function withRunningDatabase(config: Config): Promise<Config> {
  if (config.DATABASE_URL !== '') return config;
  const folder = resolve(config.BACKSTOP_DATA_DIR);
  const url = await runningEmbedded(folder);
  if (url !== null) return { ...config, DATABASE_URL: url };
  throw new ConfigFault([
    `DATABASE_URL is empty, and no embedded database runs in ${folder} (BACKSTOP_DATA_DIR): name the database of a running Backstop, or start "backstop all" there`,
  ]);
}

/** For a command that works on the configured database and ends. */
async function withData(work: (data: Data, config: Config, log: Log) => Promise<void>): Promise<void> {
  const config = await withRunningDatabase(readConfig(process.env));
  refuseUnsafe(config);
  const log = makeLog({ level: config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL, destination: 2 });
  const data = openData(config, config.DATABASE_URL, log, 'command');
  try {
    await work(data, config, log);
  } finally {
    await data.close();
  }
}

program
  .command('migrate')
  .description('brings the database up to date')
  .action(() =>
    withData(async (data) => {
      await migrateWith(data);
      console.log('the database is up to date');
    }),
  );
addReadCommand(program);
addDoctorCommand(program);
addModelCommand(program, withData);
addEvaluateCommand(program);
addAnnotateCommand(program);
addCaseCommands(program, withData);
addReplayCommand(program, withData);
addAuditCommand(program, withData);
addCurateCommand(program, withData, VERSION);
addBackloadCommand(program, withData);
addRetentionCommand(program, withData);
addPatientCommand(program, withData);
addDatabaseCommand(program, withData);

program
  .command('healthcheck')
  .description('exit 0 when the web process on this machine is ready')
  .action(async () => {
    const config = readConfig(process.env);
    process.exitCode = (await isReady(config)) ? 0 : 1;
  });

// `backstop doctor | head`: a reader that has seen enough is told as SIGPIPE would be (128 + 13), without a stack of our own.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 141 : 1));

program.parseAsync().catch((error: unknown) => {
  told(error);
  process.exitCode = error instanceof ConfigFault ? 2 : 1;
});
