/** The integrator's guide in a real browser: nothing for axe at WCAG 2.2 AA, and its own Content-Security-Policy lets its style through. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import { chromium } from 'playwright-core';
import request from 'supertest';
import { MAPPED_REASONS } from '#src/systems/cds-hooks/override-reasons.ts';
import { makeClient } from './client-token.ts';
import { bench } from './setup.ts';

const CHROMIUM = '/usr/bin/chromium';

it('axe finds nothing, and no policy is violated', async (t) => {
  if (!existsSync(CHROMIUM)) return t.skip('chromium is not installed');
  const profiles = [
    (await makeClient({ name: 'north', kind: 'epic' }, 'RS384')).profile,
    (await makeClient({ name: 'south', kind: 'oracle-health' })).profile,
  ];
  const server = createServer(bench({ profiles }).app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  t.after(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/cds-services/guide`);
  assert.deepEqual(
    complaints.filter((text) => /Content Security Policy/i.test(text)),
    [],
  );
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const violations = await page.evaluate(
    `${axe}; axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' ')))`,
  );
  assert.deepEqual(violations, []);
  const width = await page.evaluate('getComputedStyle(document.querySelector("td")).borderTopWidth');
  assert.equal(width, '1px', 'the style is applied');
});

it("lists the override reasons, with a client's own codes and names where it has them", async () => {
  const { profile } = await makeClient({
    name: 'north',
    kind: 'epic',
    overrideReasons: { 'patient-refuses': { system: 'urn:north', code: '17', display: 'Patient declines' } },
    prefetchKeys: { patient: '-patient' },
  });
  const { text } = await request(bench({ profiles: [profile] }).app).get('/cds-services/guide');
  for (const reason of MAPPED_REASONS) assert.match(text, new RegExp(`>${reason}<`));
  assert.match(text, /north: urn:north 17 \(Patient declines\)/);
  assert.match(text, /-patient = Patient\/\{\{context\.patientId\}\}/);
});
