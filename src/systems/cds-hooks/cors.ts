/** CORS for clients that run in a browser (CDS Hooks "Cross-Origin Resource Sharing"): listed origins only, preflight without a token, never credentials. */
import type { RequestHandler } from 'express';

/** `x-medplum` is sent by Medplum's client. */
const HEADERS = 'authorization, content-type, x-medplum';

/** Pages served from the same machine, for the demo: a sandbox on another port. */
const LOOPBACK = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;

export function corsFor(origins: readonly string[], allowLoopback: boolean, methods: 'GET' | 'POST'): RequestHandler {
  return (request, response, next) => {
    const origin = request.get('origin');
    response.vary('Origin');
    if (origin !== undefined && (origins.includes(origin) || (allowLoopback && LOOPBACK.test(origin)))) {
      response.set('Access-Control-Allow-Origin', origin);
      if (request.method === 'OPTIONS') {
        response.set({
          'Access-Control-Allow-Methods': `${methods}, OPTIONS`,
          'Access-Control-Allow-Headers': HEADERS,
          'Access-Control-Max-Age': '600',
        });
      }
    }
    if (request.method === 'OPTIONS') response.status(204).set('Allow', `${methods}, OPTIONS`).end();
    else next();
  };
}
