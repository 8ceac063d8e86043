/** Faults of the image archive, each with a stable code; the only file that words them. No identifiers or payload in any text. */
import { GiveUp, type Phase, TryLater } from '#src/lib/errors.ts';

export type LaterCode =
  | 'DICOMWEB_NAME_UNKNOWN'
  | 'DICOMWEB_UNREACHABLE'
  | 'DICOMWEB_TLS'
  | 'DICOMWEB_TIMEOUT'
  | 'DICOMWEB_UNAUTHORIZED'
  | 'DICOMWEB_BUSY'
  | 'DICOMWEB_SERVER_ERROR'
  | 'DICOMWEB_REDIRECTED'
  | 'DICOMWEB_LOGIN_PAGE'
  | 'DICOMWEB_NOT_JSON'
  | 'DICOMWEB_ENCODED'
  | 'DICOMWEB_NOT_MULTIPART'
  | 'DICOMWEB_WRONG_BOUNDARY'
  | 'DICOMWEB_TRUNCATED'
  | 'DICOMWEB_COUNT_MISMATCH'
  | 'DICOMWEB_SERIES_CHANGED'
  | 'DICOMWEB_NOT_AS_SAMPLED'
  | 'DICOMWEB_INSTANCE_MISSING'
  | 'DICOMWEB_CLOSED';

export type NeverCode =
  | 'DICOMWEB_REFUSED'
  | 'DICOMWEB_NOT_DICOM'
  | 'DICOMWEB_WRONG_INSTANCE'
  | 'DICOMWEB_DUPLICATE_UID'
  | 'DICOMWEB_INVALID_UID'
  | 'DICOMWEB_TOO_LARGE'
  | 'DICOMWEB_TRANSFER_SYNTAX'
  | 'DICOMWEB_PIXEL_FORMAT'
  | 'DICOMWEB_DECODE_FAILED'
  | 'DICOMWEB_DECODE_TIMEOUT';

export function later(code: LaterCode, phase: Phase, text: string, more: { cause?: unknown; retryAfterMs?: number } = {}): TryLater {
  return new TryLater(text, { code, phase, ...more });
}

export function never(code: NeverCode, phase: Phase, text: string, cause?: unknown): GiveUp {
  return new GiveUp(text, { code, phase, ...(cause === undefined ? {} : { cause }) });
}

const RESOLVE = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME']);
const TLS = /^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH|INVALID_CA)/;

/** A socket's own error in our words. `answered` tells whether the head of an answer had come. */
export function socketFault(error: unknown, answered: boolean): TryLater | GiveUp {
  if (error instanceof TryLater || error instanceof GiveUp) return error;
  const code = (error as { code?: string } | null)?.code ?? '';
  if (RESOLVE.has(code)) return later('DICOMWEB_NAME_UNKNOWN', 'resolve', 'the archive’s host name cannot be resolved', { cause: error });
  if (TLS.test(code)) return later('DICOMWEB_TLS', 'connect', `the TLS handshake with the archive failed (${code})`, { cause: error });
  if (answered) return later('DICOMWEB_TRUNCATED', 'answer', 'the archive stopped in the middle of its answer', { cause: error });
  return later('DICOMWEB_UNREACHABLE', 'connect', `the archive cannot be reached (${code || 'no code'})`, { cause: error });
}

/** What a status other than success means for the next move. */
export function statusFault(status: number, retryAfter: string | undefined): TryLater | GiveUp {
  if (status === 401 || status === 403)
    return later('DICOMWEB_UNAUTHORIZED', 'answer', `the archive refuses our credentials (${status}): check its user, token or certificate`);
  if (status === 429 || status === 503) {
    const seconds = Number(retryAfter);
    const wait = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: Math.min(seconds, 3600) * 1000 } : {};
    return later('DICOMWEB_BUSY', 'answer', `the archive is busy (${status})`, wait);
  }
  if (status >= 500) return later('DICOMWEB_SERVER_ERROR', 'answer', `the archive failed (${status})`);
  if (status >= 300 && status < 400)
    return later('DICOMWEB_REDIRECTED', 'answer', `the archive answers with a redirect (${status}); redirects are not followed with credentials`);
  return never('DICOMWEB_REFUSED', 'answer', `the archive refuses the request (${status})`);
}
