/** How a route answers: a whole page for a role, a piece of one for htmx, or a way onward after a change. Never cached. */
import type { Request, RequestHandler, Response } from 'express';
import { html } from 'hono/html';
import type { AuditTrail, TrailEntry } from '#src/ports.ts';
import { type Markup, renderPage } from './layout.ts';
import { hasRole, type Role, type Viewer, type ViewerPort } from './viewer.ts';

export interface Rendered {
  readonly title: string;
  readonly body: Markup;
  readonly status?: number;
}
export type Answer =
  | Rendered
  | { readonly goTo: string }
  | { readonly piece: Markup }
  | { readonly file: string; readonly name: string; readonly type: string }
  /** The handler has answered by itself. */
  | { readonly sent: true };
export type Handler = (viewer: Viewer, request: Request, response: Response) => Promise<Answer>;

export interface Pages {
  /** For these roles; without roles, for anybody who is signed in. */
  for(roles: readonly Role[], handler: Handler): RequestHandler;
  send(request: Request, response: Response, viewer: Viewer | undefined, rendered: Rendered): Promise<void>;
  csrf(request: Request): string;
  viewers: ViewerPort;
  /** Who saw what. What somebody changes is committed with its row: see `rowOf`. */
  note(viewer: Viewer, action: string, caseId: string | null, detail: string): Promise<void>;
}

export const NOT_FOUND: Rendered = {
  title: 'No such case',
  body: html`<p>There is no case at this address, or it is not one that you may see.</p>`,
  status: 404,
};

const REFUSED: Rendered = {
  title: 'Not for your role',
  body: html`<p>Your account has no role that may see this page. Ask the administrator of Backstop at your site.</p>`,
  status: 403,
};

export function makePages(viewers: ViewerPort, trail: AuditTrail): Pages {
  const send: Pages['send'] = async (request, response, viewer, rendered) => {
    const csrf = viewer ? viewers.csrfToken(request) : '';
    const document = await renderPage({ title: rendered.title, body: rendered.body, viewer, csrf, path: request.path });
    response
      .status(rendered.status ?? 200)
      .set('Cache-Control', 'no-store')
      .type('html')
      .send(document);
  };
  const reply = async (request: Request, response: Response, viewer: Viewer, answer: Answer): Promise<void> => {
    if ('sent' in answer) return;
    if ('goTo' in answer) return response.redirect(303, answer.goTo);
    response.set('Cache-Control', 'no-store');
    if ('piece' in answer) response.type('html').send(String(await answer.piece));
    else if ('file' in answer) response.attachment(answer.name).type(answer.type).send(answer.file);
    else if (request.get('hx-request') === 'true')
      response
        .status(answer.status ?? 200)
        .type('html')
        .send(String(await answer.body));
    else await send(request, response, viewer, answer);
  };
  return {
    viewers,
    send,
    csrf: (request) => viewers.csrfToken(request),
    note: (viewer, action, caseId, detail) => trail.add(rowOf(viewer, action, caseId, detail)),
    for: (roles, handler) => (request, response, next) => {
      const viewer = viewers.viewerOf(request);
      if (!viewer) {
        const back = request.method === 'GET' ? request.originalUrl : '/';
        return response.redirect(303, `/login?returnTo=${encodeURIComponent(back)}`);
      }
      const answer = roles.length > 0 && !hasRole(viewer, ...roles) ? Promise.resolve(REFUSED) : handler(viewer, request, response);
      answer.then((given) => reply(request, response, viewer, given)).catch(next);
    },
  };
}

/** The row of the audit trail for what this person does. */
export function rowOf(viewer: Viewer, action: string, caseId: string | null, detail: string): TrailEntry {
  return { actor: viewer.id, action, caseId, detail };
}

/** A form's field as text, at most `most` characters; half of a pair cut in two would be refused by the database. */
export function field(request: Request, name: string, most = 200): string {
  const body: unknown = request.body;
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === 'string' ? value.slice(0, most).toWellFormed() : '';
}

/** A form's field that may come several times. */
export function fields(request: Request, name: string): readonly string[] {
  const body: unknown = request.body;
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : typeof value === 'string' ? [value] : [];
}

/** A path of ours to come back to, else the fallback. */
export function localPath(value: string, fallback: string): string {
  return /^\/(?![/\\])[\w./?=&%:+-]*$/.test(value) ? value : fallback;
}
