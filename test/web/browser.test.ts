/** In Chromium: axe-core finds nothing on any page in light and dark, wide and narrow; a nurse's and a radiologist's work with JavaScript. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { axeFaults, hasBrowser, openBrowser, signIn } from './browser.ts';
import { type InventedCase, storeCases, storeEvents } from './invented-cases.ts';
import { moreCases, sampleCases, troubledCases } from './invented-day.ts';
import { inventedYear } from './invented-year.ts';
import { type OpenWeb, openWeb } from './open-web.ts';

const skip = hasBrowser ? false : 'chromium is not installed (CHROMIUM_PATH)';
const TODAY = new Date().toISOString().slice(0, 10);
const NOT_THERE = '/cases/00000000-0000-4000-8000-000000000000';
let web: OpenWeb;
let browser: Browser;
let samples: readonly InventedCase[];
let troubled: readonly InventedCase[];

before(async () => {
  if (skip) return;
  samples = await sampleCases(['s01']);
  troubled = troubledCases(TODAY);
  const all = [...samples, ...moreCases(8, TODAY), ...troubled, ...inventedYear(300, TODAY)];
  web = await openWeb();
  await storeCases(web.pool, all);
  await storeEvents(web.pool, all);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await web?.close();
});

async function open(name: string, roles: readonly string[], options: { readonly dark?: boolean; readonly width?: number } = {}): Promise<Page> {
  web.become(name, roles);
  const context = await browser.newContext({ colorScheme: options.dark ? 'dark' : 'light', viewport: { width: options.width ?? 1280, height: 800 } });
  return await signIn(context, web.url);
}

const pages = (): readonly string[] => [
  '/worklist?per=6',
  '/review',
  `/review/${samples[0]?.id}?level=T12`,
  `/review/${samples[0]?.id}?told=confirm`,
  `/cases/${samples[0]?.id}`,
  `/cases/${troubled[0]?.id}`,
  '/audit',
  '/operations',
  '/operations/replay?cause=IMAGES_AMBIGUOUS',
  '/cases',
  '/audit/cases?from=2020-01-01&to=2031-01-01&measure=M1&hit=yes',
  `/review/${troubled[0]?.id}`,
  // Empty.
  '/worklist?q=nobody-of-this-name',
  '/cases?cause=NO_SUCH_CAUSE',
  '/audit?from=2031-01-01&to=2032-01-01',
  '/operations/replay?cause=NO_SUCH_CAUSE',
  // Not there, and a patient that is not known.
  NOT_THERE,
  '/patient',
];

/** What axe finds on the page as it stands, and whether it is wider than the window. */
async function faultsOf(page: Page, where: string): Promise<readonly object[]> {
  // Every state: what is folded away is looked at too.
  await page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
  const found: object[] = (await axeFaults(page)).map((fault) => ({ at: where, ...fault }));
  const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'));
  return overflow > 0 ? [...found, { at: where, wider: overflow }] : found;
}

for (const [scheme, width] of [
  ['light', 1280],
  ['dark', 360],
] as const) {
  test(`axe-core finds nothing on any page: ${scheme}, ${width} px; no page is wider than the window; nothing from another origin`, {
    skip,
  }, async () => {
    const page = await open('Ada Admin', ['admin'], { dark: scheme === 'dark', width });
    const foreign: string[] = [];
    const faulty: string[] = [];
    const found: object[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(web.url)) foreign.push(request.url());
    });
    page.on('console', (message) => {
      // A page that is not there says so with its status, which Chromium notes on the console.
      if (message.type() === 'error' && !message.location().url.endsWith(NOT_THERE)) faulty.push(message.text());
    });
    for (const path of pages()) {
      await page.goto(`${web.url}${path}`);
      found.push(...(await faultsOf(page, path)));
    }
    assert.deepEqual(found, []);
    assert.deepEqual(foreign, []);
    assert.deepEqual(faulty, [], 'errors on the console');
    await page.context().close();
  });
}

test('axe-core finds nothing on the pages that tell of trouble: signed out, no role, another role, a conflict, a form out of date, an unknown EHR', {
  skip,
}, async () => {
  const found: object[] = [];
  const stranger = await (await browser.newContext()).newPage();
  for (const path of ['/', '/launch?iss=https%3A%2F%2Fevil.example&launch=x']) {
    await stranger.goto(`${web.url}${path}`);
    found.push(...(await faultsOf(stranger, `signed out ${path}`)));
  }
  await stranger.context().close();
  const nobody = await open('Sam Stranger', []);
  found.push(...(await faultsOf(nobody, 'no role')));
  await nobody.goto(`${web.url}/worklist`);
  assert.match((await nobody.textContent('h1')) ?? '', /Not for your role/);
  found.push(...(await faultsOf(nobody, 'another role')));
  await nobody.context().close();
  const nurse = await open('Nora Nurse', ['fls'], { dark: true });
  for (const [name, value, title] of [
    ['case', `${samples[0]?.id}:9.9`, 'Not changed'],
    ['_csrf', 'guessed', 'Nothing was changed'],
  ] as const) {
    await nurse.goto(`${web.url}/worklist`);
    // As without JavaScript: the form's own submit.
    await Promise.all([
      nurse.waitForNavigation(),
      nurse.evaluate(`{ const form = document.querySelector('li.row form'); form.querySelector('[name="${name}"]').value = '${value}';
        form.insertAdjacentHTML('beforeend', '<input type="hidden" name="action" value="accept">'); form.submit(); }`),
    ]);
    assert.equal(await nurse.textContent('h1'), title);
    found.push(...(await faultsOf(nurse, title)));
  }
  await nurse.context().close();
  assert.deepEqual(found, []);
});

test('no page is wider than a 4K screen, and the text column stays readable', { skip }, async () => {
  const page = await open('Ada Admin', ['admin'], { width: 3840 });
  for (const path of pages()) {
    await page.goto(`${web.url}${path}`);
    assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= 3840, path);
  }
  await page.context().close();
});

test('signed out meanwhile: a click leads to the sign-in and back to the list, and is not lost without a word', { skip }, async () => {
  const page = await open('Nora Nurse', ['fls']);
  await page.goto(`${web.url}/worklist?show=new`);
  await web.pool.query('DELETE FROM backstop.session');
  await Promise.all([
    page.waitForURL(`${web.url}/worklist?show=new`, { waitUntil: 'load' }),
    page.waitForEvent('framenavigated'),
    page
      .locator('li.row')
      .first()
      .getByRole('button', { name: /^Accept/ })
      .click(),
  ]);
  await page
    .locator('li.row')
    .first()
    .getByRole('button', { name: /^Accept/ })
    .click();
  await page.locator('#told', { hasText: 'Accepted.' }).waitFor();
  await page.context().close();
});

test("a nurse's morning: accepts one row without the page being loaded again, declines another by keyboard, and the list remembers", {
  skip,
}, async () => {
  const page = await open('Nora Nurse', ['fls']);
  await page.goto(`${web.url}/worklist?show=new`);
  let loads = 0;
  page.on('framenavigated', () => {
    loads += 1;
  });
  const first = page.locator('li.row').first();
  const id = await first.getAttribute('id');
  await first.getByRole('button', { name: /^Accept/ }).click();
  await page.locator('#told', { hasText: 'Accepted.' }).waitFor();
  assert.equal(await page.locator(`#${id} .badge.good`).textContent(), 'accepted');
  const second = page.locator('li.row').nth(1);
  const secondId = await second.getAttribute('id');
  await second.locator('summary').first().focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type('known');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('#told', { hasText: 'Declined' }).waitFor();
  assert.equal(loads, 0);
  await page.goto(`${web.url}/worklist?show=declined`);
  assert.match((await page.locator(`#${secondId}`).textContent()) ?? '', /known to the bone service/);
  await page.context().close();
});

test("a radiologist's review: drags a point, the loss follows; the key n opens the next case, and can be switched off", { skip }, async () => {
  const page = await open('Rafael Reader', ['radiologist']);
  await page.goto(`${web.url}/review/${samples[0]?.id}?level=L2`);
  const dot = page.locator('circle[data-point="AS"]');
  await dot.scrollIntoViewIfNeeded();
  const box = await dot.boundingBox();
  const scale = Number(await page.evaluate(`document.querySelector('.spine svg').getScreenCTM().a`));
  assert.ok(box);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2 + 10 * scale, { steps: 4 });
  await Promise.all([page.waitForURL(/AS-y=/), page.mouse.up()]);
  assert.match((await page.locator('#points').textContent()) ?? '', /Now: (3\d|4\d) % loss, grade [23]/);
  const next = await page.locator('#next-case').getAttribute('href');
  await page.getByRole('button', { name: 'Single keys are on' }).click();
  await page.keyboard.press('n');
  assert.match(page.url(), /AS-y=/, 'the key is off');
  await page.getByRole('button', { name: 'Single keys are off' }).click();
  await page.locator('h1').click();
  await Promise.all([page.waitForURL(`${web.url}${next}`), page.keyboard.press('n')]);
  await page.context().close();
});
