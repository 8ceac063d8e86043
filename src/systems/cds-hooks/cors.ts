/** CORS for clients that run in a browser (CDS Hooks "Cross-Origin Resource Sharing"): listed origins only, preflight without a token, never credentials. */
import type { RequestHandler } from 'express';

/** `x-medplum` is sent by Medplum's client. */
const HEADERS = 'authorization, content-type, x-medplum';

export function corsFor(origins: readonly string[], methods: 'GET' | 'POST'): RequestHandler {
  return (request, response, next) => {
    const origin = request.get('origin');
    response.vary('Origin');
    if (origin !== undefined && origins.includes(origin)) {
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
