/** Shadow models: a second set measures what the live one has measured, changes nothing, is compared, and is promoted on the record. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { recordLiveModels } from '#src/app/live-models.ts';
import { type Data, openData } from '#src/app/open-data.ts';
import { runShadow } from '#src/app/start-shadow.ts';
import { dicomUid } from '#src/case/ids.ts';
import type { SeriesChoice, StudySummary } from '#src/case/study.ts';
import { readConfig } from '#src/config.ts';
import { TryLater } from '#src/lib/errors.ts';
import type { Log } from '#src/lib/log.ts';
import { makeLog } from '#src/lib/log.ts';
import { measureChoice } from '#src/steps/find-fractures.ts';
import { type LoadedFractureModel, loadFractureModel } from '#src/systems/fracture-model/client.ts';
import { modelSetOf } from '#src/systems/fracture-model/model-set.ts';
import { makeAuditTrail } from '#src/systems/postgres/case-lists.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { makeCase } from './fakes/make-case.ts';
import { makeReport } from './fakes/make-report.ts';
import { makeInbox } from './inbox.ts';
import { boxSlices, segmentationToy, toyWholeFolder } from './systems/fracture-model/toy-whole.ts';
import { runProgram } from './systems/hl7/run-program.ts';

const log = makeLog({ level: 'silent' });
const CHOICE = {
  seriesInstanceUid: dicomUid('1.2.3.4'),
  kind: 'ct-volume',
  modality: 'CT',
  sopInstanceUids: [],
  kernel: [],
} as unknown as SeriesChoice;
const STUDY = { studyInstanceUid: '1.2.3', studyDate: '2026-11-20' } as unknown as StudySummary;

let database: TestDatabase;
let data: Data;
let folders: { live: string; second: string };
let models: { live: LoadedFractureModel; second: LoadedFractureModel };

const load = (wholeDir: string): Promise<LoadedFractureModel> =>
  loadFractureModel({
    wholeDir,
    localizerDir: '',
    detectorDir: '',
    landmarksDir: '',
    executionProviders: ['cpu'],
    intraOpThreads: 1,
    timeLimitMs: 60_000,
    memoryLimitMb: 4096,
    log,
  });

before(async () => {
  database = await testDatabase();
  data = openData(readConfig({ LOG_LEVEL: 'silent' }), database.url, log, 'test');
  folders = { live: await toyWholeFolder(segmentationToy()), second: await toyWholeFolder(segmentationToy(1)) };
  models = { live: await load(folders.live), second: await load(folders.second) };
});
after(async () => {
  await Promise.all([models.live.close(), models.second.close()]);
  await data.close();
  await database.close();
  await Promise.all(Object.values(folders).map((folder) => rm(folder, { recursive: true })));
});

/** A case that the live models measured and that went its whole way, as the worker leaves it. */
async function measuredCase(controlId: string): Promise<string> {
  const message = { source: 'test', sendingApplication: 'A', sendingFacility: 'F', controlId, messageType: 'ORU^R01' };
  const envelope = { ...message, bytes: Buffer.from(controlId), charset: 'utf-8', remoteAddress: '::1', flags: [] };
  const received = await makeInbox({ pool: data.pool, enqueue: data.jobs.enqueue }).receive(
    envelope,
    makeReport({ accession: controlId as never }),
    null,
  );
  assert.ok(received.kind === 'stored' && received.caseId);
  const subject = makeCase({ choice: CHOICE, study: STUDY });
  const { finding } = await measureChoice(subject, { archive: { readSlices: () => Promise.resolve(boxSlices({ L1: 40 })) }, model: models.live }, {});
  const facts = { ...subject.facts, finding };
  await database.pool.query(`UPDATE backstop.cases SET state = 'written', facts = $2, version = 5 WHERE id = $1`, [
    received.caseId,
    JSON.stringify(facts),
  ]);
  await database.pool.query(`INSERT INTO backstop.case_event (case_id, step, outcome, detail) VALUES ($1, 'find-fractures', 'measured', '')`, [
    received.caseId,
  ]);
  return received.caseId;
}

async function backstop(settings: Readonly<Record<string, string>>, ...words: string[]) {
  const environment = { DATABASE_URL: database.url, LOG_LEVEL: 'silent', MODEL_DIR: folders.live, ...settings };
  const main = new URL('../src/main.ts', import.meta.url).pathname;
  return await runProgram('env', [...Object.entries(environment).map(([name, value]) => `${name}=${value}`), process.execPath, main, ...words]);
}
const second = (): Record<string, string> => ({ MODEL_SHADOW_DIR: folders.second });
const stored = async (): Promise<number> => Number((await database.pool.query('SELECT count(*) FROM backstop.shadow_finding')).rows[0]?.count);

test('nobody promotes what was never compared, or where there is no second set', async () => {
  const early = await backstop(second(), 'model', 'promote', '--by', 'Dr. Okonkwo', '--reason', 'looks good');
  assert.equal(early.status, 1);
  assert.match(early.stderr, /never compared/);
  const none = await backstop({}, 'model', 'compare');
  assert.match(none.stderr, /no MODEL_SHADOW_ setting/);
});

test('the second set measures every measured case once, after the archive was down, and no case changes', async () => {
  const ids = [await measuredCase('S-1'), await measuredCase('S-2')];
  const snapshot = async (): Promise<string> =>
    JSON.stringify([
      (await database.pool.query('SELECT id, version, facts, summary, updated_at FROM backstop.cases ORDER BY id')).rows,
      (await database.pool.query('SELECT * FROM backstop.case_event ORDER BY id')).rows,
      (await database.pool.query('SELECT case_id, name FROM backstop.artifact ORDER BY 1, 2')).rows,
    ]);
  const before = await snapshot();
  let calls = 0;
  const readSlices = async () => {
    calls += 1;
    if (calls === 1) throw new TryLater('no connection', { code: 'DICOMWEB_UNREACHABLE', phase: 'connect' });
    return boxSlices({ L1: 40 });
  };
  const jobs = { ...data.jobs, counts: () => Promise.resolve({ model: { waiting: 0, active: 0 } }) };
  const shadow = runShadow({ data: { ...data, jobs }, archive: { readSlices }, model: models.second, days: 7, log, idleMs: 20 });
  for (let waited = 0; waited < 60_000 && (await stored()) < 2; waited += 50) await pause(50);
  await shadow.close();
  assert.deepEqual([await stored(), calls], [2, 3]);
  assert.equal(await snapshot(), before);
  const rows = await database.pool.query<{ case_id: string; model_set: string; live_set: string }>('SELECT * FROM backstop.shadow_finding');
  assert.deepEqual(rows.rows.map((row) => row.case_id).sort(), [...ids].sort());
  assert.deepEqual(
    new Set(rows.rows.map((row) => `${row.live_set} ${row.model_set}`)),
    new Set([`${modelSetOf(models.live.identities()).digest} ${modelSetOf(models.second.identities()).digest}`]),
  );
});

test('while a live study waits, the second set begins none', async () => {
  await measuredCase('S-3');
  let looked = 0;
  const counts = () => {
    looked += 1;
    return Promise.resolve({ model: { waiting: 1, active: 0 } });
  };
  const archive = { readSlices: () => Promise.reject(new Error('must not be asked')) };
  const shadow = runShadow({ data: { ...data, jobs: { ...data.jobs, counts } }, archive, model: models.second, days: 7, log, idleMs: 1 });
  for (let waited = 0; waited < 20_000 && looked < 5; waited += 5) await pause(5);
  await shadow.close();
  assert.ok(looked >= 5);
  assert.equal(await stored(), 2);
});

test('compare tells what each marks alone; promote writes who, why and from what to what into the chain', async () => {
  const compared = await backstop(second(), 'model', 'compare', '--json');
  const { totals, disagreements } = JSON.parse(compared.stdout) as {
    totals: { cases: number; levels: { both: number; liveOnly: number; shadowOnly: number } };
    disagreements: { level: string; by: string }[];
  };
  // The second set names everything one level too low: L1 is marked by the live set alone, L2 by the other.
  assert.deepEqual([totals.cases, totals.levels.both, totals.levels.liveOnly, totals.levels.shadowOnly], [2, 0, 2, 2]);
  assert.deepEqual(new Set(disagreements.map(({ level, by }) => `${level} ${by}`)), new Set(['L1 live', 'L2 shadow']));
  const words = await backstop(second(), 'model', 'compare');
  assert.match(words.stdout, /levels of grade 2 or more: both 0, live alone 2, shadow alone 2/);

  const promoted = await backstop(second(), 'model', 'promote', '--by', 'Dr. Okonkwo', '--reason', 'for this test');
  assert.equal(promoted.status, 0, promoted.stderr);
  assert.match(promoted.stdout, new RegExp(`MODEL_DIR=${folders.second}`));
  const trail = makeAuditTrail(database.pool);
  const [row] = await trail.list(['model-promoted'], 5);
  assert.equal(row?.actor, 'Dr. Okonkwo');
  const [from, to] = [modelSetOf(models.live.identities()).digest, modelSetOf(models.second.identities()).digest];
  assert.match(row.detail, new RegExp(`^set ${to} in place of ${from}: .*2 studies compared.*reason: for this test$`));
  assert.equal((await trail.chain()).broken, null);
});

test('a worker writes down which set it runs: the first, a promoted one, and one that nobody promoted (with a warning)', async () => {
  const warned: string[] = [];
  const listening: Log = { ...log, warn: (event) => void warned.push(event) };
  const other = modelSetOf([{ id: 'x', version: '1', sha256: 'a', manifestSha256: 'b', clinicalData: false }]);
  const sets = [modelSetOf(models.live.identities()), modelSetOf(models.second.identities()), modelSetOf(models.second.identities()), other];
  for (const set of sets) await recordLiveModels(database.pool, set, listening);
  const rows = (await makeAuditTrail(database.pool).list(['model-live'], 9)).map((row) => row.detail).reverse();
  assert.deepEqual(
    rows.map((detail) => /\((the first|promoted|not promoted)/.exec(detail)?.[1]),
    ['the first', 'promoted', 'not promoted'],
  );
  assert.deepEqual(warned, ['model.not-promoted']);
});

test('nothing that people or systems see knows the table of shadow findings', () => {
  const readers = globSync('src/**/*.{ts,sql}', { cwd: new URL('..', import.meta.url).pathname }).filter((file) =>
    readFileSync(new URL(`../${file}`, import.meta.url), 'utf8').includes('shadow_finding'),
  );
  assert.deepEqual(readers.sort(), [
    'src/systems/postgres/migrations/0001_cases.sql',
    'src/systems/postgres/roles.ts',
    'src/systems/postgres/shadow-findings.ts',
  ]);
});
