/**
 * A whole run with identifiers that stand nowhere else, and with every fault that likes to quote them: then each identifier is looked for in
 * everything that leaves the product for people who may not see patients: logs, metrics, traces, jobs, codes and reasons of failures, doctor.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openChart } from '../../tools/demo/open-chart.ts';
import { settled } from '../../tools/demo/results.ts';
import { readStories, sampleFolders, samplePatients } from '../../tools/demo/samples.ts';
import { firePatientView } from '../hospital/cds-client.ts';
import { sendHl7 } from '../hospital/hl7-sender.ts';
import { type Hospital, startHospital } from '../hospital/start-hospital.ts';
import { startCollector } from '../systems/telemetry/collector.ts';
import { type Visitor, visitor } from '../web/visitor.ts';

/** Of the invented people of this run: nothing of them is a word of the product. Lower case, as they are searched. */
const IDENTIFIERS = [
  // The sample patient, whose images the archive has (test/stories/02).
  'whitcombe',
  'a1002218',
  'v1002218',
  'ash26110102',
  'd2231',
  'r0417',
  'brennan',
  '19570802',
  '1957-08-02',
  'centrilobular',
  // The made-up ones.
  'zyxwvutsky',
  'qwertina',
  'mrn-7351924',
  'oldmrn-551177',
  'vis-909090',
  'acc-phi-4711',
  'acc-phi-4712',
  'acc-phi-4713',
  'ordererova',
  'readerovich',
  '19310229',
  '1931-02-29',
  'gnomeweg',
  '0170-5550199',
  'zebra crossing',
  'pat-zyx',
  'nurse-note-kiwi',
  '2.25.424242424242',
];

function oru(control: string, parts: { readonly accession: string; readonly extra?: string; readonly pid3?: string }): string {
  return [
    `MSH|^~\\&|RADRIS|ASHMORE|BACKSTOP|ASHMORE|20261110160500||ORU^R01|${control}|P|2.5.1`,
    `PID|1||${parts.pid3 ?? 'MRN-7351924^^^ASHMORE^MR'}||Zyxwvutsky^Qwertina||19310229|F|||Gnomeweg 7^^Elfdorf||0170-5550199`,
    'PV1|1|O||||||D9^Ordererova^Olga|||||||||||VIS-909090',
    `OBR|1||${parts.accession}|CCHES^CT chest^L|||20261110140500||||||||||||||||||CT|F|||||||R9&Readerovich&Rolf`,
    'OBX|1|TX|CCHES||Vertebral fracture of T8, seen while she fell on the zebra crossing.||||||F',
    ...(parts.extra ? [parts.extra] : []),
  ].join('\r');
}

let hospital: Hospital;
let proxy: Server;
let collector: Awaited<ReturnType<typeof startCollector>>;
let metrics = '';
/** All that the people outside may see, by where it came from. */
const seen = new Map<string, string>();

/** The archive behind a proxy that fails in ways which quote the patient: half a DICOM JSON, an error page with the query in it. */
function brokenArchive(): Server {
  return createServer((incoming, response) => {
    if (incoming.url?.includes('4712'))
      return void response
        .writeHead(200, { 'content-type': 'application/dicom+json' })
        .end('[{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Zyxwvutsky^Qwertina"');
    if (incoming.url?.includes('4713'))
      return void response.writeHead(500, { 'content-type': 'text/html' }).end(`<p>SELECT failed for ACC-PHI-4713 Zyxwvutsky: ${incoming.url}</p>`);
    const target = new URL(hospital.archive.url);
    const outgoing = httpRequest(
      { host: target.hostname, port: target.port, path: incoming.url, method: incoming.method, headers: incoming.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    outgoing.once('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
}

async function run(): Promise<void> {
  const story = readStories().find((one) => one.name.startsWith('02'));
  assert.ok(story);
  const { faults } = hospital.ehr;
  const send = (message: Buffer | string) => sendHl7(hospital.hl7Port, message, { timeoutMs: 10_000 });
  // The record breaks off in the middle of a patient, answers too early, and takes what it then denies.
  faults.add('truncated', { match: (method, url) => method === 'GET' && url.includes('Patient') });
  faults.add('412', { match: (method) => method === 'POST' });
  faults.add('503-after-commit', { match: (method) => method === 'POST', nth: 1 });
  await send(story.message);
  await send(oru('PHI1', { accession: 'ACC-PHI-4711' }));
  await send(oru('PHI2', { accession: 'ACC-PHI-4712' }));
  await send(oru('PHI3', { accession: 'ACC-PHI-4713' }));
  await send(oru('PHI4', { accession: '' }));
  await send(oru('PHI5', { accession: 'ACC-PHI-4711', pid3: '' }));
  await send(oru('PHI6', { accession: 'ACC-PHI-4711', extra: 'ZDS|2.25.424242424242^zebra crossing\rOBX|x|??|Zyxwvutsky' }));
  await send('Zyxwvutsky Qwertina MRN-7351924 sent by mistake').catch(() => undefined);
  await send(
    `MSH|^~\\&|RADRIS|ASHMORE|||2026||ADT^A40|PHI7|P|2.5\rPID|1||MRN-7351924^^^ASHMORE^MR||Zyxwvutsky^Qwertina\rMRG|OLDMRN-551177^^^ASHMORE^MR`,
  );
  await send('MSH|^~\\&|RADRIS|ASHMORE|||2026||ZYX^Zyxwvutsky|PHI8|P|2.5\rPID|1||MRN-7351924');
  await noteUsers();
  assert.ok(await settled(hospital.pool, { reports: 9, timeLimitMs: 300_000, poll: () => Promise.resolve() }), 'not every case came to an end');
}

/** A pool lets go of connections that it does not use, so this is asked while each process works. */
const users = new Set<string>();
async function noteUsers(): Promise<void> {
  const found = await hospital.pool.query<{ who: string }>(
    `SELECT DISTINCT application_name || ' as ' || usename AS who FROM pg_stat_activity WHERE application_name LIKE 'backstop-%'`,
  );
  for (const row of found.rows) users.add(row.who);
}

async function visit(): Promise<void> {
  const row = (
    await hospital.pool.query<{ id: string; ref: string }>(
      'SELECT id, patient_reference AS ref FROM backstop.cases WHERE patient_reference IS NOT NULL',
    )
  ).rows[0];
  assert.ok(row, 'no case reached the health record');
  assert.equal((await openChart(hospital, row.ref.replace('Patient/', ''))).length, 1);
  // A hook whose prefetch is broken, and one with a patient that is not the context's.
  await firePatientView(hospital.webUrl, { patientId: 'pat-zyx', userId: 'Practitioner/Ordererova', prefetch: { patient: 'Zyxwvutsky' } });
  const patient = { resourceType: 'Patient', id: 'pat-zyx', name: [{ family: 'Zyxwvutsky' }], birthDate: '1931-02-29' };
  await firePatientView(hospital.webUrl, { patientId: 'other', userId: 'Practitioner/Ordererova', prefetch: { patient } });
  for (const path of ['/Zyxwvutsky', '/cases/Zyxwvutsky', '/cds-services/Zyxwvutsky', '/cases?q=MRN-7351924', `/cases/${row.id}/Zyxwvutsky.txt`])
    await fetch(`${hospital.webUrl}${path}`, { redirect: 'manual' });
  await fetch(`${hospital.webUrl}/cds-services/Zyxwvutsky`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"Zyxwvutsky":',
  });
  const person: Visitor = await visitor({ url: hospital.webUrl, become: () => undefined } as never, { name: 'Demo User', roles: [] });
  for (const path of ['/worklist', '/review', '/operations', '/audit', `/cases/${row.id}`, '/worklist?q=Zyxwvutsky']) await person.get(path);
  assert.ok((await person.get(`/cases/${row.id}`)).text.includes('Whitcombe'), 'a person with a role does see the patient');
  await person.post('/worklist/act', { case: row.id, act: 'note', note: 'nurse-note-kiwi about Whitcombe' });
}

before(async () => {
  collector = await startCollector();
  proxy = brokenArchive();
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  hospital = await startHospital({
    studyFolders: sampleFolders(),
    seed: samplePatients() as never,
    settings: {
      DICOMWEB_URL: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/dicom-web`,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      METRICS_PORT: '0',
      LOG_LEVEL: 'trace',
      IMAGES_GIVE_UP_HOURS: '0',
    },
  });
  await run();
  await visit();
  await noteUsers();
  for (const role of ['listen', 'work', 'web'] as const) {
    const port = hospital.process(role)?.lines.find((line) => line.event === 'metrics.ready')?.['port'];
    metrics += await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
  }
  seen.set('metrics', metrics);
  for (const [name, statement] of Object.entries({
    'job data': `SELECT to_jsonb(t)::text AS row FROM bullmq.job t`,
    'time line': `SELECT concat_ws(' ', step, outcome, detail) AS row FROM backstop.case_event`,
    'reasons of failures': `SELECT concat_ws(' ', facts ->> 'stopped', NULL) AS row FROM backstop.cases UNION ALL SELECT concat_ws(' ', unusable_code, unusable_text) FROM backstop.message`,
    'audit trail': `SELECT concat_ws(' ', actor, action, detail) AS row FROM backstop.audit_trail`,
    deliveries: `SELECT concat_ws(' ', channel, state, code) AS row FROM backstop.delivery`,
    outbox: `SELECT concat_ws(' ', channel, key, control_id, code) AS row FROM backstop.outbox`,
  }))
    seen.set(name, (await hospital.pool.query<{ row: string }>(statement)).rows.map((row) => row.row).join('\n'));
  await Promise.all((['listen', 'work', 'web'] as const).map(async (role) => await hospital.process(role)?.stop()));
  seen.set('log', readFileSync(hospital.logFile, 'utf8'));
  // What a process still holds is sent when it stops.
  seen.set('traces', collector.spans.map((span) => span.raw).join('\n'));
});
after(async () => {
  await hospital?.close();
  await collector?.close();
  proxy?.closeAllConnections();
  proxy?.close();
});

test('each process worked under its own database role', () => {
  assert.deepEqual([...users].toSorted(), ['backstop-listen as listen_1', 'backstop-web as web_1', 'backstop-work as work_1']);
  // Insufficient privilege: a right that src/systems/postgres/roles.ts forgot.
  assert.ok(!(seen.get('log') ?? '').includes('"42501"'), 'a process asked for something that its role may not do');
});

test('the run did what likes to leak: reports, retries, refusals, cards, pages', () => {
  const log = seen.get('log') ?? '';
  for (const event of ['listener.message', 'listener.refused', 'step.done', 'step.retry', 'fhir.call', 'cds.hook', 'web.request'])
    assert.ok(log.includes(`"${event}"`), `the log has no ${event}`);
  assert.ok((seen.get('traces') ?? '').length > 1_000, 'no traces');
  assert.match(metrics, /^backstop_/m);
  for (const name of ['time line', 'reasons of failures', 'audit trail', 'deliveries']) assert.notEqual(seen.get(name)?.trim() ?? '', '', name);
});

for (const place of ['log', 'metrics', 'traces', 'job data', 'time line', 'reasons of failures', 'audit trail', 'deliveries', 'outbox'])
  test(`no identifier in: ${place}`, () => {
    const text = (seen.get(place) ?? '').toLowerCase();
    assert.deepEqual(
      IDENTIFIERS.filter((word) => text.includes(word)),
      [],
    );
  });

test('doctor names no secret, whatever is wrong', () => {
  const secrets = {
    DATABASE_URL: 'postgres://someone:hunter2-db@127.0.0.1:1/none',
    DICOMWEB_AUTH: 'basic',
    DICOMWEB_USERNAME: 'reader',
    DICOMWEB_PASSWORD: 'hunter2-pacs',
    DICOMWEB_TOKEN: 'hunter2-token',
    DICOMWEB_CLIENT_SECRET: 'hunter2-client',
    OIDC_CLIENT_SECRET: 'hunter2-oidc',
    SESSION_SECRET: 'hunter2-session-hunter2-session-hunter2',
  };
  const wrong = { DICOMWEB_URL: 'http://127.0.0.1:1/dicom-web', FHIR_URL: 'http://127.0.0.1:1/fhir', MODEL_LOCALIZER_DIR: '/nowhere' };
  for (const environment of [
    { ...secrets, ...wrong },
    { ...secrets, WEB_PORT: 'many', SESSION_SECRET: 'hunter2-short' },
  ]) {
    const told = spawnSync(process.execPath, ['src/main.ts', 'doctor'], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...environment },
    });
    assert.notEqual(told.status, 0);
    assert.ok(!`${told.stdout}${told.stderr}`.includes('hunter2'), told.stdout);
  }
});
