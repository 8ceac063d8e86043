/**
 * Each role's day in Chromium, on a whole hospital, and each ends in the stand-in EHR: what a click did stands there as a resource. The tests are one
 * story and run in order.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Observation, Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openChart } from '../../tools/demo/open-chart.ts';
import { settled } from '../../tools/demo/results.ts';
import { readStories, sampleFolders, samplePatients } from '../../tools/demo/samples.ts';
import { sendHl7 } from '../hospital/hl7-sender.ts';
import { type Hospital, startHospital } from '../hospital/start-hospital.ts';
import { hasBrowser, openBrowser } from './browser.ts';
import { screenshot } from './screenshot.ts';
import { type SmartEhr, startSmartEhr } from './smart-ehr.ts';

const skip = hasBrowser ? false : 'chromium is not installed (CHROMIUM_PATH)';
const SAMPLES = sampleFolders()[0] ?? '';
const stories = readStories().filter(({ name }) => /^0[123]/.test(name));
let hospital: Hospital;
let ehr: SmartEhr;
let browser: Browser;

before(async () => {
  if (skip) return;
  ehr = await startSmartEhr();
  hospital = await startHospital({
    // The images of the first report are not in the archive yet.
    studyFolders: [join(SAMPLES, 's02'), join(SAMPLES, 's03')],
    seed: samplePatients() as never,
    settings: { IMAGES_GIVE_UP_HOURS: '0', SMART_ISSUERS: `${ehr.issuer}=backstop-in-ehr`, FHIR_PUBLIC_URL: ehr.issuer },
  });
  browser = await openBrowser();
  for (const story of stories) await sendHl7(hospital.hl7Port, story.message, { timeoutMs: 10_000 });
  assert.ok(await settled(hospital.pool, { reports: stories.length, timeLimitMs: 240_000, poll: () => Promise.resolve() }));
});
after(async () => {
  await browser?.close();
  await hospital?.close();
  await ehr?.close();
});

async function signedIn(name: string, roles: readonly string[]): Promise<{ readonly page: Page; readonly context: BrowserContext }> {
  hospital.become(name, roles);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  const page = await context.newPage();
  await page.goto(`${hospital.webUrl}/login`);
  return { page, context };
}

interface Held {
  readonly id: string;
  readonly state: string;
  readonly rule: string | null;
  readonly patient: string | null;
}

async function caseOf(story: string): Promise<Held> {
  const accession = stories.find(({ name }) => name.startsWith(story))?.expected.accession;
  const found = await hospital.pool.query<Held>(
    `SELECT id, state, rule, patient_reference AS patient FROM backstop.cases WHERE facts -> 'report' ->> 'accession' = $1`,
    [accession],
  );
  assert.ok(found.rows[0], `no case of story ${story}`);
  return found.rows[0];
}

/** What the EHR holds of a type that names this patient. */
async function inRecord<T extends Resource>(type: T['resourceType'], patient: string | null): Promise<readonly T[]> {
  const bundle = (await (await fetch(`${hospital.ehr.url}/${type}?_count=500`)).json()) as { entry?: { resource: T }[] };
  return (bundle.entry ?? []).map(({ resource }) => resource).filter((resource) => JSON.stringify(resource).includes(`"${patient}"`));
}

async function until<T>(what: () => Promise<T | undefined | false>, name: string): Promise<T> {
  for (let waited = 0; waited < 240_000; waited += 200) {
    const found = await what();
    if (found) return found;
    await pause(200);
  }
  throw new Error(`never: ${name}`);
}

async function restsAgain(story: string): Promise<void> {
  await until(async () => (await caseOf(story)).state === 'written', `story ${story} is written again`);
}

const isReferral = (task: Task): boolean => JSON.stringify(task.code).includes('task-refer');

test('the integrator: images that came late are found by a dry run and a replay, and the review task stands in the EHR', { skip }, async () => {
  const before = await caseOf('01');
  assert.equal(before.state, 'closed');
  const { page, context } = await signedIn('Ines Integrator', ['ops']);
  await page.waitForURL(/\/operations$/);
  await page.getByText('proved', { exact: true }).waitFor();
  await screenshot(page, 'day-1-integrator-operations');
  await page.getByRole('link', { name: 'Try a replay of IMAGES_NOT_FOUND' }).click();
  await page.getByText('the same report; the case starts again').waitFor();
  await screenshot(page, 'day-1-integrator-dry-run');
  assert.equal((await caseOf('01')).state, 'closed', 'a dry run changes nothing');
  await hospital.archive.addFolder(join(SAMPLES, 's01'));
  await page.getByRole('button', { name: 'Replay the one that would go on' }).click();
  await page.getByText('Replayed: 1 started again').waitFor();
  await restsAgain('01');
  const held = await caseOf('01');
  assert.equal(held.rule, 'R05');
  const tasks = await inRecord<Task>('Task', held.patient);
  assert.ok(tasks.some((task) => JSON.stringify(task.code).includes('radiologist-review')));
  const kept = await hospital.pool.query(
    `SELECT 1 FROM backstop.audit_trail WHERE action = 'replay-case' AND case_id = $1 AND actor = 'ines-integrator'`,
    [held.id],
  );
  assert.equal(kept.rowCount, 1);
  await context.close();
});

test('the clinician: the link of the card opens the case in a SMART launch, and no other patient’s', { skip }, async () => {
  const held = await caseOf('03');
  const patient = (held.patient ?? '').replace('Patient/', '');
  const [card] = await openChart(hospital, patient);
  const link = card?.links?.find(({ type }) => type === 'smart');
  assert.ok(link, 'the card has a SMART link');
  ehr.launchWith(hospital.provider, { patient, appContext: (link as { appContext?: string }).appContext ?? null });
  hospital.become('Dr Helen Marsh', []);
  const context = await browser.newContext({ viewport: { width: 900, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${link.url}?iss=${encodeURIComponent(ehr.issuer)}&launch=xyz`);
  assert.equal(new URL(page.url()).pathname, `/cases/${held.id}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await screenshot(page, 'day-2-clinician-launch');
  assert.equal((await page.goto(`${hospital.webUrl}/cases/${(await caseOf('02')).id}`))?.status(), 404);
  assert.equal((await page.goto(`${hospital.webUrl}/worklist`))?.status(), 403);
  await context.close();
});

test('the nurse: accepts one, which becomes an order and an accepted Task; declines another, whose Task is rejected with the reason', {
  skip,
}, async () => {
  const { page, context } = await signedIn('Nora Nurse', ['fls']);
  const [third, second] = [await caseOf('03'), await caseOf('02')];
  await page.goto(`${hospital.webUrl}/worklist`);
  await screenshot(page, 'day-3-nurse-worklist');
  const row = page.locator(`#row-${third.id}`);
  await row.getByRole('button', { name: /^Accept/ }).click();
  await page.locator('#told', { hasText: 'Accepted.' }).waitFor();
  const order = await until(
    async () =>
      (await inRecord<ServiceRequest>('ServiceRequest', third.patient)).find(({ intent, basedOn }) => intent === 'order' && basedOn !== undefined),
    'the order',
  );
  assert.equal(order.status, 'active');
  await restsAgain('03');
  const accepted = (await inRecord<Task>('Task', third.patient)).find(isReferral);
  assert.equal(accepted?.status, 'accepted');

  const other = page.locator(`#row-${second.id}`);
  await other.locator('summary', { hasText: 'Decline' }).click();
  await other.getByLabel('Reason', { exact: true }).selectOption('known-to-bone-service');
  await other.getByRole('button', { name: /^Decline/ }).click();
  await page.locator('#told', { hasText: 'Declined' }).waitFor();
  const rejected = await until(
    async () => (await inRecord<Task>('Task', second.patient)).find((task) => isReferral(task) && task.status === 'rejected'),
    'the rejected Task',
  );
  assert.match(JSON.stringify(rejected.statusReason), /known-to-bone-service/);
  await page.goto(`${hospital.webUrl}/worklist?show=declined`);
  await screenshot(page, 'day-3-nurse-declined');
  await context.close();
});

const lossOf = (observation: Observation): number | undefined =>
  observation.component?.find((one) => JSON.stringify(one.code).includes('"height-loss"'))?.valueQuantity?.value;

/** The vertebra's Observation that stands: not replaced, not withdrawn. */
async function standing(level: string, patient: string | null): Promise<readonly Observation[]> {
  const all = await inRecord<Observation>('Observation', patient);
  return all.filter(
    (one) => JSON.stringify(one.bodySite ?? one.code).includes(level) && one.status !== 'entered-in-error' && one.status !== 'cancelled',
  );
}

test('the radiologist: moves a point of the missed fracture; the new figures and a referral stand in the EHR', { skip }, async () => {
  const held = await caseOf('01');
  const [first] = await standing('T12', held.patient);
  assert.ok(first, 'the measurement stands in the EHR');
  const { page, context } = await signedIn('Rafael Reader', ['radiologist']);
  await page.waitForURL(/\/review$/);
  await screenshot(page, 'day-4-radiologist-list');
  await page.goto(`${hospital.webUrl}/review/${held.id}?level=T12`);
  const field = page.locator('input[name="AS-y"]');
  await field.fill(String(Number(await field.inputValue()) + 4));
  await page.getByRole('button', { name: 'Measure again' }).click();
  await page.getByText(/Now: \d+ % loss, grade 3/).waitFor();
  await screenshot(page, 'day-4-radiologist-points');
  await page.getByRole('button', { name: 'There is a fracture: as given here' }).click();
  await page.getByText('Your levels and grades are kept').waitFor();
  await screenshot(page, 'day-4-radiologist-answered');
  const proposal = await until(
    async () => (await inRecord<ServiceRequest>('ServiceRequest', held.patient)).find(({ intent }) => intent === 'proposal'),
    'the referral',
  );
  assert.equal(proposal.status, 'draft', 'a proposal: somebody in the EHR signs it, or the nurse accepts it');
  await restsAgain('01');
  const now = await standing('T12', held.patient);
  assert.equal(now.length, 1, 'one Observation of the level stands');
  assert.ok((lossOf(now[0] as Observation) ?? 0) > (lossOf(first) ?? 100), 'it shows the loss by the moved point');
  await context.close();
});

test('the radiologist takes it back: no fracture; what was written is withdrawn', { skip }, async () => {
  const held = await caseOf('01');
  const { page, context } = await signedIn('Rafael Reader', ['radiologist']);
  await page.goto(`${hospital.webUrl}/review/${held.id}`);
  await page.locator('summary', { hasText: 'There is no fracture' }).click();
  await page.getByLabel('Reason', { exact: true }).selectOption('normal-variant');
  await page.getByRole('button', { name: 'There is no fracture' }).click();
  await page.getByText('Kept: there is no fracture.').waitFor();
  await screenshot(page, 'day-5-radiologist-refuted');
  await until(
    async () =>
      (await inRecord<ServiceRequest>('ServiceRequest', held.patient)).every(({ status }) => ['revoked', 'entered-in-error'].includes(status)),
    'the referral is withdrawn',
  );
  await until(async () => (await standing('T12', held.patient)).length === 0, 'no Observation of the fracture stands');
  await context.close();
});

test('the lead: the audit counts the day, and its CSV says the same', { skip }, async () => {
  const { page, context } = await signedIn('Lena Lead', ['auditor']);
  await page.waitForURL(/\/audit/);
  await page.goto(`${hospital.webUrl}/audit?from=2020-01-01&to=2030-01-01&by=quarter`);
  await screenshot(page, 'day-6-lead-audit');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /CSV/ }).first().click()]);
  const csv = await readFile(await download.path(), 'utf8');
  assert.match(csv, /^"?M1/m);
  assert.match(csv, /^"?M2/m);
  await context.close();
});
