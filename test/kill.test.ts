/** The worker is really killed (SIGKILL) at each step; started again, it finishes the case with nothing written twice. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { FLOW, type FlowStep } from '#src/flow.ts';
import { readStories, sampleFolders, samplePatients } from '../tools/demo/samples.ts';
import { sendHl7 } from './hospital/hl7-sender.ts';
import { type Hospital, startHospital } from './hospital/start-hospital.ts';

const story = readStories().find((one) => one.name.startsWith('02'));
let hospital: Hospital;

before(async () => {
  hospital = await startHospital({
    studyFolders: sampleFolders(),
    seed: samplePatients() as never,
    roles: ['listen'],
    settings: { IMAGES_GIVE_UP_HOURS: '0', WORK_LOCK_MS: '1500', WORK_STALLED_MS: '500', SWEEP_SECONDS: '2' },
  });
});
after(async () => {
  await hospital?.close();
});

/** The same report under a control id of its own would be another message of the same case: each test needs a fresh case. */
async function clear(): Promise<void> {
  await hospital.pool.query('TRUNCATE backstop.message, backstop.cases CASCADE');
  await hospital.pool.query('TRUNCATE bullmq.job CASCADE');
  for (const type of [
    'Task',
    'ServiceRequest',
    'DetectedIssue',
    'DiagnosticReport',
    'Observation',
    'Provenance',
    'AuditEvent',
    'DocumentReference',
    'Communication',
  ]) {
    for (const id of await ours(type)) await fetch(`${hospital.ehr.url}/${type}/${id}`, { method: 'DELETE' });
  }
}
async function state(): Promise<string | undefined> {
  return (await hospital.pool.query<{ state: string }>('SELECT state FROM backstop.cases')).rows[0]?.state;
}
async function until(what: () => Promise<boolean>, name: string): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 50) {
    if (await what()) return;
    await pause(50);
  }
  throw new Error(`never: ${name} (the case is ${await state()})`);
}
async function ours(type: string): Promise<string[]> {
  const bundle = (await (await fetch(`${hospital.ehr.url}/${type}?_count=500`)).json()) as {
    entry?: { resource: { id: string; identifier?: { system?: string }[]; meta?: { tag?: { system?: string }[] } } }[];
  };
  return (bundle.entry ?? [])
    .filter(({ resource }) => JSON.stringify([resource.identifier, resource.meta]).includes('backstop.example'))
    .map(({ resource }) => resource.id);
}
async function written(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const type of ['Observation', 'ServiceRequest', 'Task', 'DiagnosticReport', 'DetectedIssue']) counts[type] = (await ours(type)).length;
  return counts;
}

let undisturbed: Record<string, number>;

test('without a kill: the case is written', async () => {
  assert.ok(story);
  await hospital.start('work');
  await sendHl7(hospital.hl7Port, story.message, { timeoutMs: 10_000 });
  await until(async () => (await state()) === 'written', 'written');
  undisturbed = await written();
  assert.ok((undisturbed['Observation'] ?? 0) > 1);
  await hospital.process('work')?.stop();
});

for (const step of FLOW) {
  test(`killed in ${step.name}, after its work and before its commit`, async () => {
    assert.ok(story);
    await clear();
    await sendHl7(hospital.hl7Port, story.message, { timeoutMs: 10_000 });
    await killedIn(step);
    assert.equal(await state(), step.needs, 'the killed step left no trace');
    await hospital.start('work');
    await until(async () => (await state()) === 'written', 'written');
    await hospital.process('work')?.stop();
    assert.deepEqual(await written(), undisturbed);
    const events = await hospital.pool.query<{ step: string }>('SELECT step FROM backstop.case_event ORDER BY id');
    assert.deepEqual(
      events.rows.map((row) => row.step),
      ['receive-report', ...FLOW.map((one) => one.name)],
    );
  });
}

/** Lets the case come to the step, then holds its row: the step does its work, its commit waits for the row, and there the process dies. */
async function killedIn(step: FlowStep): Promise<void> {
  const holder = await hospital.pool.connect();
  try {
    const starting = step.needs === 'received' ? undefined : hospital.start('work');
    // Holding and letting go in a loop is faster than any step, so the row is ours when the case gets there.
    for (;;) {
      await holder.query('BEGIN');
      const row = await holder.query<{ state: string }>('SELECT state FROM backstop.cases FOR UPDATE');
      if (row.rows[0]?.state === step.needs) break;
      await holder.query('COMMIT');
      assert.notEqual(row.rows[0]?.state, 'written', `the case went past ${step.name} unseen`);
    }
    await (starting ?? hospital.start('work'));
    const waiting = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'backstop-work' AND wait_event_type = 'Lock'";
    await until(async () => (await hospital.pool.query(waiting)).rowCount !== 0, 'the step at its commit');
    const worker = hospital.process('work');
    worker?.kill('SIGKILL');
    await worker?.ended;
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
}
