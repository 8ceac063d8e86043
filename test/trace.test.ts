/** One trace from the MLLP message to the card, over three processes; found by the case's id, and without a word about the patient. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { traceIdOf } from '#src/systems/telemetry/case-trace.ts';
import { closedListExporter } from '#src/systems/telemetry/closed-list-exporter.ts';
import { openChart } from '../tools/demo/open-chart.ts';
import { settled } from '../tools/demo/results.ts';
import { readStories, sampleFolders, samplePatients } from '../tools/demo/samples.ts';
import { sendHl7 } from './hospital/hl7-sender.ts';
import { startHospital } from './hospital/start-hospital.ts';
import { startCollector } from './systems/telemetry/collector.ts';

test('one trace from the message to the card', { timeout: 120_000 }, async () => {
  const story = readStories().find((one) => one.name.startsWith('02'));
  assert.ok(story);
  const collector = await startCollector();
  const hospital = await startHospital({
    studyFolders: sampleFolders(),
    seed: samplePatients() as never,
    settings: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, METRICS_PORT: '0' },
  });
  let caseId = '';
  try {
    await sendHl7(hospital.hl7Port, story.message, { timeoutMs: 10_000 });
    assert.ok(await settled(hospital.pool, { reports: 1, timeLimitMs: 90_000, poll: () => Promise.resolve() }));
    const row = (await hospital.pool.query<{ id: string; patient_reference: string }>('SELECT id, patient_reference FROM backstop.cases')).rows[0];
    caseId = row?.id ?? '';
    const cards = await openChart(hospital, row?.patient_reference.replace('Patient/', '') ?? '');
    assert.equal(cards.length, 1);
    for (let waited = 0; waited < 20_000 && !collector.spans.some((span) => span.name === 'cds.card'); waited += 100) await pause(100);
  } finally {
    // What a process still holds is sent when it stops.
    await hospital.close();
    await collector.close();
  }
  const ofCase = collector.spans.filter((span) => span.traceId === traceIdOf(caseId));
  assert.deepEqual([...new Set(ofCase.map((span) => span.service))].sort(), ['backstop-listen', 'backstop-web', 'backstop-work']);
  // By their beginning: a worker is woken by the commit, so a short next step can end before the longer one before it is logged.
  const steps = ofCase
    .filter((span) => span.name === 'step.done')
    .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
    .map((span) => span.attributes['backstop.step']);
  assert.deepEqual(steps, ['read-report', 'find-images', 'find-fractures', 'decide', 'write-record']);
  for (const name of ['case', 'listener.filed', 'archive.call', 'fhir.call', 'cds.card'])
    assert.ok(
      ofCase.some((span) => span.name === name),
      `no span ${name}`,
    );
  const ids = new Set(ofCase.map((span) => span.spanId));
  assert.equal(ids.size, ofCase.length, 'no span twice');
  const roots = ofCase.filter((span) => span.parentSpanId === '');
  assert.deepEqual(
    roots.map((span) => span.name),
    ['case'],
  );
  assert.deepEqual(
    ofCase.filter((span) => span.parentSpanId !== '' && !ids.has(span.parentSpanId)).map((span) => span.name),
    [],
    'every parent is in the trace',
  );
  const text = collector.spans.map((span) => span.raw).join('\n');
  for (const word of ['Whitcombe', 'James', 'A1002218', '19570802', 'compression', 'Marsh']) assert.ok(!text.includes(word), `a span says ${word}`);
});

test('what is not on the list does not leave: messages of exceptions, results, the words of a status', () => {
  let sent: readonly ReadableSpan[] = [];
  const exporter = closedListExporter({
    export: (spans, done) => {
      sent = spans;
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  });
  const span = {
    name: 'process text',
    status: { code: 2, message: 'patient Whitcombe' },
    attributes: { 'bullmq.queue.name': 'text', 'bullmq.job.result': 'Whitcombe', 'backstop.step': 'decide', 'http.url': '/Patient/1' },
    events: [{ name: 'exception', time: [0, 0], attributes: { 'exception.message': 'Whitcombe' } }],
    links: [],
    spanContext: () => ({ traceId: '1', spanId: '2', traceFlags: 1 }),
  } as unknown as ReadableSpan;
  exporter.export([span], () => undefined);
  assert.deepEqual(sent[0]?.attributes, { 'bullmq.queue.name': 'text', 'backstop.step': 'decide' });
  assert.deepEqual(sent[0]?.events, []);
  assert.deepEqual(sent[0]?.status, { code: 2 });
});

test('the trace of a case is its id', () => {
  assert.equal(traceIdOf('6a2c1a52-8d3e-4b5f-9c57-2f5d2f0f7a11'), '6a2c1a528d3e4b5f9c572f5d2f0f7a11');
  assert.equal(traceIdOf('00000000-0000-0000-0000-000000000000'), undefined);
  assert.equal(traceIdOf('A1002218'), undefined);
});
