/** `backstop explain`, `what-if` and `withdraw` as a person runs them, on a database with cases and a stand-in health record. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Resource, Task } from '@medplum/fhirtypes';
import dicomParser from 'dicom-parser';
import { queueHl7 } from '#src/app/hl7-channel.ts';
import { asArtifact, STORED_RESULTS } from '#src/app/stored-results.ts';
import type { Case } from '#src/case/case.ts';
import { caseId } from '#src/case/ids.ts';
import { readConfig } from '#src/config.ts';
import { makeAuditTrail, makeCaseLists } from '#src/systems/postgres/case-lists.ts';
import { keepArtifact } from '#src/systems/postgres/keep-artifact.ts';
import { makeCase, makeFinding } from '#test/fakes/make-case.ts';
import { startArchive } from '#test/hospital/archive.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { ADA, decided, openHospital, withFacts } from './systems/fhir/hospital-of-one.ts';
import { inventCase, storeCases } from './web/invented-cases.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const POLICY = fileURLToPath(new URL('../policy/default-policy.json', import.meta.url));
let database: TestDatabase;
let hospital: Awaited<ReturnType<typeof openHospital>>;
let subject: Case;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'backstop-commands-'));
  [database, hospital] = await Promise.all([testDatabase(), openHospital({ seed: [{ ...ADA, birthDate: '1960-03-02' } as Resource] })]);
  const invented = inventCase({
    person: { id: 'P-1001', family: 'Example', given: 'Ada', birthDate: '1960-03-02', sex: 'female' },
    accession: 'COMMAND1',
    text: 'FINDINGS: Vertebral fracture of L1, grade 2.',
    finding: makeFinding({ L1: 2 }),
    reportedAt: '2026-11-20T10:00:00Z',
  });
  const one = await decided(makeCase(invented.facts, { id: caseId(invented.id) }), hospital.record);
  subject = { ...withFacts(one, { resources: await hospital.record.write(one, undefined) }), state: 'written' };
  await storeCases(database.pool, [{ ...invented, state: 'written', facts: subject.facts }]);
  await database.pool.query("UPDATE backstop.cases SET case_key = 'default|accession|COMMAND1'");
});
after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await hospital.ehr.close();
  await database.close();
});

/** Under the environment of a site. Ended after minutes only, however slow the machine is. */
async function backstop(...words: string[]): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  return await backstopWith({}, ...words);
}

async function backstopWith(
  more: Readonly<Record<string, string>>,
  ...words: string[]
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  const settings = { DATABASE_URL: database.url, FHIR_URL: hospital.ehr.url, HL7_OUT_HOST: '127.0.0.1', HL7_OUT_PORT: '9', ...more };
  const options = { env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...settings }, timeout: 300_000 };
  return await new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...words], options, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
  });
}

/** The default policy with one other threshold. */
function policyWith(name: string, value: number): string {
  const policy = JSON.parse(readFileSync(POLICY, 'utf8')) as { version: string; thresholds: Record<string, { value: number }> };
  const threshold = policy.thresholds[name];
  assert.ok(threshold);
  threshold.value = value;
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ ...policy, version: 'trial-1' }));
  return file;
}

describe('explain', () => {
  test('by accession number: the rule, what it saw and where from, what was written; no name', async () => {
    const { status, stdout, stderr } = await backstop('explain', 'COMMAND1');
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`Case ${subject.id}, state written`));
    assert.match(stdout, new RegExp(`Decided by ${subject.facts.decision?.rule}: refer`));
    assert.match(stdout, /From:\n {2}\S/);
    assert.match(stdout, /In the health record: .*ServiceRequest\/.*Task\//);
    assert.doesNotMatch(stdout, /Ada|Example|P-1001|1960-03-02/);
  });
  test('a case that is not there is told and is a failure', async () => {
    const { status, stderr } = await backstop('explain', 'NOSUCH');
    assert.deepEqual([status, stderr.trim()], [1, 'backstop: there is no case NOSUCH']);
  });
});

describe('what-if', () => {
  test('another threshold: which cases would change, in words and as JSON; nothing is changed', async () => {
    const words = await backstop('what-if', '--policy', policyWith('veryHighRiskAgeYears', 60));
    assert.equal(words.status, 0, words.stderr);
    assert.match(words.stdout, /^policy trial-1: 1 cases tried, 0 could not be, 1 would change\n/);
    assert.match(words.stdout, new RegExp(`${subject.id}: R14 refer routine -> R13 refer urgent`));
    const json = await backstop('what-if', '--json', '--policy', POLICY);
    const { changed, tried } = JSON.parse(json.stdout) as { changed: unknown[]; tried: number };
    assert.deepEqual([changed, tried], [[], 1]);
    const { rows } = await database.pool.query('SELECT version, state FROM backstop.cases');
    assert.deepEqual(rows, [{ version: 1, state: 'written' }]);
  });
  test('a faulty policy or limit is refused with all its faults', async () => {
    const faulty = await backstop('what-if', '--policy', policyWith('reviewGrade', 9));
    assert.equal(faulty.status, 1);
    assert.match(faulty.stderr, /reviewGrade: is no Genant grade/);
    assert.match((await backstop('what-if', '--policy', POLICY, '--limit', 'all')).stderr, /--limit is no number of cases: all/);
  });
});

test('withdraw: off the lists, out of the record, cancelled by HL7, audited; twice is as once', async () => {
  const config = readConfig({ HL7_OUT_HOST: '127.0.0.1', HL7_OUT_PORT: '9' });
  await queueHl7(config, database.pool, subject);
  const lists = makeCaseLists(database.pool);
  assert.equal((await lists.worklist(['refer'], ['proposed'])).length, 1);
  const first = await backstop('withdraw', 'COMMAND1');
  assert.equal(first.status, 0, first.stderr);
  assert.match(
    first.stdout,
    new RegExp(`^case ${subject.id} is closed\\n\\d+ resources withdrawn in the health record\\n1 cancellations in the outbox\\n$`),
  );
  assert.deepEqual(await lists.worklist(['refer'], ['proposed']), []);
  assert.equal(hospital.ehr.repository.all<Task>('Task')[0]?.status, 'cancelled');
  const standing = hospital.ehr.repository
    .all<Resource & { status?: string }>()
    .filter((one) => ['Observation', 'DiagnosticReport', 'ServiceRequest', 'DetectedIssue'].includes(one.resourceType))
    .filter((one) => one.status !== 'entered-in-error');
  assert.deepEqual(standing, []);
  const again = await backstop('withdraw', subject.id);
  assert.match(again.stdout, /is closed\n0 resources withdrawn/);
  const kinds = await database.pool.query<{ key: string }>('SELECT key FROM backstop.outbox ORDER BY sequence');
  assert.deepEqual(
    kinds.rows.map((row) => row.key.includes('|cancel|')),
    [false, true],
  );
  const trail = await makeAuditTrail(database.pool).list(['case-withdrawn'], 10);
  assert.deepEqual(
    trail.map((row) => [row.caseId, row.actor]),
    [
      [subject.id, 'command line'],
      [subject.id, 'command line'],
    ],
  );
  const explained = await backstop('explain', subject.id);
  assert.match(explained.stdout, /Stopped: WITHDRAWN: A person took the case back\./);
});

describe('withdraw, where results of the case lie in the image archive', () => {
  const STUDY = '2.25.4711';
  const stored = [
    { version: '1-aaaaaaaaaaaa', digest: 'aaaaaaaaaaaa', studyInstanceUid: STUDY, withPicture: true },
    { version: '2-bbbbbbbbbbbb', digest: 'bbbbbbbbbbbb', studyInstanceUid: STUDY, withPicture: false },
  ];
  const listed = async () => {
    const found = await database.pool.query<{ bytes: Buffer }>('SELECT bytes FROM backstop.artifact WHERE name = $1', [STORED_RESULTS]);
    return JSON.parse(found.rows[0]?.bytes.toString() ?? '[]') as readonly { version: string; rejected?: true }[];
  };
  let refuses = true;
  let archive: Awaited<ReturnType<typeof startArchive>>;
  before(async () => {
    archive = await startArchive({
      folders: [],
      // An archive that takes no Key Object Selection answers so.
      fault: ({ method }) => (method === 'POST' && refuses ? { kind: 'status', status: 409 } : undefined),
    });
    await keepArtifact(database.pool, subject.id, asArtifact(stored));
  });
  after(() => archive.close());
  const objects = () => archive.index.instances({ study: STUDY });

  test('a site that does not let us write into it: said, and nothing is sent', async () => {
    const { status, stdout } = await backstopWith({ DICOMWEB_URL: archive.url }, 'withdraw', subject.id);
    assert.equal(status, 0);
    assert.match(stdout, /1 results in the archive stay as they are: STORE_RESULTS is off\n$/);
    assert.deepEqual([objects().length, await listed()], [0, stored]);
  });

  test('an archive that refuses it: the rest is done, the exit says that something is left', async () => {
    const { status, stdout } = await backstopWith({ DICOMWEB_URL: archive.url, STORE_RESULTS: 'true' }, 'withdraw', subject.id);
    assert.equal(status, 1);
    assert.match(stdout, /is closed\n[\s\S]*1 results in the archive stay as they are: .*(refused|409)/);
    assert.deepEqual(await listed(), stored);
  });

  test('one note for the newest result, kept with the case; again is nothing', async () => {
    refuses = false;
    const settings = { DICOMWEB_URL: archive.url, STORE_RESULTS: 'true' };
    const { status, stdout, stderr } = await backstopWith(settings, 'withdraw', subject.id);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /1 results in the archive marked as rejected\n$/);
    const notes = objects().map((one) => dicomParser.parseDicom(one.bytes!));
    assert.deepEqual(
      notes.map((note) => [note.string('x00080060'), note.elements['x0040a043']?.items?.[0]?.dataSet?.string('x00080100')]),
      [['KO', '113001']],
    );
    assert.match(notes[0]?.elements['x0040a730']?.items?.[0]?.dataSet?.string('x0040a160') ?? '', /^Withdrawn by a person/);
    assert.deepEqual(
      (await listed()).map((one) => one.rejected),
      [undefined, true],
    );
    const again = await backstopWith(settings, 'withdraw', subject.id);
    assert.doesNotMatch(again.stdout, /in the archive/);
    assert.equal(objects().length, 1);
  });
});
