/** A health record that answers nonsense: every question of ours ends in a value or a named fault, soon, whatever stands in the answer. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { AskAHuman, GiveUp, TryLater } from '#src/lib/errors.ts';
import { makeHealthRecord, type OpenHealthRecord } from '#src/systems/fhir/client.ts';
import { makeCase, makeFinding, statingReading } from '#test/fakes/make-case.ts';
import { makeReport } from '#test/fakes/make-report.ts';
import { type Ehr, startEhr } from '#test/hospital/ehr.ts';
import { ADA, CLOCK, decided } from '#test/systems/fhir/hospital-of-one.ts';

const PATIENT = { reference: 'Patient/ada' };
const CODE = { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'M81.0', display: 'Osteoporosis' }], text: 'Osteoporosis' };
const ACTIVE = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }] };
const HISTORY = [
  { resourceType: 'Condition', id: 'c1', clinicalStatus: ACTIVE, code: CODE, subject: PATIENT, onsetDateTime: '2020-01-01' },
  { resourceType: 'MedicationRequest', id: 'm1', status: 'active', intent: 'order', medicationCodeableConcept: CODE, subject: PATIENT },
  { resourceType: 'ServiceRequest', id: 's1', status: 'active', intent: 'order', code: CODE, subject: PATIENT, authoredOn: '2026-01-01' },
  { resourceType: 'Task', id: 't1', status: 'requested', intent: 'proposal', for: PATIENT, focus: { reference: 'ServiceRequest/s1' } },
];

let ehr: Ehr;
let between: Server;
let record: OpenHealthRecord;
/** What becomes of the body of the nth answer from now. */
let spoil: { at: number; change: (body: string) => string } | null = null;

before(async () => {
  ehr = await startEhr({ seed: [ADA, ...HISTORY] as never, validates: false });
  between = createServer((request, response) => {
    void relay(request.method ?? 'GET', request.url ?? '/', request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(spoiled(body));
    });
  });
  await new Promise<void>((ready) => between.listen(0, '127.0.0.1', ready));
  const { port } = between.address() as AddressInfo;
  record = makeHealthRecord({ baseUrl: `http://127.0.0.1:${port}/fhir`, auth: null, clock: CLOCK, timeoutMs: 60_000 });
});
after(async () => {
  between.closeAllConnections();
  between.close();
  await ehr.close();
});

async function relay(method: string, url: string, request: AsyncIterable<Buffer>): Promise<{ status: number; body: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length > 0 ? Buffer.concat(chunks) : null;
  const answer = await fetch(new URL(url, ehr.url), { method, headers: { 'content-type': 'application/fhir+json' }, body });
  return { status: answer.status, body: await answer.text() };
}

function spoiled(body: string): string {
  if (spoil === null) return body;
  spoil.at -= 1;
  return spoil.at < 0 ? spoil.change(body) : body;
}

/** The value at a place that the picks lead to is replaced by anything. */
function replaced(value: unknown, picks: readonly number[], by: unknown): unknown {
  const [pick, ...rest] = picks;
  if (pick === undefined || typeof value !== 'object' || value === null) return by;
  const keys = Object.keys(value);
  const key = keys[pick % Math.max(1, keys.length)];
  if (key === undefined) return by;
  const changed = replaced(Reflect.get(value, key), rest, by);
  return Array.isArray(value) ? value.map((one, index) => (String(index) === key ? changed : one)) : { ...value, [key]: changed };
}

const json = fc.record({ picks: fc.array(fc.nat(40), { maxLength: 9 }), by: fc.jsonValue({ maxDepth: 2 }) }).map(
  ({ picks, by }) =>
    (body: string) =>
      body === '' ? body : JSON.stringify(replaced(JSON.parse(body), picks, by)),
);
const bytes = fc.record({ at: fc.nat(4000), to: fc.constantFrom('', '"', '{', ']', '\u0000', '\ud800', '9'.repeat(400)), cut: fc.boolean() }).map(
  ({ at, to, cut }) =>
    (body: string) =>
      body.slice(0, at) + to + (cut ? '' : body.slice(at + 1)),
);
const change = fc.oneof({ weight: 4, arbitrary: json }, { weight: 1, arbitrary: bytes });

const isNamed = (error: unknown): boolean => error instanceof TryLater || error instanceof AskAHuman || error instanceof GiveUp;

async function holds(question: () => Promise<unknown>, answers: number, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.nat(answers), change, async (at, what) => {
      spoil = { at, change: what };
      await question().catch((error: unknown) => assert.ok(isNamed(error), error instanceof Error ? error.stack : String(error)));
    }),
    { numRuns: runs },
  );
  spoil = null;
}

const report = makeReport();
const known = {
  ...report,
  patient: { ...report.patient, id: { value: 'P-1001', authority: null, type: 'MR' }, birthDate: '1948-03-02' },
} as typeof report;

test('finding the patient', () => holds(() => record.findPatient(known), 1, 150));
test('reading the history', () => holds(() => record.history('Patient/ada'), 5, 150));
test('what people did with our referrals', () => holds(() => record.changes('2026-01-01T00:00:00Z'), 2, 100));
test('writing a case', async () => {
  const subject = await decided(makeCase({ reading: statingReading(['L1']), finding: makeFinding({ L1: 2 }) }), record);
  await holds(() => record.write(subject, undefined), 12, 30);
  // And when the nonsense is over, the next try brings it to its end.
  assert.ok((await record.write(subject, undefined)).length > 3);
});

test('found by this test: a list with null in it', async () => {
  spoil = { at: 0, change: (body) => JSON.stringify({ ...(JSON.parse(body) as object), entry: [null] }) };
  const isBadAnswer = (error: unknown) => error instanceof TryLater && error.code === 'FHIR_BAD_ANSWER';
  await assert.rejects(record.findPatient(known), isBadAnswer);
  spoil = null;
});
