/** The pages' routes. Everything but the start page and the style needs somebody who is signed in; what they may see depends on who it is. */
import { fileURLToPath } from 'node:url';
import express, { type Request, type Response, type Router } from 'express';
import { html } from 'hono/html';
import type { Case } from '#src/case/case.ts';
import type { CaseLists, CaseStore, DeliveryStates } from '#src/ports.ts';
import { type AuditPort, makeAuditRouter } from './audit/audit-routes.ts';
import { makeCaseRouter } from './case-routes.ts';
import { makeOperationsRouter, type OperationsOptions } from './operations/operations-routes.ts';
import { makePages, type Pages } from './page.ts';
import { makeReviewRouter, type ReviewPorts } from './review/review-routes.ts';
import { hasRole, type ViewerPort } from './viewer.ts';
import { type AnswerPort, makeWorklistRouter } from './worklist/worklist-routes.ts';

export interface PagesOptions extends ReviewPorts, Omit<OperationsOptions, 'pages'> {
  readonly store: CaseStore;
  readonly lists: CaseLists;
  readonly deliveries: DeliveryStates['deliveries'];
  readonly reviewed: (subject: Case) => Case;
  readonly answer: AnswerPort;
  readonly audit: AuditPort;
  readonly viewers: ViewerPort;
  /** htmx.min.js as installed. */
  readonly htmxFile: string;
  /** Viewer link with {studyInstanceUid}, or empty. */
  readonly viewerUrl: string;
}

export function makePagesRouter(options: PagesOptions): Router {
  const pages = makePages(options.viewers, options.trail);
  const router = express.Router();
  router.use('/static', express.static(fileURLToPath(new URL('static', import.meta.url)), { maxAge: '1h', index: false }));
  router.get('/static/htmx.min.js', (_request, response) => response.sendFile(options.htmxFile, { maxAge: 3_600_000 }));
  router.get('/', (request, response, next) => void start(pages, request, response).catch(next));
  router.use(makeCaseRouter({ ...options, pages }));
  router.use(makeWorklistRouter({ ...options, pages }));
  router.use(makeReviewRouter({ ...options, pages }));
  router.use(makeOperationsRouter({ ...options, pages }));
  router.use(makeAuditRouter({ ...options, pages }));
  return router;
}

/** Where each role's day begins. */
async function start(pages: Pages, request: Request, response: Response): Promise<void> {
  const viewer = pages.viewers.viewerOf(request);
  if (viewer && viewer.roles.length > 0) {
    const first = hasRole(viewer, 'fls')
      ? '/worklist'
      : hasRole(viewer, 'radiologist')
        ? '/review'
        : hasRole(viewer, 'auditor')
          ? '/audit'
          : '/operations';
    return response.redirect(303, first);
  }
  if (viewer?.patientReference) return response.redirect(303, '/patient');
  const body = html`<p>Backstop stands behind the radiology report: it looks at the images itself, compares what it sees with what the report says, and makes sure that a patient with a vertebral fracture reaches the fracture liaison service.</p>
<p>${viewer ? 'Your account has no role here yet. Ask the administrator of Backstop at your site.' : html`<a href="/login">Sign in</a> to see cases, or open Backstop from a card in the EHR. Integrators: <a href="/cds-services/guide">CDS Hooks guide</a>.`}</p>`;
  await pages.send(request, response, viewer, { title: 'Backstop', body });
}
