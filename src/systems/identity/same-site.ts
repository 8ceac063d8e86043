/**
 * Refuses changes that another site asks for: Fetch Metadata (Sec-Fetch-Site), else Origin, and a synchroniser token in every form
 * (OWASP Cross-Site Request Forgery Prevention Cheat Sheet).
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { plainPage } from './plain-page.ts';

/** The session's token, made at first use. Goes into every form as `_csrf`. */
export function csrfToken(request: Request): string {
  request.session.csrf ??= randomBytes(24).toString('base64url');
  return request.session.csrf;
}

/** Mount after the session and the form parser. `origin` is our own, e.g. https://backstop.example. */
export function sameSite(origin: string): RequestHandler {
  return (request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') return next();
    const site = request.get('sec-fetch-site');
    const fromUs = site === undefined ? (request.get('origin') ?? origin) === origin : site === 'same-origin';
    const body: unknown = request.body;
    const sent = typeof body === 'object' && body !== null && '_csrf' in body ? String(body._csrf) : '';
    if (fromUs && isEqual(sent, request.session.csrf ?? '')) return next();
    const back = pageOf(request);
    // With htmx nobody would see a page: the browser goes back to where it was, and from there to the sign-in if the session is over.
    if (request.get('hx-request') === 'true') response.set('HX-Redirect', back);
    response
      .status(403)
      .set('Cache-Control', 'no-store')
      .type('html')
      .send(plainPage('Nothing was changed', OUT_OF_DATE, { url: back, words: 'Look again, and sign in if you are asked to' }));
  };
}

const OUT_OF_DATE = 'You were signed out meanwhile, the form is out of date, or it came from another site.';

/** The page that the form stood on, when it is one of ours. */
function pageOf(request: Request): string {
  const from = request.get('hx-current-url') ?? request.get('referer') ?? '';
  const url = URL.canParse(from) ? new URL(from) : null;
  const path = url ? `${url.pathname}${url.search}` : '/';
  return /^\/(?![/\\])[\w./?=&%:+-]*$/.test(path) ? path : '/';
}

function isEqual(sent: string, kept: string): boolean {
  const [a, b] = [Buffer.from(sent), Buffer.from(kept)];
  return kept !== '' && a.length === b.length && timingSafeEqual(a, b);
}
