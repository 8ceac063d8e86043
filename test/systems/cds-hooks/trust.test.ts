/** Who may call: points 22-28 of reference/cds-hooks.md. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import request from 'supertest';
import { trustProfile } from '#src/systems/cds-hooks/trust-profile.ts';
import { row } from './cases.ts';
import { HOOK_URL, ISSUER, makeClient } from './client-token.ts';
import { type BenchSettings, bench, NOW, PUBLIC_URL, UNSIGNED, viewRequest } from './setup.ts';

const PATH = '/cds-services/vertebral-fracture-patient-view';
const SECONDS = NOW.getTime() / 1000;

function guarded(settings: BenchSettings) {
  const { app, store } = bench({ rows: [row()], unsigned: null, ...settings });
  const call = (token: string | undefined, body: object = viewRequest(), path = PATH) => {
    const post = request(app).post(path);
    return (token === undefined ? post : post.set('authorization', `Bearer ${token}`)).send(body);
  };
  return { app, call, store };
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('trust', () => {
  it('[CDS-22] refuses none and HMAC, in tokens and in configuration', async () => {
    const { profile, publicJwk, sign } = await makeClient();
    const { call } = guarded({ profiles: [profile] });
    assert.equal((await call(await sign())).status, 200);
    const [, payload] = (await sign()).split('.');
    const none = `${part({ alg: 'none', kid: 'k+/0=', typ: 'JWT' })}.${payload}.`;
    assert.equal((await call(none)).status, 401);
    assert.equal((await call(`${none}x`)).status, 401);
    const head = part({ alg: 'HS256', kid: 'k+/0=', typ: 'JWT' });
    const hmac = createHmac('sha256', JSON.stringify(publicJwk)).update(`${head}.${payload}`).digest('base64url');
    assert.equal((await call(`${head}.${payload}.${hmac}`)).status, 401);
    for (const algorithms of [['none'], ['HS256'], ['ES384', 'HS512'], []]) {
      assert.throws(() => trustProfile({ name: 'x', kind: 'custom', issuer: 'i', keys: { jwks: { keys: [] } }, algorithms }), RangeError);
    }
    const epic = await makeClient({ kind: 'epic' }, 'RS384');
    const other = await makeClient({ kind: 'epic' }, 'RS256');
    assert.equal((await guarded({ profiles: [epic.profile] }).call(await epic.sign())).status, 200);
    assert.equal((await guarded({ profiles: [other.profile] }).call(await other.sign())).status, 401, "RS256 is not on Epic's list");
  });

  it('[CDS-23] never fetches keys from an unlisted place', async () => {
    const asked: string[] = [];
    const { publicJwk, sign } = await makeClient();
    const fetcher = (async (url: string | URL | Request) => {
      asked.push(String(url));
      return new Response(JSON.stringify({ keys: [publicJwk] }), { headers: { 'content-type': 'application/json' } });
    }) as typeof fetch;
    const profile = trustProfile({
      name: 'ehr',
      kind: 'custom',
      issuer: ISSUER,
      keys: { jwksUris: ['https://ehr.test/jwks', 'https://ehr.test/jwks2'] },
    });
    const { call } = guarded({ profiles: [profile], fetch: fetcher });
    assert.equal((await call(await sign({}, { jku: 'https://evil.test/jwks' }))).status, 401);
    assert.equal((await call(await sign({}, { jku: 'https://ehr.test/jwks/../evil' }))).status, 401);
    assert.equal((await call(await sign({ iss: 'https://evil.test' }, { jku: 'https://ehr.test/jwks' }))).status, 401);
    assert.deepEqual(asked, []);
    assert.equal((await call(await sign({}, { jku: 'https://ehr.test/jwks2' }))).status, 200);
    assert.equal((await call(await sign())).status, 200, 'without jku the first listed address is used');
    assert.deepEqual(asked, ['https://ehr.test/jwks2', 'https://ehr.test/jwks']);
    assert.throws(() => trustProfile({ ...profile, keys: { jwksUris: ['http://ehr.test/jwks'] } }), /https/);
  });

  it("[CDS-23] one issuer's key does not open another issuer's door", async () => {
    const first = await makeClient();
    const second = await makeClient({ issuer: 'https://other.test' });
    const { call } = guarded({ profiles: [first.profile, second.profile] });
    assert.equal((await call(await first.sign({ iss: 'https://other.test' }))).status, 401);
    assert.equal((await call(await second.sign())).status, 200);
  });

  it('[CDS-24] checks audience, times, tenant, signature and header', async () => {
    const { profile, sign } = await makeClient({ tenants: ['north'] });
    const { call } = guarded({ profiles: [profile] });
    const good = { tenant: 'north' };
    assert.equal((await call(await sign(good))).status, 200);
    assert.equal(
      (await call(await sign({ ...good, nbf: SECONDS - 300, sub: 'client', iat: SECONDS - 300, exp: SECONDS + 600 }))).status,
      200,
      "Epic's shape",
    );
    const bad: Record<string, Promise<string>> = {
      'aud of another host': sign({ ...good, aud: 'https://evil.test' }),
      'aud of the base': sign({ ...good, aud: `${PUBLIC_URL}/cds-services` }),
      'aud with a slash': sign({ ...good, aud: `${HOOK_URL}/` }),
      'no aud': sign({ ...good, aud: undefined }),
      expired: sign({ ...good, iat: SECONDS - 400, exp: SECONDS - 31 }),
      'no exp': sign({ ...good, exp: undefined }),
      'not yet': sign({ ...good, nbf: SECONDS + 31 }),
      'from the future': sign({ ...good, iat: SECONDS + 60, exp: SECONDS + 300 }),
      'no iat': sign({ ...good, iat: undefined }),
      'lives too long': sign({ ...good, exp: SECONDS + 86_400 }),
      'no tenant': sign(),
      'other tenant': sign({ tenant: 'south' }),
      'tenants as a list': sign({ tenant: ['north'] }),
      'no jti': sign({ ...good, jti: undefined }),
      'empty jti': sign({ ...good, jti: '' }),
      'jti with NUL': sign({ ...good, jti: 'a\u0000b' }),
      'jti without end': sign({ ...good, jti: 'a'.repeat(501) }),
      'jti as a number': sign({ ...good, jti: 7 }),
      'no kid': sign(good, { kid: undefined }),
      'other kid': sign(good, { kid: 'k2' }),
      'no typ': sign(good, { typ: undefined }),
      'other typ': sign(good, { typ: 'at+jwt' }),
      'other signer': (await makeClient({ tenants: ['north'] })).sign(good),
    };
    for (const [name, token] of Object.entries(bad)) assert.equal((await call(await token)).status, 401, name);
    const skewed = await call(await sign({ ...good, iat: SECONDS + 20, nbf: SECONDS + 20 }));
    assert.equal(skewed.status, 200, '30 s of skew are forgiven');
    const expiredWithinSkew = await call(await sign({ ...good, iat: SECONDS - 300, exp: SECONDS - 20 }));
    assert.equal(expiredWithinSkew.status, 200);
  });

  it('[CDS-24] a jti counts once per issuer; an identical retry is let in', async () => {
    const first = await makeClient();
    const second = await makeClient({ issuer: 'https://other.test' });
    const { call } = guarded({ profiles: [first.profile, second.profile] });
    const jti = 'once';
    const token = await first.sign({ jti });
    const body = viewRequest();
    assert.equal((await call(token, body)).status, 200);
    assert.equal((await call(token, body)).status, 200, 'the same bytes again are a retry');
    const other = viewRequest({ context: { userId: 'Practitioner/dr1', patientId: 'p2' } });
    assert.equal((await call(token, other)).status, 401, 'the same token for another request is a replay');
    const path = '/cds-services/vertebral-fracture-patient-view/feedback';
    assert.equal((await call(await first.sign({ jti, aud: `${HOOK_URL}/feedback` }), { feedback: [] }, path)).status, 401);
    assert.equal((await call(await second.sign({ jti }), other)).status, 412, 'another issuer may use the same jti; here the Patient is another');
  });

  it('[CDS-25] keeps keys, reads them again for a new kid, and says 503 while they cannot be read', async () => {
    const old = await makeClient();
    const fresh = await makeClient();
    let keys: object[] = [old.publicJwk];
    let asked = 0;
    let down = false;
    const fetcher = (async () => {
      asked += 1;
      if (down) throw new TypeError('fetch failed');
      return new Response(JSON.stringify({ keys }));
    }) as typeof fetch;
    const profile = trustProfile({ name: 'ehr', kind: 'custom', issuer: ISSUER, keys: { jwksUris: ['https://ehr.test/jwks'] } });
    const { call } = guarded({ profiles: [profile], fetch: fetcher });
    down = true;
    const unreachable = await call(await old.sign());
    assert.equal(unreachable.status, 503);
    assert.ok(unreachable.headers['retry-after']);
    down = false;
    for (let n = 0; n < 3; n += 1) assert.equal((await call(await old.sign())).status, 200);
    assert.equal(asked, 2, 'read once and kept');
    keys = [{ ...fresh.publicJwk, kid: 'new' }];
    assert.equal((await call(await fresh.sign({}, { kid: 'new' }))).status, 401, 'asked again at most once in 30 s');
    assert.equal(asked, 2);
  });

  it('[CDS-26] says 401 and nothing of why, also in the log no token', async () => {
    const { profile, sign } = await makeClient();
    const lines: string[] = [];
    const note = (event: string, fields: object) => void lines.push(JSON.stringify({ event, ...fields }));
    const { call, store } = guarded({ profiles: [profile], log: { info: note, warn: note, error: note } });
    const tokens = [undefined, 'x', await sign({ aud: 'y' }), await sign({ iss: 'z' }), await sign({ exp: SECONDS - 500, iat: SECONDS - 600 })];
    const bodies = new Set<string>();
    for (const token of tokens) {
      const answer = await call(token);
      assert.equal(answer.status, 401);
      assert.equal(answer.headers['www-authenticate'], 'Bearer');
      bodies.add(answer.text);
    }
    assert.equal(bodies.size, 1, 'the same words for every reason');
    assert.deepEqual(store.reads, []);
    assert.equal(lines.length, tokens.length);
    for (const token of tokens) if (token && token.length > 5) assert.ok(!lines.join().includes(token));
  });

  it('[CDS-27] the audience is the endpoint by our own public URL, or what was agreed', async () => {
    const { profile, sign } = await makeClient({ audiences: ['https://typed-by-hand.test/cds'] });
    const { app, call } = guarded({ profiles: [profile] });
    assert.equal((await call(await sign({ aud: 'https://typed-by-hand.test/cds' }))).status, 200);
    assert.equal((await call(await sign({ aud: ['x', HOOK_URL] }))).status, 200);
    const path = `${PATH}/feedback`;
    assert.equal((await call(await sign({ aud: `${PUBLIC_URL}${path}` }), { feedback: [] }, path)).status, 200);
    assert.equal((await call(await sign({ aud: HOOK_URL }), { feedback: [] }, path)).status, 401);
    const forged = await sign({ aud: `https://evil.test${PATH}` });
    const answer = await request(app)
      .post(PATH)
      .set({ authorization: `Bearer ${forged}`, host: 'evil.test', 'x-forwarded-host': 'evil.test' })
      .send(viewRequest());
    assert.equal(answer.status, 401, 'the Host header is not believed');
  });

  it('[CDS-28] a client certificate told in a header does not replace the token', async () => {
    const { profile } = await makeClient();
    const { app } = guarded({ profiles: [profile] });
    const answer = await request(app).post(PATH).set({ 'x-client-cert': 'CN=ehr', 'x-ssl-client-verify': 'SUCCESS' }).send(viewRequest());
    assert.equal(answer.status, 401);
  });

  it('503 when the store of used tokens is down', async () => {
    const { profile, sign } = await makeClient();
    const jtiStore = { remember: () => Promise.reject(new Error('down')) };
    assert.equal((await guarded({ profiles: [profile], jtiStore }).call(await sign())).status, 503);
  });
});

it('outside the demo a FHIR server over plain http is refused', async () => {
  const { profile, sign } = await makeClient();
  const place = { publicUrl: PUBLIC_URL, site: 's', casePage: () => PUBLIC_URL, picture: null, launchUrl: null, allowHttp: false };
  const { call } = guarded({ profiles: [profile], demo: false, place });
  assert.equal((await call(await sign(), viewRequest({ fhirServer: 'https://fhir.test/r4' }))).status, 200);
  const refused = await call(await sign(), viewRequest({ fhirServer: 'http://fhir.test/r4' }));
  assert.equal(refused.status, 400);
  assert.deepEqual(refused.body.issue[0].expression, ['fhirServer']);
});

it('the demo takes callers without a token and strangers, and still refuses a bad token of a listed issuer', async () => {
  const { profile, sign } = await makeClient();
  const { call } = guarded({ profiles: [profile], unsigned: UNSIGNED });
  assert.equal((await call(undefined)).status, 200);
  assert.equal((await call('an-opaque-access-token')).status, 200);
  assert.equal((await call(await sign({ iss: 'https://stranger.test' }))).status, 200);
  assert.equal((await call(await sign({ exp: SECONDS - 500, iat: SECONDS - 600 }))).status, 401);
});
