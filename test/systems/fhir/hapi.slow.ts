/** The same writes against a HAPI FHIR JPA server from Maven. Slow (the server takes a minute or three to start), so `npm test` leaves it out: node --test test/systems/fhir/hapi.slow.ts */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Bundle } from '@medplum/fhirtypes';
import type { Case } from '#src/case/case.ts';
import { TryLater } from '#src/lib/errors.ts';
import { takeChanges } from '#src/steps/take-changes.ts';
import { makeHealthRecord } from '#src/systems/fhir/client.ts';
import { CASE_TAG } from '#src/systems/fhir/names.ts';
import { makeAnswer, makeCase, makeFinding, makeReading, statingReading } from '#test/fakes/make-case.ts';
import { startFaultProxy } from '#test/hospital/fault-proxy.ts';
import { ADA, CLOCK, decided, withFacts } from './hospital-of-one.ts';

const TYPES = ['Observation', 'DiagnosticReport', 'DetectedIssue', 'ServiceRequest', 'Provenance', 'AuditEvent', 'Task'];

/** Undefined where Maven or the artefacts are missing; asked offline only. */
function hapiClasspath(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-hapi-'));
  const out = join(folder, 'classpath.txt');
  const pom = new URL('./hapi-server/pom.xml', import.meta.url).pathname;
  try {
    execFileSync('mvn', ['-q', '-o', '-f', pom, 'dependency:build-classpath', `-Dmdep.outputFile=${out}`], { stdio: 'ignore' });
    return readFileSync(out, 'utf8').trim();
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startHapi(classpath: string) {
  const main = new URL('./hapi-server/HapiServer.java', import.meta.url).pathname;
  const java = spawn('java', ['-Xmx2g', '-cp', classpath, main], { stdio: ['pipe', 'pipe', 'ignore'] });
  const port = await new Promise<string>((ready, failed) => {
    java.stdout.on('data', (chunk: Buffer) => {
      const found = /READY (\d+)/.exec(chunk.toString());
      if (found?.[1]) ready(found[1]);
    });
    java.once('exit', (code) => failed(new Error(`HAPI ended with ${code}`)));
  });
  const ended = new Promise((done) => java.once('exit', done));
  const close = async () => {
    java.stdin.end();
    await ended;
  };
  return { url: `http://127.0.0.1:${port}/fhir`, close };
}

test('HAPI FHIR JPA: a case’s life, and a break after the commit of each request: 0 duplicates, 0 lost', { timeout: 900_000 }, async (t) => {
  const classpath = hapiClasspath();
  if (classpath === undefined)
    return t.skip('the HAPI server is not here: mvn -f test/systems/fhir/hapi-server/pom.xml dependency:build-classpath fetches it');
  const hapi = await startHapi(classpath);
  const proxy = await startFaultProxy(hapi.url);
  try {
    const open = () =>
      makeHealthRecord({ baseUrl: proxy.url, auth: null, clock: CLOCK, identifierSystems: { HOSP: 'https://hospital.example/mrn' } });
    const record = open();
    const put = await fetch(`${hapi.url}/Patient/ada`, {
      method: 'PUT',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(ADA),
    });
    assert.equal(put.status, 201);

    /** What stands of one case, by type and status. */
    const standing = async (subject: Case): Promise<readonly string[]> => {
      const found: string[] = [];
      for (const type of TYPES) {
        const bundle = (await (
          await fetch(`${hapi.url}/${type}?_tag=${encodeURIComponent(`${CASE_TAG}|${subject.id}`)}&_count=50`, {
            headers: { 'cache-control': 'no-cache' },
          })
        ).json()) as Bundle;
        for (const entry of bundle.entry ?? []) found.push(`${type} ${(entry.resource as { status?: string }).status ?? ''}`.trim());
      }
      return found.toSorted();
    };
    const write = async (subject: Case) => {
      const next = await decided(subject, record);
      return withFacts(next, { resources: await record.write(next, undefined) });
    };
    const stating = () => makeCase({ reading: statingReading(['L1']), finding: makeFinding({ L1: 2, T8: 1 }) });

    const first = await write(stating());
    const requests = proxy.count();
    const once = await standing(first);
    assert.deepEqual(once, [
      'AuditEvent',
      'DetectedIssue preliminary',
      'DiagnosticReport preliminary',
      'Observation preliminary',
      'Observation preliminary',
      'Observation preliminary',
      'Provenance',
      'ServiceRequest draft',
      'Task requested',
    ]);
    await record.write(first, undefined);
    assert.deepEqual(await standing(first), once, 'written twice');

    const accepted = await write(withFacts(first, { answers: [makeAnswer('referral-accepted', { by: 'account-1' })] }));
    assert.ok((await standing(accepted)).includes('Task accepted'));
    assert.equal(accepted.facts.resources.filter((resource) => resource.refused).length, 0);

    const other = makeCase({ reading: statingReading(['L1']) });
    assert.equal((await decided(other, record)).facts.decision?.rule, 'R10', 'the order of the first case is an open referral for the second');
    const silent = await write({ ...withFacts(accepted, { reading: makeReading(), finding: makeFinding() }), reportVersion: 2 });
    assert.ok((await standing(silent)).includes('Task requested'), 'the service is asked to check');

    const polled = await takeChanges({ store: { load: async () => first, recordAnswer: async () => true }, record }, '2020-01-01T00:00:00Z');
    assert.equal(polled, 1, 'the acceptance is seen by a store that does not have it');

    await record.withdraw(first.id);
    let broken = 0;
    for (const kind of ['503-after-commit', 'reset-after-commit', '503', 'empty-201'] as const) {
      const each = await decided(makeCase({ reading: makeReading(), finding: makeFinding({ L1: 2 }) }), record);
      const before = proxy.count();
      await open().write(each, undefined);
      const steps = proxy.count() - before;
      const expected = await standing(each);
      for (let nth = 0; nth < steps; nth += 1) {
        const subject = { ...each, id: makeCase().id };
        proxy.faults.add(kind, { nth });
        for (let run = 0; run < 5; run += 1) {
          try {
            await open().write(subject, undefined);
            break;
          } catch (error) {
            if (!(error instanceof TryLater)) throw error;
          }
        }
        proxy.faults.clear();
        assert.deepEqual(await standing(subject), expected, `${kind} at request ${nth}`);
        broken += 1;
      }
    }
    t.diagnostic(`first write ${requests} requests; ${broken} broken requests, 0 duplicates, 0 lost`);
  } finally {
    await proxy.close();
    await hapi.close();
  }
});
