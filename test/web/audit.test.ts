/** The audit page against the database: page, CSV and the exported function say the same; a point's link opens its cases. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeAudit } from '#src/app/audit.ts';
import { storeCases, storeEvents } from './invented-cases.ts';
import { inventedYear } from './invented-year.ts';
import { type OpenWeb, openWeb } from './open-web.ts';
import { LEAD, visitor } from './visitor.ts';

const UNTIL = '2026-11-23';
const QUESTION = { from: '2025-12-01', to: '2026-12-01', by: 'quarter', only: null } as const;
const ADDRESS = '?from=2025-12-01&to=2026-12-01&by=quarter';
let web: OpenWeb;

before(async () => {
  web = await openWeb();
  const year = inventedYear(400, UNTIL);
  await storeCases(web.pool, year);
  await storeEvents(web.pool, year);
});
after(() => web.close());

test("page, CSV and `backstop audit`'s function say the same, and a point opens its cases", async () => {
  const audit = makeAudit(web.pool, () => new Date());
  const figures = await audit.figures(QUESTION);
  const lead = await visitor(web, LEAD);
  const page = await lead.get(`/audit${ADDRESS}`);
  const csv = await lead.get(`/audit.csv${ADDRESS}`);
  assert.equal(csv.text, await audit.csv(QUESTION));
  assert.match(csv.headers.get('content-disposition') ?? '', /attachment/);
  const m1 = figures.shares.find((one) => one.measure.id === 'M1');
  assert.ok(m1?.overall && m1.overall.counted > 50);
  assert.ok(page.text.includes(`${(100 * m1.overall.share).toFixed(1)} % (${m1.overall.hits} of ${m1.overall.counted})`));
  const point = m1.points.find((one) => one.hits !== null);
  assert.ok(point);
  const link = page.text
    .match(new RegExp(`href="(/audit/cases[^"]*measure=M1[^"]*period=${point.period}[^"]*hit=yes[^"]*)"`))?.[1]
    ?.replaceAll('&amp;', '&');
  const behind = await lead.get(link ?? '');
  assert.match(behind.text, new RegExp(`<caption>${point.hits} cases`));
  assert.equal(
    figures.times[0]?.points.some((one) => one.value !== null && one.value > 2 && one.value < 8),
    true,
    'hours from the examination to the task',
  );
  assert.equal(page.text.includes('M7-5'), true, 'what cannot be said is said');
});

test('the export with patients’ numbers is in the audit trail', async () => {
  const lead = await visitor(web, LEAD);
  assert.match((await lead.get(`/audit-fls-db.csv${ADDRESS}`)).text, /\r\nY\d+,/);
  const kept = await web.pool.query(`SELECT 1 FROM backstop.audit_trail WHERE action = 'fls-db-export' AND actor = 'lena-lead'`);
  assert.equal(kept.rowCount, 1);
});
