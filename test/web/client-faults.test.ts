/** What the caller did wrong is answered with its own 4xx by the whole web role: pages, sign-in, CDS services, static files. Never 500, and nothing is repeated. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { type OpenWeb, openWeb } from './open-web.ts';
import { INTEGRATOR, type Visitor, visitor } from './visitor.ts';

const FORM = 'application/x-www-form-urlencoded';
const HOOK = '/cds-services/vertebral-fracture-patient-view';
/** Stands in everything that is sent wrong: no answer may hold it. */
const NAME = 'Ada-Example';

let web: OpenWeb;
let integrator: Visitor;
before(async () => {
  web = await openWeb({ settings: { CDS_SANDBOX: 'true' } });
  integrator = await visitor(web, INTEGRATOR);
});
after(() => web.close());

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** With node:http, because fetch would correct what is wrong. */
async function send(path: string, { method = 'GET', headers = {}, body }: Sent): Promise<{ status: number | undefined; text: string }> {
  const { hostname, port } = new URL(web.url);
  return await new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => {
        text += piece;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const posted = (headers: Readonly<Record<string, string>>, body = `a=${NAME}`): Sent => ({ method: 'POST', headers, body });
const JSON_TYPE = { 'content-type': 'application/json' };

const WRONG: readonly (readonly [what: string, status: number, path: string, sent: Sent])[] = [
  ['an address that is not UTF-8', 400, `/cases/${NAME}%E0%A4%A`, {}],
  ['the same below the review list', 400, `/review/${NAME}%E0`, {}],
  ['the same below the static files', 404, `/static/${NAME}%E0%A4%A`, {}],
  ['the same where nothing is', 404, `/${NAME}%E0%A4%A`, {}],
  ['a part of a file that there is not', 416, '/static/htmx.min.js', { headers: { range: 'bytes=99999999-' } }],
  ['a form that is too large', 413, '/logout', posted({ 'content-type': FORM }, `a=${NAME.repeat(30_000)}`)],
  ['a form of too many fields', 413, '/logout', posted({ 'content-type': FORM }, `${NAME}=1&`.repeat(1500))],
  ['a form in another character set', 415, '/logout', posted({ 'content-type': `${FORM}; charset=utf-16` })],
  ['a form packed in an unknown way', 415, '/logout', posted({ 'content-type': FORM, 'content-encoding': NAME })],
  ['a form that says it is gzip and is not', 400, '/logout', posted({ 'content-type': FORM, 'content-encoding': 'gzip' })],
  ['a form without the page it stood on', 403, '/logout', posted({ 'content-type': FORM }, `a=%E0%A4%A${NAME}&_csrf=%`)],
  ['JSON for a form', 403, '/logout', posted(JSON_TYPE)],
  ['a type that is none', 403, '/logout', posted({ 'content-type': ';;;' })],
  ['NUL in a form', 400, '/logout', posted({ 'content-type': FORM }, `a=${NAME}%00`)],
  ['NUL at the sign-in', 400, `/login?returnTo=${NAME}%00`, {}],
  ['a hook whose body is not JSON', 400, HOOK, posted(JSON_TYPE)],
  ['a hook of another type', 415, HOOK, posted({ 'content-type': 'text/plain' })],
  ['a hook that is too large', 413, HOOK, posted(JSON_TYPE, NAME.repeat(600_000))],
  ['a hook packed in an unknown way', 415, HOOK, posted({ ...JSON_TYPE, 'content-encoding': NAME })],
  ['a hook that says it is gzip and is not', 400, HOOK, posted({ ...JSON_TYPE, 'content-encoding': 'gzip' })],
  ['a service whose name is not UTF-8', 400, `/cds-services/${NAME}%E0%A4%A`, posted(JSON_TYPE, '{}')],
  ['feedback for a service whose name is not UTF-8', 400, `/cds-services/${NAME}%E0%A4%A/feedback`, posted(JSON_TYPE, '{}')],
  ['feedback that is not JSON', 400, `${HOOK}/feedback`, posted(JSON_TYPE)],
  ['discovery at an address that is not UTF-8', 400, `/cds-services/${NAME}%E0%A4%A`, {}],
];

for (const [what, status, path, sent] of WRONG) {
  test(`${what}: ${status}, and nothing of it in the answer`, async () => {
    const answer = await send(path, sent);
    assert.equal(answer.status, status, answer.text);
    assert.doesNotMatch(answer.text, new RegExp(`${NAME}|%E0|node_modules|at .*\\.ts|Error:`));
    if (path.startsWith('/cds-services')) assert.equal(JSON.parse(answer.text).resourceType, 'OperationOutcome');
    else assert.ok(answer.text.length > 10, 'a sentence says what happened');
  });
}

test('NUL in the address of a page: 400, where the database would have refused it', async () => {
  const answer = await integrator.get('/cases?cause=%00');
  assert.deepEqual([answer.status, answer.text], [400, 'What was sent could not be read.\n']);
  assert.equal((await integrator.get('/cases?cause=NO')).status, 200);
});

test('a card id with NUL in it costs its row and not the batch, which would come again for ever', async () => {
  const row = { card: '\0', outcome: 'accepted', outcomeTimestamp: '2026-05-10T08:00:00Z' };
  const known = { ...row, card: '6f1f6b2e-0d5a-5b8b-9c39-0a1b2c3d4e5f' };
  const answer = await send(`${HOOK}/feedback`, posted(JSON_TYPE, JSON.stringify({ feedback: [row, known] })));
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.text, /row not understood, the others are kept/);
});
