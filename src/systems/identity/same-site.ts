/**
 * Refuses changes that another site asks for: Fetch Metadata (Sec-Fetch-Site), else Origin, and a synchroniser token in every form
 * (OWASP Cross-Site Request Forgery Prevention Cheat Sheet).
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';

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
    response.status(403).type('text').send('This form is out of date or came from another site. Go back, reload the page and try again.\n');
  };
}

function isEqual(sent: string, kept: string): boolean {
  const [a, b] = [Buffer.from(sent), Buffer.from(kept)];
  return kept !== '' && a.length === b.length && timingSafeEqual(a, b);
}
