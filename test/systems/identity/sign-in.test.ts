/** Signing in, and what must not sign in: wrong state, nonce, PKCE, audience, issuer; an EHR launch that sees one patient. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { rolesFrom } from '#src/systems/identity/signed-in.ts';
import { makeFinding } from '#test/fakes/make-case.ts';
import { type InventedCase, inventCase, storeCases } from '#test/web/invented-cases.ts';
import { type OpenWeb, openWeb } from '#test/web/open-web.ts';
import { visitor } from '#test/web/visitor.ts';

let web: OpenWeb;
let ehr: Server;
let issuer: string;
let own: InventedCase;
let other: InventedCase;
/** What the provider changes in the tokens of this test. */
let bend: (payload: Record<string, unknown>) => void = () => undefined;
const asked: { readonly challenge?: string; readonly verifier?: string }[] = [];

before(async () => {
  const hosts: { provider: string } = { provider: '' };
  ehr = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        issuer: hosts.provider,
        authorization_endpoint: `${hosts.provider}/authorize`,
        token_endpoint: `${hosts.provider}/token`,
        jwks_uri: `${hosts.provider}/jwks`,
        code_challenge_methods_supported: ['S256'],
        capabilities: ['launch-ehr'],
      }),
    );
  });
  await new Promise<void>((resolve) => ehr.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(ehr.address() as AddressInfo).port}/fhir`;
  web = await openWeb({ settings: { SMART_ISSUERS: `${issuer}=backstop-in-ehr`, FHIR_PUBLIC_URL: issuer } });
  hosts.provider = web.provider.issuer.url ?? '';
  web.provider.service.on('beforeTokenSigning', (token: { payload: Record<string, unknown> }) => bend(token.payload));
  web.provider.service.on('beforeResponse', (answer: { body: Record<string, unknown> }, request: { body: Record<string, string> }) => {
    answer.body['patient'] = 'pat-own';
    asked.push({ verifier: request.body['code_verifier'] ?? '' });
  });
  const person = (id: string) => ({ id, family: `Family${id}`, given: 'Gwen', birthDate: '1948-08-08', sex: 'female' as const });
  const wish = {
    accession: 'IDENT1',
    text: 'FINDINGS: Vertebral fracture of L1, grade 2.',
    finding: makeFinding({ L1: 2 }),
    reportedAt: '2026-11-20T10:00:00Z',
  };
  own = inventCase({ ...wish, person: person('OWN') });
  other = inventCase({ ...wish, person: person('OTHER') });
  await storeCases(web.pool, [own, other]);
});
after(async () => {
  await web.close();
  ehr.closeAllConnections();
  ehr.close();
});
beforeEach(() => {
  bend = () => undefined;
});

/** Follows one redirect of ours and gives where it leads, without going there. */
async function begin(path = '/login'): Promise<{ readonly authorize: URL; readonly cookie: string }> {
  const response = await fetch(`${web.url}${path}`, { redirect: 'manual' });
  assert.equal(response.status, 303);
  return { authorize: new URL(response.headers.get('location') ?? ''), cookie: (response.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '' };
}

async function codeFrom(authorize: URL): Promise<URL> {
  const response = await fetch(authorize, { redirect: 'manual' });
  return new URL(response.headers.get('location') ?? '');
}

async function back(callback: URL, cookie: string): Promise<Response> {
  return await fetch(callback, { redirect: 'manual', headers: { cookie } });
}

test('a good sign-in: code with PKCE, state and nonce; the session gets a new id; the cookie is opaque, HttpOnly and Lax', async () => {
  web.become('Nora Nurse', ['fls']);
  const { authorize, cookie } = await begin();
  for (const name of ['state', 'nonce', 'code_challenge']) assert.ok((authorize.searchParams.get(name) ?? '').length >= 20, name);
  assert.equal(authorize.searchParams.get('code_challenge_method'), 'S256');
  const done = await back(await codeFrom(authorize), cookie);
  assert.deepEqual([done.status, done.headers.get('location')], [303, '/']);
  const verifier = asked.at(-1)?.verifier ?? '';
  assert.equal(createHash('sha256').update(verifier).digest('base64url'), authorize.searchParams.get('code_challenge'));
  const fresh = done.headers.getSetCookie()[0] ?? '';
  assert.notEqual(fresh.split(';')[0], cookie, 'an id planted before is worth nothing');
  assert.match(fresh, /HttpOnly/);
  assert.match(fresh, /SameSite=Lax/);
  assert.equal((await fetch(`${web.url}/worklist`, { redirect: 'manual', headers: { cookie } })).status, 303, 'the old id is signed out');
  assert.equal((await fetch(`${web.url}/worklist`, { redirect: 'manual', headers: { cookie: fresh.split(';')[0] ?? '' } })).status, 200);
});

test('wrong state, no state, a code twice, and a callback that nobody began: 403 or nothing, and nobody is signed in', async () => {
  web.become('Nora Nurse', ['fls']);
  for (const spoil of [
    (url: URL) => url.searchParams.set('state', 'x'),
    (url: URL) => url.searchParams.delete('state'),
    (url: URL) => url.searchParams.set('code', 'x'),
  ]) {
    const { authorize, cookie } = await begin();
    const callback = await codeFrom(authorize);
    spoil(callback);
    assert.equal((await back(callback, cookie)).status, 403);
    assert.equal((await fetch(`${web.url}/worklist`, { redirect: 'manual', headers: { cookie } })).status, 303);
  }
  const { authorize } = await begin();
  const stranger = await back(await codeFrom(authorize), '');
  assert.deepEqual([stranger.status, stranger.headers.get('location')], [303, '/']);
});

test("another browser's code does not sign in: PKCE binds it to the browser that asked", async () => {
  const mine = await begin();
  const theirs = await begin();
  const stolen = await codeFrom(mine.authorize);
  stolen.searchParams.set('state', theirs.authorize.searchParams.get('state') ?? '');
  assert.equal((await back(stolen, theirs.cookie)).status, 403);
});

test('an id token with another nonce, audience or issuer, or out of date: 403', async () => {
  web.become('Nora Nurse', ['fls']);
  const bends: readonly ((payload: Record<string, unknown>) => void)[] = [
    (payload) => Object.assign(payload, { nonce: 'another' }),
    (payload) => Object.assign(payload, { aud: 'another-client' }),
    (payload) => Object.assign(payload, { iss: 'https://elsewhere.example' }),
    (payload) => Object.assign(payload, { exp: Math.floor(Date.now() / 1000) - 3600 }),
  ];
  for (const one of bends) {
    bend = one;
    const { authorize, cookie } = await begin();
    assert.equal((await back(await codeFrom(authorize), cookie)).status, 403);
  }
});

test('after signing in one comes back to a page of ours and to no other site', async () => {
  web.become('Nora Nurse', ['fls']);
  for (const [wanted, expected] of [
    ['/worklist?show=new', '/worklist?show=new'],
    ['//evil.example/', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    ['javascript:alert(1)', '/'],
  ] as const) {
    const { authorize, cookie } = await begin(`/login?returnTo=${encodeURIComponent(wanted)}`);
    assert.equal((await back(await codeFrom(authorize), cookie)).headers.get('location'), expected, wanted);
  }
});

test('an EHR that is not listed cannot launch, whatever it calls itself', async () => {
  for (const iss of ['https://evil.example/fhir', `${issuer}.evil.example`, `${issuer}/../other`, '', 'javascript:1']) {
    assert.equal((await fetch(`${web.url}/launch?iss=${encodeURIComponent(iss)}&launch=abc`, { redirect: 'manual' })).status, 403, iss);
  }
  assert.equal((await fetch(`${web.url}/launch?iss=${encodeURIComponent(issuer)}`, { redirect: 'manual' })).status, 403, 'no launch context');
});

test('an EHR launch shows the cases of its one patient, and nothing else', async () => {
  web.become('EHR User', ['admin', 'fls']);
  const { authorize, cookie } = await begin(`/launch?iss=${encodeURIComponent(issuer)}&launch=abc`);
  assert.deepEqual(
    [authorize.searchParams.get('aud'), authorize.searchParams.get('launch'), authorize.searchParams.get('client_id')],
    [issuer, 'abc', 'backstop-in-ehr'],
  );
  const done = await back(await codeFrom(authorize), cookie);
  assert.equal(done.headers.get('location'), '/patient');
  const signed = { cookie: (done.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '' };
  const get = (path: string) => fetch(`${web.url}${path}`, { redirect: 'manual', headers: signed });
  const page = await (await get('/patient')).text();
  assert.ok(page.includes('FamilyOWN') && !page.includes('FamilyOTHER'));
  assert.equal((await get(`/cases/${own.id}`)).status, 200);
  assert.equal((await get(`/cases/${other.id}`)).status, 404);
  // Roles that the EHR's token claims are not ours to believe.
  for (const path of ['/cases', '/worklist', '/review', `/review/${own.id}`, '/audit', '/operations'])
    assert.equal((await get(path)).status, 403, path);
});

test('signing out ends the session on the server', async () => {
  const nurse = await visitor(web, { name: 'Nora Nurse', roles: ['fls'] });
  assert.equal((await nurse.get('/worklist')).status, 200);
  const before = nurse.cookie();
  await nurse.post('/logout', {});
  assert.equal((await fetch(`${web.url}/worklist`, { redirect: 'manual', headers: { cookie: `backstop=${before}` } })).status, 303);
});

test('roles come from the configured claim; what is not a role of ours is none', () => {
  assert.deepEqual(rolesFrom({ roles: ['fls', 'root', 'ops'] }, 'roles'), ['fls', 'ops']);
  assert.deepEqual(rolesFrom({ realm_access: { roles: ['radiologist'] } }, 'realm_access.roles'), ['radiologist']);
  assert.deepEqual(rolesFrom({ groups: 'auditor, admins' }, 'groups'), ['auditor']);
  for (const claims of [undefined, null, {}, { roles: null }, { roles: 7 }, { roles: { fls: true } }, { roles: [['fls']] }])
    assert.deepEqual(rolesFrom(claims, 'roles'), []);
});
