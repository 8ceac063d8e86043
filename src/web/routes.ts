/** The pages' routes. Everything but the start page and the style needs somebody who is signed in; what they may see depends on who it is. */
import { fileURLToPath } from 'node:url';
import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import { html } from 'hono/html';
import type { Case } from '#src/case/case.ts';
import { caseId } from '#src/case/ids.ts';
import type { CaseBrowser, CaseStore, Clock } from '#src/ports.ts';
import { type Markup, renderPage } from './layout.ts';
import { caseTable } from './pages/case-list.ts';
import { casePage, caseTitle } from './pages/case-page.ts';
import { operationsPage } from './pages/operations-page.ts';
import { hasRole, maySee, type Role, type Viewer, type ViewerPort } from './viewer.ts';

export interface PagesOptions {
  readonly store: CaseStore;
  readonly browser: CaseBrowser;
  readonly queueCounts: () => Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>;
  readonly viewers: ViewerPort;
  readonly clock: Clock;
  /** htmx.min.js as installed. */
  readonly htmxFile: string;
  /** Viewer link with {studyInstanceUid}, or empty. */
  readonly viewerUrl: string;
}

const PICTURES: ReadonlySet<string> = new Set(['key-image.png', 'strip.png']);

export function makePagesRouter(options: PagesOptions): Router {
  const router = express.Router();
  router.use('/static', express.static(fileURLToPath(new URL('static', import.meta.url)), { maxAge: '1h', index: false }));
  router.get('/static/htmx.min.js', (_request, response) => response.sendFile(options.htmxFile, { maxAge: 3_600_000 }));
  router.get('/', (request, response, next) => void start(options, request, response).catch(next));
  router.get(
    '/patient',
    page(options, [], (viewer) => patientCases(options, viewer)),
  );
  router.get(
    '/cases',
    page(options, ['fls', 'radiologist', 'auditor', 'ops'], () => allCases(options)),
  );
  router.get('/cases/:id', (request, response, next) => void showCase(options, request, response).catch(next));
  router.get('/cases/:id/:picture', (request, response, next) => void showPicture(options, request, response).catch(next));
  router.get(
    '/operations',
    page(options, ['ops'], () => operations(options)),
  );
  return router;
}

interface Rendered {
  readonly title: string;
  readonly body: Markup;
}
type Handler = (viewer: Viewer, request: Request) => Promise<Rendered>;

/** A page for one of the roles; without roles, for anybody who is signed in. */
function page(options: PagesOptions, roles: readonly Role[], handler: Handler): (request: Request, response: Response, next: NextFunction) => void {
  return (request, response, next) => {
    const viewer = signedIn(options, request, response);
    if (!viewer) return;
    if (roles.length > 0 && !hasRole(viewer, ...roles)) return void refuse(options, request, response, viewer).catch(next);
    handler(viewer, request)
      .then((rendered) => send(options, request, response, viewer, rendered))
      .catch(next);
  };
}

function signedIn(options: PagesOptions, request: Request, response: Response): Viewer | undefined {
  const viewer = options.viewers.viewerOf(request);
  if (!viewer) response.redirect(303, `/login?returnTo=${encodeURIComponent(request.originalUrl)}`);
  return viewer;
}

async function send(
  options: PagesOptions,
  request: Request,
  response: Response,
  viewer: Viewer | undefined,
  rendered: Rendered,
  status = 200,
): Promise<void> {
  const document = await renderPage({ ...rendered, viewer, csrf: viewer ? options.viewers.csrfToken(request) : '', path: request.path });
  response.status(status).set('Cache-Control', 'no-store').type('html').send(document);
}

function refuse(options: PagesOptions, request: Request, response: Response, viewer: Viewer): Promise<void> {
  return send(
    options,
    request,
    response,
    viewer,
    {
      title: 'Not for your role',
      body: html`<p>Your account has no role that may see this page. Ask the administrator of Backstop at your site.</p>`,
    },
    403,
  );
}

function notThere(options: PagesOptions, request: Request, response: Response, viewer: Viewer): Promise<void> {
  return send(
    options,
    request,
    response,
    viewer,
    { title: 'No such case', body: html`<p>There is no case at this address, or it is not one that you may see.</p>` },
    404,
  );
}

async function start(options: PagesOptions, request: Request, response: Response): Promise<void> {
  const viewer = options.viewers.viewerOf(request);
  if (viewer && viewer.roles.length > 0) return response.redirect(303, hasRole(viewer, 'fls', 'radiologist', 'auditor') ? '/cases' : '/operations');
  if (viewer?.patientReference) return response.redirect(303, '/patient');
  const body = html`<p>Backstop stands behind the radiology report: it looks at the images itself, compares what it sees with what the report says, and makes sure that a patient with a vertebral fracture reaches the fracture liaison service.</p>
<p>${viewer ? 'Your account has no role here yet. Ask the administrator of Backstop at your site.' : html`<a href="/login">Sign in</a> to see cases, or open Backstop from a card in the EHR. Integrators: <a href="/cds-services/guide">CDS Hooks guide</a>.`}</p>`;
  await send(options, request, response, viewer, { title: 'Backstop', body });
}

async function patientCases(options: PagesOptions, viewer: Viewer): Promise<Rendered> {
  const cases = viewer.patientReference ? await options.browser.list({ patientReference: viewer.patientReference, limit: 50, offset: 0 }) : [];
  return { title: 'Cases of this patient', body: caseTable(cases, 'Newest first') };
}

async function allCases(options: PagesOptions): Promise<Rendered> {
  return { title: 'Cases', body: caseTable(await options.browser.list({ limit: 200, offset: 0 }), 'The 200 cases that changed last') };
}

/** The case when it exists and this viewer may see it; else the answer was sent. */
async function visibleCase(
  options: PagesOptions,
  request: Request,
  response: Response,
): Promise<{ readonly subject: Case; readonly viewer: Viewer } | undefined> {
  const viewer = signedIn(options, request, response);
  if (!viewer) return undefined;
  const id = String(request.params['id']);
  const subject = /^[0-9a-f-]{36}$/i.test(id) ? await options.store.load(caseId(id)) : undefined;
  if (subject && maySee(viewer, subject.facts.history?.patientReference ?? null)) return { subject, viewer };
  await notThere(options, request, response, viewer);
  return undefined;
}

async function showCase(options: PagesOptions, request: Request, response: Response): Promise<void> {
  const found = await visibleCase(options, request, response);
  if (!found) return;
  const { subject, viewer } = found;
  const study = subject.facts.study?.studyInstanceUid;
  const viewerUrl = options.viewerUrl !== '' && study ? options.viewerUrl.replace('{studyInstanceUid}', encodeURIComponent(study)) : null;
  await send(options, request, response, viewer, {
    title: caseTitle(subject),
    body: casePage({ subject, events: await options.store.events(subject.id), viewerUrl, actions: null }),
  });
}

async function showPicture(options: PagesOptions, request: Request, response: Response): Promise<void> {
  const found = await visibleCase(options, request, response);
  if (!found) return;
  const name = String(request.params['picture']);
  const artifact = PICTURES.has(name) ? await options.store.artifact(found.subject.id, name) : undefined;
  if (!artifact) return notThere(options, request, response, found.viewer);
  response.set('Cache-Control', 'no-store').type(artifact.contentType).send(Buffer.from(artifact.bytes));
}

async function operations(options: PagesOptions): Promise<Rendered> {
  const [feeds, states, stopped, queues] = await Promise.all([
    options.browser.feeds(),
    options.browser.stateCounts(),
    options.browser.stoppedByCause(),
    options.queueCounts(),
  ]);
  return { title: 'Operations', body: operationsPage({ feeds, states, stopped, queues, now: options.clock.now() }) };
}
