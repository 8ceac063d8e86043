/** Every story through the whole product: report in over MLLP, card out over HTTP, each role a process of its own. An unread file of a story fails. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openChart } from '../tools/demo/open-chart.ts';
import { type CaseResult, caseResults, differences, settled } from '../tools/demo/results.ts';
import { readStories, sampleFolders, samplePatients } from '../tools/demo/samples.ts';
import { sendHl7 } from './hospital/hl7-sender.ts';
import { type Hospital, startHospital } from './hospital/start-hospital.ts';

const stories = readStories();
let hospital: Hospital;
let results: readonly CaseResult[];

before(async () => {
  hospital = await startHospital({ studyFolders: sampleFolders(), seed: samplePatients() as never, settings: { IMAGES_GIVE_UP_HOURS: '0' } });
  for (const story of stories) await sendHl7(hospital.hl7Port, story.message, { timeoutMs: 10_000 });
  assert.ok(
    await settled(hospital.pool, { reports: stories.length, timeLimitMs: 240_000, poll: () => Promise.resolve() }),
    'not every case came to an end',
  );
  results = await caseResults(hospital.pool, (patientId) => openChart(hospital, patientId));
});
after(async () => {
  await hospital?.close();
});

for (const story of stories) {
  test(`story ${story.name}`, () => {
    assert.deepEqual(differences([story], results), []);
  });
}

test('no file of a story is left unread', () => {
  const known = new Set(['story.md', 'report.hl7', 'expected.json']);
  for (const story of stories) {
    for (const file of readdirSync(new URL(`stories/${story.name}/`, import.meta.url)))
      assert.ok(known.has(file), `${story.name}/${file} is read by no test`);
  }
});

test('every resource that a case names is in the health record, once', async () => {
  let seen = 0;
  for (const one of results) {
    for (const reference of one.resources) {
      const answer = await fetch(`${hospital.ehr.url}/${reference}`);
      assert.equal(answer.status, 200, reference);
      seen += 1;
    }
  }
  assert.ok(seen > 10, `only ${seen} resources were written`);
  for (const type of ['Observation', 'ServiceRequest', 'Task', 'DiagnosticReport', 'DetectedIssue']) {
    const bundle = (await (await fetch(`${hospital.ehr.url}/${type}?_count=500`)).json()) as {
      entry?: { resource: { identifier?: { system?: string; value?: string }[] } }[];
    };
    const keys = (bundle.entry ?? []).flatMap(({ resource }) =>
      (resource.identifier ?? []).map((identifier) => `${identifier.system}|${identifier.value}`),
    );
    assert.equal(new Set(keys).size, keys.length, `${type}: a key twice`);
  }
});

test('a bad message is kept and every case has an end and a reason', async () => {
  const kept = await hospital.pool.query('SELECT 1 FROM backstop.message');
  assert.equal(kept.rowCount, stories.length);
  for (const one of results) assert.ok(one.because !== null, `${one.accession}: no reason`);
});

test('no patient data in any log line of any process', () => {
  const log = readFileSync(hospital.logFile, 'utf8');
  assert.ok(log.includes('step.done') && log.includes('listener.message') && log.includes('cds.hook'), 'the log was not written');
  for (const patient of samplePatients().filter((resource) => resource.resourceType === 'Patient') as never as {
    name?: { family?: string; given?: string[] }[];
    birthDate?: string;
    identifier?: { value?: string }[];
  }[]) {
    const words = [
      patient.name?.[0]?.family,
      ...(patient.name?.[0]?.given ?? []),
      patient.birthDate,
      patient.birthDate?.replaceAll('-', ''),
      ...(patient.identifier ?? []).map((identifier) => identifier.value),
    ];
    for (const word of words) if (word && word.length > 3) assert.ok(!log.includes(word), `the log holds "${word}"`);
  }
});
