/** A made year of 10,000 reports: the audit page, its CSV and `backstop audit --csv` as a process of its own say the same numbers, and they are the truth's. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { storeYear } from '../../tools/year/store-year.ts';
import { DEFAULT_YEAR, trueGrade, type YearTruth } from '../../tools/year/year-options.ts';
import { type OpenWeb, openWeb } from './open-web.ts';
import { LEAD, visitor } from './visitor.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
let web: OpenWeb;
let truths: readonly YearTruth[];
let csv = '';

before(async () => {
  web = await openWeb();
  truths = await storeYear(web.pool, { ...DEFAULT_YEAR, reports: 10_000, lean: true });
});
after(() => web.close());

function command(...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['src/main.ts', 'audit', ...args], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], DATABASE_URL: web.databaseUrl, LOG_LEVEL: 'silent', NODE_NO_WARNINGS: '1' },
    });
    let out = '';
    let faults = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      faults += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(faults))));
  });
}

test('10,000 cases: page, CSV and command line agree, number by number', async () => {
  const lead = await visitor(web, LEAD);
  const address = '?from=2025-01-01&to=2026-01-01&by=month';
  csv = (await lead.get(`/audit.csv${address}`)).text;
  assert.equal(await command('--csv', '--from', '2025-01-01', '--to', '2026-01-01', '--by', 'month'), csv);
  const page = (await lead.get(`/audit${address}`)).text;
  assert.match(page, /<strong>10,?000<\/strong> cases/);
  // Every share of the whole year that the CSV tells stands on the page with the same hits and count.
  const whole = csv.split(/\r?\n/).flatMap((line) => {
    const [id, , kind, , of, hits, counted] = line.split(',');
    return kind === 'all' && of === 'all' && /^\d+$/.test(hits ?? '') && /^\d+$/.test(counted ?? '') ? [{ id, hits, counted }] : [];
  });
  assert.ok(whole.length >= 10, `${whole.length} measures with a figure`);
  for (const { id, hits, counted } of whole) assert.ok(page.includes(`(${hits} of ${counted})`), `${id}: ${hits} of ${counted}`);
});

test('and they are the truth that went in', () => {
  const fractured = truths.filter((truth) => truth.measured && trueGrade(truth) >= 2);
  const told = fractured.filter((truth) => truth.says === 'stated');
  const stated = truths.filter((truth) => truth.says === 'stated');
  assert.ok(csv.includes(`M1,Fracture stated in the report,all,,all,${told.length},${fractured.length},`), csv.slice(0, 300));
  assert.match(csv, new RegExp(`^M2,[^,]*,all,,all,${stated.filter((truth) => truth.advice).length},${stated.length},`, 'm'));
});
