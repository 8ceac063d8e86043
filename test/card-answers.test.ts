/** Cards answered in the chart, on a whole hospital: an acceptance becomes an order, a dismissal is kept and not asked again; and the referral by HL7, with its receiver down at first. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { readStories, sampleFolders, samplePatients } from '../tools/demo/samples.ts';
import { type FiredCard, firePatientView, sendFeedback } from './hospital/cds-client.ts';
import { type Receiver, startHl7Receiver } from './hospital/hl7-receiver.ts';
import { sendHl7 } from './hospital/hl7-sender.ts';
import { type Hospital, startHospital } from './hospital/start-hospital.ts';

const stories = readStories().filter(({ name }) => name.startsWith('02') || name.startsWith('03'));
let hospital: Hospital;
let receiver: Receiver;
let port: number;

before(async () => {
  const found = await startHl7Receiver();
  port = found.port;
  await found.close();
  hospital = await startHospital({
    studyFolders: sampleFolders(),
    seed: samplePatients() as never,
    settings: {
      IMAGES_GIVE_UP_HOURS: '0',
      HL7_OUT_HOST: '127.0.0.1',
      HL7_OUT_PORT: String(port),
      HL7_OUT_KINDS: 'REF_I12,ORU_R01',
      HL7_OUT_APPLICATION: 'FLSDESK',
    },
  });
  for (const story of stories) assert.equal((await sendHl7(hospital.hl7Port, story.message, { timeoutMs: 10_000 })).code, 'AA');
  // One look: a message is acknowledged before its case is filed, and of no case at all every one is written.
  await until(async () => (await states()).filter((state) => state === 'written').length === 2, 'both cases written');
});
after(async () => {
  await receiver?.close();
  await hospital?.close();
});

async function states(): Promise<string[]> {
  return (await hospital.pool.query<{ state: string }>('SELECT state FROM backstop.cases')).rows.map(({ state }) => state);
}

async function until(what: () => Promise<boolean>, name: string): Promise<void> {
  for (let waited = 0; waited < 180_000; waited += 100) {
    if (await what()) return;
    await pause(100);
  }
  throw new Error(`never: ${name}`);
}

interface HeldCase {
  readonly id: string;
  readonly state: string;
  readonly facts: {
    readonly history: { readonly patientReference: string };
    readonly answers: readonly { readonly kind: string; readonly reasonCode: string | null; readonly reasonText: string | null }[];
    readonly resources: readonly { readonly resourceType: string; readonly id: string }[];
  };
}

async function caseOf(story: string): Promise<HeldCase> {
  const accession = stories.find(({ name }) => name.startsWith(story))?.expected.accession;
  const found = await hospital.pool.query<HeldCase>(`SELECT id, state, facts FROM backstop.cases WHERE facts->'report'->>'accession' = $1`, [
    accession,
  ]);
  assert.ok(found.rows[0], `no case of story ${story}`);
  return found.rows[0];
}

async function chart(held: HeldCase): Promise<readonly FiredCard[]> {
  const patientId = held.facts.history.patientReference.replace('Patient/', '');
  const answer = await firePatientView(hospital.webUrl, { patientId, userId: 'Practitioner/test', fhirServer: hospital.ehr.url });
  assert.equal(answer.status, 200);
  return answer.cards;
}

/** Referrals of the case's patient; the samples' own order (physiotherapy) is left out. */
async function orders(held: HeldCase): Promise<readonly { intent: string; status: string; basedOn?: readonly unknown[] }[]> {
  const answer = await fetch(`${hospital.ehr.url}/ServiceRequest?_count=100`);
  const bundle = (await answer.json()) as { entry?: { resource: { id: string; subject: { reference: string }; intent: string; status: string } }[] };
  return (bundle.entry ?? [])
    .map(({ resource }) => resource)
    .filter(({ id, subject }) => subject.reference === held.facts.history.patientReference && !id.startsWith('ref-'));
}

test('accepted: the proposal becomes one order in the health record, also when the answer comes twice', async () => {
  const held = await caseOf('03');
  const [card] = await chart(held);
  assert.ok(card);
  assert.equal(card.suggestions?.length, 1);
  assert.deepEqual(
    (await orders(held)).map(({ intent }) => intent),
    ['proposal'],
  );
  const at = new Date().toISOString();
  assert.equal(await sendFeedback(hospital.webUrl, { card, accepted: true, at }), 200);
  await until(async () => (await orders(held)).some(({ intent }) => intent === 'order'), 'the order');
  await until(async () => (await caseOf('03')).state === 'written', 'written again');
  assert.equal(await sendFeedback(hospital.webUrl, { card, accepted: true, at }), 200);
  await pause(1500);
  await until(async () => (await caseOf('03')).state === 'written', 'at rest');
  const after = await orders(held);
  assert.deepEqual(after.map(({ intent }) => intent).sort(), ['order', 'proposal']);
  assert.ok(after.find(({ intent }) => intent === 'order')?.basedOn, 'the order names its proposal');
  assert.equal((await caseOf('03')).facts.answers.length, 1);
  assert.deepEqual(await chart(held), []);
});

test('overridden: the reason is kept, once, and the card is not shown again', async () => {
  const held = await caseOf('02');
  const [card] = await chart(held);
  assert.ok(card);
  const before = await orders(held);
  const answer = { card, accepted: false, reasonCode: 'patient-refuses', comment: 'wants to think about it', at: new Date().toISOString() };
  assert.equal(await sendFeedback(hospital.webUrl, answer), 200);
  assert.equal(await sendFeedback(hospital.webUrl, answer), 200);
  const after = await caseOf('02');
  assert.deepEqual(
    after.facts.answers.map(({ kind, reasonCode, reasonText }) => [kind, reasonCode, reasonText]),
    [['card-overridden', 'patient-refuses', 'wants to think about it']],
  );
  assert.deepEqual(await chart(held), []);
  assert.deepEqual(await orders(held), before, 'a dismissal orders nothing');
});

test('HL7 out: what waited while the receiver was down goes out once, and a restart of the worker sends nothing again', async () => {
  const waiting = await hospital.pool.query<{ control_id: string }>(
    `SELECT control_id FROM backstop.outbox WHERE state = 'waiting' ORDER BY sequence`,
  );
  assert.equal(waiting.rows.length, 4, 'a referral and a result for each case');
  await hospital.process('work')?.stop();
  receiver = await startHl7Receiver({ port });
  await hospital.start('work');
  await until(async () => receiver.taken.length >= 4, 'four messages');
  const left = `SELECT 1 FROM backstop.outbox WHERE state <> 'sent'`;
  await until(async () => (await hospital.pool.query(left)).rowCount === 0, 'all sent');
  await hospital.process('work')?.stop();
  await hospital.start('work');
  await pause(1500);
  assert.deepEqual(
    receiver.taken.map(({ controlId }) => controlId),
    waiting.rows.map((row) => row.control_id),
    'in order, each once',
  );
  assert.deepEqual(
    receiver.taken.map(({ text }) => text.split('|')[8]?.split('^')[0] ?? '').sort((a, b) => a.localeCompare(b)),
    ['ORU', 'ORU', 'REF', 'REF'],
  );
  for (const { text } of receiver.taken) assert.match(text, /\|FLSDESK\|/);
});
