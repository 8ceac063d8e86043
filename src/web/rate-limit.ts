/** So many requests a minute from one address, and no more: 429 with Retry-After (RFC 6585, section 4). Counted in this process. */
import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';

/** `perMinute` 0: no limit. `counts` says which requests count; the others pass. */
export function limitRate(perMinute: number, counts: (method: string, path: string) => boolean): RequestHandler {
  if (perMinute === 0) return (_request, _response, next) => next();
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    skip: (request) => !counts(request.method, request.path),
    // Without TRUST_PROXY a forwarded address is not believed; that is a setting, not a fault to be told on the console.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    message: 'Too many requests from this address. Wait a minute and try again.\n',
  });
}

const SIGN_IN: ReadonlySet<string> = new Set(['/login', '/launch', '/callback']);

export const isSignIn = (_method: string, path: string): boolean => SIGN_IN.has(path);
export const isForm = (method: string): boolean => method === 'POST';
export const isCdsCall = (method: string, path: string): boolean => method === 'POST' && path.startsWith('/cds-services/');
