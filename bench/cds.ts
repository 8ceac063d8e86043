/**
 * The CDS hook against a bare Express route that returns the same bytes, side by side in one run: requests a second (ratio) and p95.
 * The hook reads its rows from a real PostgreSQL: 300 patients with three decided cases each, of realistic size.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import express, { type Express } from 'express';
import type { CaseFacts } from '#src/case/case.ts';
import { LEVELS } from '#src/case/vertebra.ts';
import { makeLog } from '#src/lib/log.ts';
import { showCard } from '#src/steps/show-card.ts';
import { makeCdsRouter } from '#src/systems/cds-hooks/routes.ts';
import { trustProfile } from '#src/systems/cds-hooks/trust-profile.ts';
import { makeCardIndex } from '#src/systems/postgres/card-index.ts';
import { makeCardRows } from '#src/systems/postgres/card-rows.ts';
import { makeJtiStore } from '#src/systems/postgres/jti-store.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { makeCase } from '#test/fakes/make-case.ts';
import { CASE_A, decision, measured, reading, vertebra } from '#test/systems/cds-hooks/cases.ts';
import type { Load, LoadResult } from './cds-load.ts';

const PATIENTS = 300;
const CASES_EACH = 3;
const PATH = '/cds-services/vertebral-fracture-patient-view';

export interface CdsBench {
  readonly hook: LoadResult;
  readonly bare: LoadResult;
  /** Requests a second of the hook over those of the bare route, both saturated: medians of the rounds. */
  readonly ratio: number;
  /** Milliseconds a hook call takes while two charts are opened at a time. */
  readonly p95Ms: number;
  readonly rounds: number;
}

/** `roundMs` of load over `connections` on each side in turn, `rounds` times, after one round that is not counted. */
export async function benchCds(settings: { roundMs?: number; rounds?: number; connections?: number } = {}): Promise<CdsBench> {
  const { roundMs = 2000, rounds = 5, connections = 32 } = settings;
  const database = await testDatabase();
  const load = new Worker(new URL('./cds-load.ts', import.meta.url));
  const bodies = Array.from({ length: PATIENTS }, (_, n) => hookBody(n));
  const run = async (url: string, width = connections): Promise<LoadResult> => {
    load.postMessage({ urls: [url], bodies, connections: width, ms: roundMs } satisfies Load);
    const [result] = (await once(load, 'message')) as [LoadResult];
    return result;
  };
  await fill(database);
  const hookServer = await listen(hookApp(database));
  const answer = await fetch(hookServer.url + PATH, { method: 'POST', headers: { 'content-type': 'application/json' }, body: bodies[0] ?? '' });
  const bytes = await answer.text();
  if (answer.status !== 200 || !bytes.includes('"summary"')) throw new Error(`the hook shows no card: ${answer.status} ${bytes.slice(0, 200)}`);
  const bareServer = await listen(bareApp(bytes));
  const hook: LoadResult[] = [];
  const bare: LoadResult[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const pair = [await run(hookServer.url + PATH), await run(bareServer.url + PATH)] as const;
    if (round > 0) {
      hook.push(pair[0]);
      bare.push(pair[1]);
    }
  }
  const calm = await run(hookServer.url + PATH, 2);
  await Promise.all([hookServer.close(), bareServer.close(), load.terminate()]);
  await database.close();
  const rate = (results: readonly LoadResult[]): number => median(results.map(({ count, seconds }) => count / seconds));
  return { hook: middle(hook), bare: middle(bare), ratio: rate(hook) / rate(bare), p95Ms: calm.p95Ms, rounds };
}

function hookApp(database: TestDatabase): Express {
  const store = { cardRows: makeCardRows(database.pool) };
  const clock = { now: () => new Date('2026-05-10T08:00:00Z') };
  const router = makeCdsRouter({
    showCard: (question) => showCard({ store, clock, policy: { alertsFromModelAlone: false } }, question),
    recordAnswer: async () => 'unknown-card',
    place: {
      publicUrl: 'https://bench.test',
      site: 'bench',
      casePage: (id) => `https://bench.test/cases/${id}`,
      picture: null,
      launchUrl: null,
      allowHttp: true,
    },
    recordBases: [],
    version: '0.0.0',
    profiles: [],
    unsigned: trustProfile({ name: 'bench', kind: 'custom', issuer: 'urn:bench', keys: { jwks: { keys: [] } } }, true),
    demo: true,
    origins: [],
    cards: makeCardIndex(database.pool),
    jtiStore: makeJtiStore(database.pool),
    clock,
    log: makeLog({ level: 'silent' }),
  });
  return express().disable('x-powered-by').use(router);
}

/** What any service would have to do: read the JSON body, send the bytes. */
function bareApp(bytes: string): Express {
  return express()
    .disable('x-powered-by')
    .post(PATH, express.json(), (_request, response) => void response.type('json').send(bytes));
}

async function fill(database: TestDatabase): Promise<void> {
  const facts = JSON.stringify(largeFacts());
  for (let n = 0; n < PATIENTS * CASES_EACH; n += 1) {
    await database.pool.query(
      `INSERT INTO backstop.cases (id, case_key, source, patient_reference, source_patient, state, version, facts)
       VALUES ($1, $2, 'bench', $3, $4, 'written', 6, $5)`,
      [randomUUID(), `bench-${n}`, `Patient/p${n % PATIENTS}`, String(n % PATIENTS), facts],
    );
  }
  await database.pool.query('ANALYZE backstop.cases');
}

/** As large as a real CT case: 17 bodies with ten landmarks each, 400 instances, a page of report. */
function largeFacts(): CaseFacts {
  const base = makeCase().facts;
  const landmarks = Array.from(
    { length: 10 },
    (_, n) => ({ name: 'AS', picture: [n + 0.123456, n * 2.5], lps: [n * 1.25, -40.5 + n, 120.125], sigma: 0.75 }) as const,
  );
  const bodies = LEVELS.map((level) => ({ ...vertebra(level, level === 'L1' ? 2 : 0), landmarks }));
  const finding = measured(bodies);
  const sopInstanceUids = Array.from({ length: 400 }, (_, n) => `1.2.826.0.1.3680043.8.498.1234567890123456789012345678${n}`);
  const series = { ...finding.series, sopInstanceUids } as unknown as typeof finding.series;
  return {
    ...base,
    report: { ...base.report, text: 'The bones are osteopenic. '.repeat(120), patient: { ...base.report.patient, birthDate: '1948-02-11' } },
    reading: reading({ fracture: 'stated', levels: ['L1'] }),
    choice: series,
    finding: { ...finding, series },
    decision: decision(),
  };
}

function hookBody(n: number): string {
  const patient = { resourceType: 'Patient', id: `p${n}`, birthDate: '1948-02-11' };
  const orders = { resourceType: 'Bundle', type: 'searchset', total: 0 };
  return JSON.stringify({
    hook: 'patient-view',
    hookInstance: CASE_A,
    context: { userId: 'Practitioner/dr1', patientId: `p${n}` },
    prefetch: { patient, orders },
  });
}

async function listen(app: Express): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The round in the middle, by requests a second. */
function middle(results: readonly LoadResult[]): LoadResult {
  const sorted = results.toSorted((a, b) => a.count / a.seconds - b.count / b.seconds);
  return sorted[Math.floor(sorted.length / 2)] as LoadResult;
}

if (import.meta.main) console.log(JSON.stringify(await benchCds(), null, 2));
