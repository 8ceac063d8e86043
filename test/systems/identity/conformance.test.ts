/** Sign-in and sign-out against `oidc-provider` (OpenID certified), as a browser goes through it: code, PKCE, state, nonce, iss, keys that change, tokens that are wrong. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { type OpenWeb, openWeb } from '#test/web/open-web.ts';
import { CONFORMING_CLIENT, type ConformingProvider, startConformingProvider } from './conforming-provider.ts';

let provider: ConformingProvider;
let web: OpenWeb;

before(async () => {
  provider = await startConformingProvider(() => [`${web.url}/callback`]);
  web = await openWeb({
    settings: {
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: CONFORMING_CLIENT.id,
      OIDC_CLIENT_SECRET: CONFORMING_CLIENT.secret,
      OIDC_MOCK: 'false',
      OIDC_ALLOW_HTTP: 'true',
    },
  });
});
after(async () => {
  await web?.close();
  await provider?.close();
});
beforeEach(() => {
  provider.person = { sub: 'u-1', name: 'Nora Nurse', roles: ['fls'] };
  provider.bend = null;
  provider.forge = false;
});

interface Step {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
}

/** A browser with a jar for each origin. `change` may spoil an address before it is opened. */
function browser() {
  const jars = new Map<string, Map<string, string>>();
  const steps: Step[] = [];
  const open = async (address: string, change: (url: URL) => void = () => undefined, init: RequestInit = {}): Promise<Step> => {
    const url = new URL(address);
    change(url);
    const jar = jars.get(url.origin) ?? new Map<string, string>();
    jars.set(url.origin, jar);
    const headers = { ...init.headers, cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const pair = line.split(';')[0] ?? '';
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const step = { url, status: response.status, text: await response.text() };
    steps.push(step);
    const next = response.headers.get('location');
    return next ? await open(new URL(next, url).href, change) : step;
  };
  return { open, steps };
}

test('the whole way: PKCE, state and nonce leave with us and are checked, the roles of the id token open the pages', async () => {
  const { open, steps } = browser();
  const page = await open(`${web.url}/login?returnTo=%2Fworklist`);
  assert.deepEqual([page.status, page.url.pathname], [200, '/worklist']);
  assert.match(page.text, /Nora Nurse \(fls\)/);
  const authorize = steps.find(({ url }) => url.pathname === '/auth')?.url.searchParams;
  assert.equal(authorize?.get('response_type'), 'code');
  for (const name of ['state', 'nonce', 'code_challenge']) assert.ok((authorize?.get(name) ?? '').length >= 32, name);
  const verifier = provider.asked.at(-1)?.get('code_verifier') ?? '';
  assert.equal(createHash('sha256').update(verifier).digest('base64url'), authorize?.get('code_challenge'));
  const callback = steps.find(({ url }) => url.pathname === '/callback')?.url.searchParams;
  assert.equal(callback?.get('iss'), provider.issuer, 'the provider names itself in the answer (RFC 9207)');
});

test('the provider says no; its answer is bent on the way: no sign-in', async () => {
  provider.person = null;
  const refused = await browser().open(`${web.url}/login`);
  assert.deepEqual([refused.status, refused.url.searchParams.get('error')], [403, 'access_denied']);
  provider.person = { sub: 'u-1', name: 'Nora Nurse', roles: ['fls'] };
  const bent: readonly (readonly [string, string | null])[] = [
    ['iss', 'https://elsewhere.example'],
    ['iss', null],
    ['state', 'another'],
    ['state', null],
    ['code', 'guessed'],
  ];
  for (const [name, value] of bent) {
    const { open } = browser();
    const spoil = (url: URL): void => {
      if (url.pathname !== '/callback') return;
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    };
    const page = await open(`${web.url}/login`, spoil);
    assert.deepEqual([page.status, page.url.pathname], [403, '/callback'], `${name} ${value}`);
    assert.equal(
      (await open(`${web.url}/worklist`, (url) => url.pathname === '/auth' && url.searchParams.set('client_id', 'nobody'))).status,
      400,
      'not signed in',
    );
  }
});

test('an id token of another issuer, audience, party, nonce or time, without subject, or of another key: no sign-in', async () => {
  const now = Math.floor(Date.now() / 1000);
  const wrong: Readonly<Record<string, (claims: Record<string, unknown>) => void>> = {
    issuer: (claims) => Object.assign(claims, { iss: 'https://elsewhere.example' }),
    audience: (claims) => Object.assign(claims, { aud: 'another-client' }),
    'authorized party': (claims) => Object.assign(claims, { aud: [CONFORMING_CLIENT.id, 'another-client'], azp: 'another-client' }),
    nonce: (claims) => Object.assign(claims, { nonce: 'another' }),
    'no nonce': (claims) => delete claims['nonce'],
    expired: (claims) => Object.assign(claims, { exp: now - 3600, iat: now - 7200 }),
    'not yet': (claims) => Object.assign(claims, { nbf: now + 3600 }),
    'no subject': (claims) => delete claims['sub'],
    'no expiry': (claims) => delete claims['exp'],
  };
  for (const [name, bend] of Object.entries(wrong)) {
    provider.bend = bend;
    const page = await browser().open(`${web.url}/login`);
    assert.deepEqual([page.status, page.url.pathname], [403, '/callback'], name);
  }
  provider.bend = null;
  provider.forge = true;
  assert.equal((await browser().open(`${web.url}/login`)).status, 403, 'a key that is not the provider’s');
  provider.forge = false;
  assert.equal((await browser().open(`${web.url}/login?returnTo=%2Fworklist`)).status, 200, 'and a good one still signs in');
});

test('the provider changes its key: the next person signs in at once', async () => {
  assert.equal((await browser().open(`${web.url}/login?returnTo=%2Fworklist`)).status, 200);
  await provider.changeKey();
  assert.equal((await browser().open(`${web.url}/login?returnTo=%2Fworklist`)).status, 200);
});

test('signing out ends the session here and leads to the provider’s own sign-out with the id token as its hint', async () => {
  const { open } = browser();
  const page = await open(`${web.url}/login?returnTo=%2Fworklist`);
  const token = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const out = await open(`${web.url}/logout`, undefined, {
    method: 'POST',
    body: new URLSearchParams({ _csrf: token }),
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  const there = new URL((/href="(http[^"]+)"/.exec(out.text)?.[1] ?? '').replaceAll('&amp;', '&'));
  assert.equal(`${there.origin}${there.pathname}`, `${provider.issuer}/session/end`);
  assert.equal((there.searchParams.get('id_token_hint') ?? '').split('.').length, 3);
  const asked = await open(there.href);
  assert.equal(asked.status, 200);
  assert.match(asked.text, /form/i, 'the provider asks whether to sign out there');
  provider.person = null;
  assert.equal(
    (await open(`${web.url}/worklist`, (url) => url.pathname === '/auth' && url.searchParams.set('prompt', 'login'))).status,
    403,
    'signed out here',
  );
});
