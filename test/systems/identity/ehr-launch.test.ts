/** A click on a card's link: SMART App Launch from a stand-in EHR leads to the very case, and to no case of another patient. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { CaseFacts } from '#src/case/case.ts';
import { accession } from '#src/case/ids.ts';
import { makeFinding, makeHistory, makeReading } from '#test/fakes/make-case.ts';
import { makeReport } from '#test/fakes/make-report.ts';
import { makeInbox } from '#test/inbox.ts';
import { openWeb } from '#test/web/open-web.ts';
import { visitor } from '#test/web/visitor.ts';

/** An EHR: its SMART discovery document, and a token answer that names the patient in context and hands on the card's appContext. */
async function openEhr(t: TestContext) {
  let context: Record<string, unknown> = {};
  let authorization = '';
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        issuer: authorization,
        authorization_endpoint: `${authorization}/authorize`,
        token_endpoint: `${authorization}/token`,
        jwks_uri: `${authorization}/jwks`,
        code_challenge_methods_supported: ['S256'],
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`;
  const web = await openWeb({ settings: { SMART_ISSUERS: `${issuer}=backstop-app,${issuer}/two=backstop-app`, FHIR_PUBLIC_URL: issuer } });
  t.after(() => web.close());
  authorization = web.provider.issuer.url ?? '';
  web.provider.service.on('beforeResponse', (answer: { body: Record<string, unknown> }) => Object.assign(answer.body, context));
  web.become('Dr Launch', []);
  return {
    web,
    issuer,
    launch: async (token: Record<string, unknown>, path = `/launch?iss=${encodeURIComponent(issuer)}&launch=abc`) => {
      context = token;
      return (await visitor(web)).get(path);
    },
  };
}

test('the launch from a card opens its case; without or with a foreign appContext no other patient is shown', async (t) => {
  const { web, issuer, launch } = await openEhr(t);
  const inbox = makeInbox({ pool: web.pool, enqueue: async () => {} });
  const ids: Record<string, string> = {};
  for (const patient of ['ada', 'bea']) {
    const raw = { source: 's', sendingApplication: '', sendingFacility: '', controlId: patient, messageType: 'ORU^R01', bytes: Buffer.from(patient) };
    const report = makeReport({ accession: accession(`ACC-${patient.toUpperCase()}`) ?? null });
    const stored = await inbox.receive({ ...raw, charset: 'utf-8', remoteAddress: '', flags: [] }, report, null);
    assert.ok(stored.kind === 'stored' && stored.caseId);
    ids[patient] = stored.caseId;
    const history = makeHistory({ patientReference: `Patient/${patient}` });
    const facts: Partial<CaseFacts> = { reading: makeReading(), finding: makeFinding({ L1: 2 }), history };
    await web.pool.query(`UPDATE backstop.cases SET state = 'measured', patient_reference = $2, facts = facts || $3::jsonb WHERE id = $1`, [
      stored.caseId,
      history.patientReference,
      JSON.stringify(facts),
    ]);
  }

  const own = await launch({ patient: 'ada', appContext: ids['ada'] });
  assert.deepEqual([own.path, own.status], [`/cases/${ids['ada']}`, 200]);
  assert.match(own.text, /ACC-ADA/);

  const dropped = await launch({ patient: 'ada' });
  assert.deepEqual([dropped.path, dropped.status], ['/patient', 200]);
  assert.ok(dropped.text.includes(ids['ada'] ?? '-') && !dropped.text.includes(ids['bea'] ?? '-'), 'her cases and no others');

  const foreign = await launch({ patient: 'ada', appContext: ids['bea'] });
  assert.equal(foreign.status, 404);
  assert.doesNotMatch(foreign.text, /ACC-BEA/);

  for (const appContext of ['//evil.example', '../login', { a: 1 }, `${ids['ada']}/key-image.png`]) {
    assert.equal((await launch({ patient: 'ada', appContext })).path, '/patient');
  }
  // Another EHR on the list has a "Patient/ada" too: it is somebody else.
  const elsewhere = await launch({ patient: 'ada', appContext: ids['ada'] }, `/launch?iss=${encodeURIComponent(`${issuer}/two`)}&launch=abc`);
  assert.equal(elsewhere.status, 404);
  const nobody = await launch({ patient: 'ada' }, `/launch?iss=${encodeURIComponent(`${issuer}/two`)}&launch=abc`);
  assert.equal(nobody.path, '/patient');
  assert.match(nobody.text, /does not know which patient/);
  assert.doesNotMatch(nobody.text, /ACC-/);

  const unlisted = await launch({}, '/launch?iss=http%3A%2F%2Fevil.example%2Ffhir&launch=abc');
  assert.equal(unlisted.status, 403);
});
