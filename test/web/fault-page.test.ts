/** When something breaks, or nothing is there: a page of the house for a browser, a line for a program, and nothing of the fault for anybody. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import express from 'express';
import { makeLog } from '#src/lib/log.ts';
import { type RunningWeb, startWebServer } from '#src/web/server.ts';

const SECRET = 'relation "cases" does not exist for Ada Example';
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const told: string[] = [];
let web: RunningWeb;
before(async () => {
  const log = makeLog({ level: 'silent', sinks: [(_severity, event, fields) => void told.push(`${event} ${JSON.stringify(fields)}`)] });
  const broken = express
    .Router()
    .get('/broken', () => {
      throw new Error(SECRET);
    })
    .get('/elsewhere', () => {
      // Not http-errors': another server's answer, which is no fault of who asks us.
      throw Object.assign(new Error(SECRET), { status: 404 });
    })
    .get('/name/:name', (_request, response) => void response.send('read'));
  const options = { host: '127.0.0.1', port: 0, tls: null, publicUrl: '', embedOrigins: [], isReady: () => Promise.resolve(true) };
  web = await startWebServer({ ...options, log, routers: () => [broken] });
});
after(() => web.close());

async function get(path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`http://127.0.0.1:${web.port}${path}`, { headers });
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text(), headers: answer.headers };
}

test('a fault in a browser: a page in the frame of the house, without details', async () => {
  const page = await get('/broken', BROWSER);
  assert.deepEqual([page.status, page.type], [500, 'text/html; charset=utf-8']);
  assert.match(page.text, /<title>Something went wrong - Backstop<\/title>[\s\S]*\/static\/backstop\.css[\s\S]*It was noted/);
  assert.match(page.text, /Not a medical device/);
  assert.doesNotMatch(page.text, /Ada|relation|cases"|at .*\.ts/);
  assert.deepEqual([page.headers.get('cache-control'), page.headers.has('content-security-policy')], ['no-store', true]);
});

test('a fault in a program, or in a piece of a page: one line', async () => {
  for (const headers of [{}, { accept: 'application/json' }, { ...BROWSER, 'hx-request': 'true' }]) {
    const { status, type, text } = await get('/broken', headers as Record<string, string>);
    assert.deepEqual([status, type, text], [500, 'text/plain; charset=utf-8', 'Something went wrong here. It was noted; please try again.\n']);
  }
});

test('an address that is none: the same frame, and the address is not repeated', async () => {
  const page = await get('/nowhere/%3Cscript%3E', BROWSER);
  assert.deepEqual([page.status, page.type], [404, 'text/html; charset=utf-8']);
  assert.doesNotMatch(page.text, /nowhere|<script>[^<]/);
  assert.match((await get('/nowhere')).text, /^There is nothing at this address\.\n$/);
});

test('a fault of who asks is told as theirs in both forms; a foreign status is still our fault', async () => {
  const page = await get('/name/%E0%A4%A', BROWSER);
  assert.deepEqual([page.status, page.type], [400, 'text/html; charset=utf-8']);
  assert.match(page.text, /<title>Not understood - Backstop<\/title>[\s\S]*could not be read/);
  assert.deepEqual((await get('/name/%E0%A4%A')).text, 'What was sent could not be read.\n');
  const before = told.filter((line) => line.includes('WEB_UNEXPECTED')).length;
  assert.equal((await get('/elsewhere')).status, 500);
  assert.equal(told.filter((line) => line.includes('WEB_UNEXPECTED')).length, before + 1);
});

test('the log says that there was a fault, and not what it said', () => {
  assert.ok(told.some((line) => line.includes('WEB_UNEXPECTED')));
  assert.doesNotMatch(told.join('\n'), /Ada|relation/);
});
