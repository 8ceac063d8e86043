/** Metrics are counted from log events, with bounded labels and without ids; the dashboard and the alerts ask only for what is there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { makeLog } from '#src/lib/log.ts';
import { makeMetrics } from '#src/systems/telemetry/metrics.ts';
import { startMetricsServer } from '#src/systems/telemetry/metrics-server.ts';

const ROOT = join(import.meta.dirname, '../../..');
const NOTHING = {
  queues: () => Promise.resolve({}),
  unfinished: () => Promise.resolve({}),
  unfiled: () => Promise.resolve({ count: 0, oldestSeconds: 0 }),
};

test('events become counters and histograms, whatever the level of the log', async () => {
  const metrics = makeMetrics({ role: 'work', version: '1.2.3' });
  const log = makeLog({ level: 'silent', sinks: [metrics.sink] });
  log.info('step.done', { caseId: '6a2c1a52-8d3e-4b5f-9c57-2f5d2f0f7a11', step: 'decide', to: 'decided', ms: 1500 });
  log.info('step.retry', { caseId: '6a2c1a52-8d3e-4b5f-9c57-2f5d2f0f7a11', step: 'decide', code: 'FHIR_BUSY', phase: 'answer', attempt: 1 });
  const { body } = await metrics.text();
  assert.match(body, /^backstop_steps_total\{step="decide",to="decided",role="work"\} 1$/m);
  assert.match(body, /^backstop_step_seconds_bucket\{le="1",role="work",step="decide"\} 0$/m);
  assert.match(body, /^backstop_step_seconds_bucket\{le="2.5",role="work",step="decide"\} 1$/m);
  assert.match(body, /^backstop_step_retries_total\{step="decide",code="FHIR_BUSY",role="work"\} 1$/m);
  assert.ok(!body.includes('6a2c1a52'), 'an id is no label');
});

test('gauges from the database are read at the scrape; a database that is down leaves them out and the rest stays', async () => {
  const metrics = makeMetrics({ role: 'web', version: '1.2.3' });
  let down = false;
  metrics.watch({
    queues: () => (down ? Promise.reject(new Error('down')) : Promise.resolve({ model: { waiting: 3 } })),
    unfinished: () => Promise.resolve({ parked: 2 }),
    unfiled: () => Promise.resolve({ count: 4, oldestSeconds: 1.5 }),
  });
  const server = await startMetricsServer({ host: '127.0.0.1', port: 0, metrics });
  try {
    const scrape = async () => await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    assert.match(await scrape(), /^backstop_queue_jobs\{queue="model",state="waiting",role="web"\} 3$/m);
    assert.match(await scrape(), /^backstop_hl7_unfiled_messages\{role="web"\} 4$/m);
    down = true;
    const text = await scrape();
    assert.doesNotMatch(text, /^backstop_queue_jobs\{/m);
    assert.match(text, /^backstop_unfinished_cases\{state="parked",role="web"\} 2$/m);
    assert.equal((await fetch(`http://127.0.0.1:${server.port}/health/live`)).status, 200);
    assert.equal((await fetch(`http://127.0.0.1:${server.port}/cases`)).status, 404);
  } finally {
    await server.close();
  }
});

/** Names of ours that a PromQL expression asks for; _bucket, _sum and _count belong to their histogram. */
function asked(expression: string): string[] {
  return [...expression.matchAll(/\b(backstop_[a-z0-9_]+|process_[a-z0-9_]+|nodejs_[a-z0-9_]+)/g)].map((match) =>
    (match[1] ?? '').replace(/_(bucket|sum|count)$/, ''),
  );
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly labels: { readonly severity: string };
      readonly annotations: { readonly summary: string; readonly runbook: string };
    }[];
  }[];
}

test('alerts ask for metrics that exist, and each names a paragraph of the runbook that exists', () => {
  const metrics = makeMetrics({ role: 'all', version: '0' });
  metrics.watch(NOTHING);
  const known = new Set(metrics.names());
  const rules = (parse(readFileSync(join(ROOT, 'deploy/prometheus/alerts.yml'), 'utf8')) as Rules).groups.flatMap((group) => group.rules);
  assert.ok(rules.length >= 10);
  const runbook = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
  for (const rule of rules) {
    const names = asked(rule.expr);
    assert.ok(names.length > 0, `${rule.alert} asks for nothing of ours`);
    assert.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
      rule.alert,
    );
    assert.ok(['page', 'ticket'].includes(rule.labels.severity), rule.alert);
    assert.ok(runbook.includes(`### ${rule.alert}\n`), `the runbook has no paragraph "${rule.alert}"`);
  }
  assert.deepEqual(
    [...runbook.matchAll(/^### (Backstop\w+)$/gm)].map((match) => match[1] ?? '').toSorted((a, b) => a.localeCompare(b)),
    rules.map((rule) => rule.alert).toSorted((a, b) => a.localeCompare(b)),
  );
});

test('the Grafana dashboard asks for metrics that exist', () => {
  const metrics = makeMetrics({ role: 'all', version: '0' });
  metrics.watch(NOTHING);
  const known = new Set(metrics.names());
  const board = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana/backstop.json'), 'utf8')) as {
    panels: { title: string; targets?: { expr: string }[] }[];
  };
  const expressions = board.panels.flatMap((panel) => panel.targets ?? []).map((target) => target.expr);
  assert.ok(expressions.length >= 10);
  assert.deepEqual(
    expressions.flatMap(asked).filter((name) => !known.has(name)),
    [],
  );
});
