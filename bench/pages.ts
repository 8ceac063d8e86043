/**
 * The worklist of 1,000 rows, as the nurse's browser asks for it, against a bare template of the same bytes in the same run. Ours reads 1,000 open cases
 * and the session from PostgreSQL, groups and sorts them, adds a row to the audit trail and renders; the bare route renders the very same rows by the
 * same template library from values that lie ready: in each row every text is escaped anew and the rest is constant.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { html, raw } from 'hono/html';
import { storeCases } from '#test/web/invented-cases.ts';
import { moreCases } from '#test/web/invented-day.ts';
import { openWeb } from '#test/web/open-web.ts';
import { visitor } from '#test/web/visitor.ts';
import { median, type Spread, spread } from './median.ts';

const ROWS = 1_000;
const PATH = `/worklist?per=${ROWS}`;

export interface PagesBench {
  /** Milliseconds from the request to the last byte. */
  readonly oursMs: Spread;
  readonly bareMs: Spread;
  /** Of these, milliseconds of processor time in the web process (PostgreSQL is another): what a busy machine does not stretch. */
  readonly oursCpuMs: Spread;
  readonly bareCpuMs: Spread;
  readonly ratio: number;
  readonly rows: number;
  readonly bytes: number;
}

export async function benchPages(rounds = 15): Promise<PagesBench> {
  const web = await openWeb();
  try {
    await storeCases(web.pool, openCases());
    await web.pool.query('ANALYZE backstop.cases');
    const nurse = await visitor(web, { name: 'Nora Nurse', roles: ['fls'] });
    const page = (await nurse.get(PATH)).text;
    const rows = page.match(/<li id="row-/g)?.length ?? 0;
    if (rows !== ROWS) throw new Error(`the list has ${rows} rows`);
    const bare = await serveBare(page);
    try {
      const cookie = `backstop=${nurse.cookie()}`;
      const ours: Taken[] = [];
      const theirs: Taken[] = [];
      for (let round = -3; round < rounds; round++) {
        const [one, other] = [await timed(`${web.url}${PATH}`, cookie), await timed(bare.url, cookie)];
        if (round < 0) continue;
        ours.push(one);
        theirs.push(other);
      }
      const [oursMs, bareMs] = [ours.map(({ ms }) => ms), theirs.map(({ ms }) => ms)];
      return {
        oursMs: spread(oursMs),
        bareMs: spread(bareMs),
        oursCpuMs: spread(ours.map(({ cpuMs }) => cpuMs)),
        bareCpuMs: spread(theirs.map(({ cpuMs }) => cpuMs)),
        ratio: median(oursMs) / median(bareMs),
        rows,
        bytes: Buffer.byteLength(page),
      };
    } finally {
      await bare.close();
    }
  } finally {
    await web.close();
  }
}

/** 1,000 people who wait: those of an invented day, again and again under other names and numbers. */
function openCases() {
  const some = moreCases(24, new Date().toISOString().slice(0, 10)).filter((one) => one.facts.decision?.outcome === 'refer');
  return Array.from({ length: ROWS }, (_, n) => {
    const one = some[n % some.length];
    if (!one) throw new Error('the invented day has no referral');
    const { facts } = one;
    const patient = { ...facts.report.patient, id: { value: `N${n}`, authority: 'ASHMORE', type: 'MR' }, familyName: `Name${n}` };
    const history = facts.history && { ...facts.history, patientReference: `Patient/n${n}` };
    return { ...one, id: randomUUID(), facts: { ...facts, report: { ...facts.report, patient }, history } };
  });
}

interface Taken {
  readonly ms: number;
  readonly cpuMs: number;
}

async function timed(url: string, cookie: string): Promise<Taken> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  const response = await fetch(url, { headers: { cookie } });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000 };
}

/** Cuts the page into its rows, and each row into tags (constant) and texts (values, escaped again at each request). */
async function serveBare(page: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const pieces = page.split(/(?=<li id="row-)/).map((row) => row.split(/(<[^>]*>)/).map(constantOrValue));
  const app = express()
    .disable('x-powered-by')
    .get('/', async (_request, response) => {
      const body = html`${pieces.map((row) => html`${row}`)}`;
      response
        .set('Cache-Control', 'no-store')
        .type('html')
        .send(String(await body));
    });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const same = await (await fetch(url)).text();
  if (same !== page) throw new Error('the bare page is not the same bytes');
  return {
    url,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Tags, and words of the template that stand unescaped in it, are constant; what is equal to its own escaping is a value. */
function constantOrValue(piece: string) {
  const value = unescaped(piece);
  return String(html`${value}`) === piece ? value : raw(piece);
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}

if (import.meta.main) console.log(JSON.stringify(await benchPages(), null, 2));
