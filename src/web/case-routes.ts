/** Cases for everybody who may see them: the list, one case, its pictures; after an EHR launch the one patient's cases. */
import express, { type Request, type Response, type Router } from 'express';
import { html } from 'hono/html';
import type { Case } from '#src/case/case.ts';
import { caseId } from '#src/case/ids.ts';
import type { CaseBrowser, CaseLists, CaseStore, Clock, DeliveryStates } from '#src/ports.ts';
import { type Answer, NOT_FOUND, type Pages } from './page.ts';
import { caseTable } from './pages/case-list.ts';
import { casePage, caseTitle } from './pages/case-page.ts';
import { hasRole, maySee, type Viewer } from './viewer.ts';

export interface CaseRoutesOptions {
  readonly pages: Pages;
  readonly store: CaseStore;
  readonly browser: CaseBrowser;
  readonly lists: CaseLists;
  readonly deliveries: DeliveryStates['deliveries'];
  /** As a radiologist left it; the same case when nobody changed its finding. */
  readonly reviewed: (subject: Case) => Case;
  readonly clock: Clock;
  /** Viewer link with {studyInstanceUid}, or empty. */
  readonly viewerUrl: string;
}

const PICTURES: ReadonlySet<string> = new Set(['key-image.png', 'strip.png']);
const EVERY_ROLE = ['fls', 'radiologist', 'auditor', 'ops'] as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function makeCaseRouter(options: CaseRoutesOptions): Router {
  const { pages } = options;
  const router = express.Router();
  router.get(
    '/patient',
    pages.for([], (viewer) => patientCases(options, viewer)),
  );
  router.get(
    '/cases',
    pages.for(EVERY_ROLE, (viewer, request) => listCases(options, viewer, request)),
  );
  router.get(
    '/cases/:id',
    pages.for([], (viewer, request) => showCase(options, viewer, request)),
  );
  router.get(
    '/cases/:id/:picture',
    pages.for([], (viewer, request, response) => showPicture(options, viewer, request, response)),
  );
  return router;
}

const NO_PATIENT: Answer = {
  title: 'Cases of this patient',
  body: html`<p class="note warn">Cannot say: Backstop does not know which patient this is. The EHR named none, or it named one of another health record than the one that Backstop works with (FHIR_PUBLIC_URL).</p>`,
};

async function patientCases(options: CaseRoutesOptions, viewer: Viewer): Promise<Answer> {
  const { patientReference } = viewer;
  if (patientReference === null) return NO_PATIENT;
  const cases = await options.browser.list({ patientReference, limit: 50, offset: 0 });
  await options.pages.note(viewer, 'patient-read', null, `${cases.length} cases`);
  const lists = await options.lists.byIds(cases.map((one) => one.id));
  return { title: 'Cases of this patient', body: caseTable(lists, 'Newest first') };
}

/** All, or with `ids` or `cause` in the address the ones that a chart's point or a failure stands for. */
async function listCases(options: CaseRoutesOptions, viewer: Viewer, request: Request): Promise<Answer> {
  const { cause } = request.query;
  await options.pages.note(viewer, 'cases-read', null, typeof cause === 'string' ? `cause ${cause.slice(0, 60)}` : 'newest');
  if (typeof cause === 'string') {
    const cases = await options.lists.byCause(cause.slice(0, 100));
    return { title: `Cases stopped by ${cause.slice(0, 100)}`, body: caseTable(cases, 'The last 500 of this cause') };
  }
  return { title: 'Cases', body: caseTable(await options.lists.newest(200, 0), 'The 200 cases that changed last') };
}

/** The case when it exists and this viewer may see it. */
async function visibleCase(options: CaseRoutesOptions, viewer: Viewer, request: Request): Promise<Case | undefined> {
  const id = String(request.params['id']);
  const subject = UUID.test(id) ? await options.store.load(caseId(id)) : undefined;
  return subject && maySee(viewer, subject.facts.history?.patientReference ?? null) ? subject : undefined;
}

async function showCase(options: CaseRoutesOptions, viewer: Viewer, request: Request): Promise<Answer> {
  const measured = await visibleCase(options, viewer, request);
  if (!measured) return NOT_FOUND;
  const subject = options.reviewed(measured);
  await options.pages.note(viewer, 'case-read', subject.id, viewer.patientReference ? 'EHR launch' : 'page');
  return {
    title: caseTitle(subject),
    body: casePage({
      subject,
      changed: subject !== measured,
      events: await options.store.events(subject.id),
      deliveries: await options.deliveries(subject.id),
      notes: hasRole(viewer, 'fls') ? await options.lists.notes([subject.id]) : [],
      viewerUrl: studyLink(options.viewerUrl, subject),
      reviewUrl: hasRole(viewer, 'radiologist') && subject.facts.finding?.state === 'measured' ? `/review/${subject.id}` : null,
      today: options.clock.now().toISOString().slice(0, 10),
    }),
  };
}

/** Link to the whole study in the site's viewer, when both are known. */
export function studyLink(template: string, subject: Case): string | null {
  const { study, finding } = subject.facts;
  const uid = study?.studyInstanceUid ?? (finding?.state === 'measured' ? finding.studyInstanceUid : undefined);
  return template !== '' && uid ? template.replace('{studyInstanceUid}', encodeURIComponent(uid)) : null;
}

async function showPicture(options: CaseRoutesOptions, viewer: Viewer, request: Request, response: Response): Promise<Answer> {
  const subject = await visibleCase(options, viewer, request);
  const name = String(request.params['picture']);
  const artifact = subject && PICTURES.has(name) ? await options.store.artifact(subject.id, name) : undefined;
  if (!artifact) return NOT_FOUND;
  response.set('Cache-Control', 'no-store').type(artifact.contentType).send(Buffer.from(artifact.bytes));
  return { sent: true };
}
