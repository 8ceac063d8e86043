/** `backstop doctor`: checks each system that the configuration names, step by step, and says what is wrong. Reads only, unless --store. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { inTheClear } from '../app/in-the-clear.ts';
import { trustAuthorities } from '../app/trust-authorities.ts';
import { type Config, readConfig } from '../config.ts';
import { ConfigFault } from '../config-fault.ts';
import { makeLog } from '../lib/log.ts';
import { proofState } from '../lib/proof.ts';
import { loadPolicy } from '../load-policy.ts';
import { whyUnsafe } from '../systems/postgres/database-tls.ts';
import type { Pool } from '../systems/postgres/pool.ts';
import { runningEmbedded } from '../systems/postgres/running-embedded.ts';
import { checkDisk, checkMemory, memoryMb } from './doctor-machine.ts';
import type { DoctorCheck, DoctorOptions, DoctorRow } from './doctor-row.ts';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('checks database, HL7 doors, sign-in, archive, health record, models, policy and this machine step by step, and says what is wrong')
    .option('--store', 'also store one test object of an invented patient in the archive (it cannot be removed by DICOMweb)')
    .option('--json', 'one JSON object')
    .action(doctor);
}

async function doctor(options: DoctorOptions): Promise<void> {
  const rows: DoctorRow[] = [];
  const tell = (row: DoctorRow): void => {
    rows.push(row);
    if (!options.json)
      console.log(`${row.ok === null ? '  -  ' : row.ok ? '  ok ' : 'FAIL '} ${row.system.padEnd(14)} ${row.phase.padEnd(14)} ${row.text}`);
  };
  try {
    const config = readConfig(process.env);
    trustAuthorities(config);
    tell({ system: 'configuration', phase: 'parse', ok: true, text: 'every setting is good' });
    for (const text of inTheClear(config)) tell({ system: 'configuration', phase: 'encryption', ok: null, text });
    const kept = (['RETAIN_MESSAGE_DAYS', 'RETAIN_CASE_DAYS', 'RETAIN_AUDIT_DAYS'] as const).filter((name) => config[name] === 0);
    if (kept.length > 0)
      tell({ system: 'configuration', phase: 'retention', ok: null, text: `kept for ever: ${kept.join(', ')} (docs/safety/retention.md)` });
    for (const check of [policy, database, ...doors, archive, record, models, machine]) for (const row of await check(config, options)) tell(row);
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    for (const fault of error.faults) tell({ system: 'configuration', phase: 'parse', ok: false, text: fault });
  }
  if (options.json) console.log(JSON.stringify({ rows }));
  process.exitCode = rows.some((row) => row.ok === false) ? 1 : 0;
}

const policy: DoctorCheck = async (config) => {
  try {
    const { version, signedOff } = loadPolicy(config.POLICY_FILE || undefined);
    const signature =
      signedOff.by === null ? 'not signed off: for research and shadow mode only' : `signed off by ${signedOff.by} on ${signedOff.on}`;
    return [{ system: 'policy', phase: 'parse', ok: true, text: `version ${version}, ${signature}` }];
  } catch (error) {
    return [{ system: 'policy', phase: 'parse', ok: false, text: sentence(error) }];
  }
};

const database: DoctorCheck = async (config) => {
  const url = config.DATABASE_URL || (await runningEmbedded(resolve(config.BACKSTOP_DATA_DIR)));
  if (url === null) return [{ system: 'database', phase: 'connect', ok: null, text: 'DATABASE_URL is empty: "all" starts an embedded PostgreSQL' }];
  const because = config.DATABASE_ALLOW_PLAIN ? null : whyUnsafe(url);
  if (because !== null) return [{ system: 'database', phase: 'encryption', ok: false, text: because }];
  const { makePool } = await import('../systems/postgres/pool.ts');
  const pool = makePool({ url, max: 2, applicationName: 'backstop-doctor', onError: () => undefined });
  try {
    const version = await pool.query<{ server_version: string }>('SHOW server_version');
    const rows: DoctorRow[] = [{ system: 'database', phase: 'connect', ok: true, text: `PostgreSQL ${version.rows[0]?.server_version}` }];
    const tables = await pool.query(
      "SELECT 1 FROM information_schema.tables WHERE (table_schema, table_name) IN (('backstop', 'cases'), ('bullmq', 'job'))",
    );
    rows.push({
      system: 'database',
      phase: 'migrations',
      ok: tables.rowCount === 2,
      text: tables.rowCount === 2 ? 'our tables and the queue are there' : 'run "backstop migrate"',
    });
    const size = await pool.query<{ size: string }>('SELECT pg_size_pretty(pg_database_size(current_database())) AS size');
    rows.push({ system: 'database', phase: 'size', ok: null, text: `${size.rows[0]?.size}; the room on its disk is for its server to watch` });
    if (tables.rowCount === 2) rows.push(await proofRow(pool, config));
    return rows;
  } catch (error) {
    return [
      {
        system: 'database',
        phase: 'connect',
        ok: false,
        text: error instanceof Error && 'code' in error ? `refused: ${String(error.code)}` : 'refused',
      },
    ];
  } finally {
    await pool.end();
  }
};

/** Whether the listener's invented report comes through; a database that nobody listens on yet has none. */
async function proofRow(pool: Pool, config: Config): Promise<DoctorRow> {
  const { lastProofs } = await import('../systems/postgres/proofs.ts');
  const { status, lastPassedAt, tookMs, last } = proofState(await lastProofs(pool), config.PROOF_MINUTES, new Date());
  const text = lastPassedAt === null ? '' : `, the last one came through at ${lastPassedAt} in ${tookMs} ms`;
  const ok = status === 'proved' ? true : status === 'off' || status === 'never' ? null : false;
  return { system: 'proof', phase: 'door to decision', ok, text: `${status}${last?.code ? ` (${last.code})` : ''}${text}` };
}

const archive: DoctorCheck = async (config, options) => {
  if (config.DICOMWEB_URL === '') return [{ system: 'archive', phase: 'resolve', ok: false, text: 'DICOMWEB_URL is empty' }];
  const { checkArchive } = await import('../systems/dicomweb/check-archive.ts');
  const { archiveSettings } = await import('../app/outside.ts');
  const rows = await checkArchive({ ...archiveSettings(config), storeTestObject: options.store ?? false });
  return rows.map((row) => ({ system: 'archive', ...row }));
};

const record: DoctorCheck = async (config) => {
  if (config.FHIR_URL === '') return [{ system: 'health record', phase: 'resolve', ok: false, text: 'FHIR_URL is empty' }];
  if (config.FHIR_PRIVATE_KEY_FILE !== '' && !existsSync(config.FHIR_PRIVATE_KEY_FILE))
    return [{ system: 'health record', phase: 'authenticate', ok: false, text: 'FHIR_PRIVATE_KEY_FILE does not exist' }];
  const rows: DoctorRow[] = [];
  try {
    const { makeExchange } = await import('../systems/fhir/http-exchange.ts');
    const { recordCertificate } = await import('../app/outside.ts');
    const exchange = makeExchange({ timeoutMs: 15_000, connections: 1, certificate: recordCertificate(config) });
    const url = `${config.FHIR_URL.replace(/\/+$/, '')}/metadata`;
    const answer = await exchange({ method: 'GET', url, headers: { accept: 'application/fhir+json' } });
    const body = statement(answer.text);
    const good = answer.status < 300 && body.resourceType === 'CapabilityStatement' && (body.fhirVersion ?? '').startsWith('4.');
    const asksForLogin = answer.status === 401 || answer.status === 403;
    rows.push({
      system: 'health record',
      phase: 'answer',
      // Some records ask for a log-in even here: whether ours is good, the next row tells.
      ok: asksForLogin ? null : good,
      text: good
        ? `FHIR ${body.fhirVersion}`
        : asksForLogin
          ? `GET /metadata asks for a log-in (HTTP ${answer.status})`
          : `GET /metadata: HTTP ${answer.status}, ${body.resourceType ?? 'no CapabilityStatement'} ${body.fhirVersion ?? ''}`,
    });
  } catch (error) {
    return [{ system: 'health record', phase: 'connect', ok: false, text: sentence(error) }];
  }
  try {
    const { openRecord } = await import('../app/outside.ts');
    await openRecord(config, makeLog({ level: 'silent' })).changes(new Date().toISOString());
    rows.push({ system: 'health record', phase: 'authenticate', ok: true, text: 'our referral tasks can be searched' });
  } catch (error) {
    rows.push({ system: 'health record', phase: 'authenticate', ok: false, text: sentence(error) });
  }
  return rows;
};

function statement(text: string): { readonly resourceType?: string; readonly fhirVersion?: string } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}

const door =
  (name: 'hl7In' | 'hl7Out' | 'signIn'): DoctorCheck =>
  async (config, options) =>
    await (await import('./doctor-doors.ts'))[name](config, options);
const doors = [door('hl7In'), door('hl7Out'), door('signIn')];

const models: DoctorCheck = async (config) => await (await import('./doctor-models.ts')).checkModels(config);
const machine: DoctorCheck = async (config) => [checkMemory(config, memoryMb()), await checkDisk(config)];

/** Our own faults in their words; of others the class and code, because a message may hold anything. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return 'an unexpected fault';
  if ('phase' in error || error instanceof RangeError || error.name === 'ZodError') return error.message;
  const origin = error.cause instanceof Error ? error.cause : error;
  const cause = 'code' in origin ? ` (${String(origin.code)})` : '';
  return `${error.name}${cause}`;
}
