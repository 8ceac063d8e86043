/** Turns whatever went wrong into a status and an OperationOutcome: the one place for it. Nothing of the patient, the store or the code gets out. */
import type { ErrorRequestHandler } from 'express';
import { AskAHuman } from '#src/lib/errors.ts';
import type { Log } from '#src/lib/log.ts';
import { operationOutcome, Refusal } from './operation-outcome.ts';

export function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause;
}

/** Whatever is not our own refusal is "not available": an empty list of cards would read as "no fracture". */
export function errorHandler(log: Log): ErrorRequestHandler {
  return (cause: unknown, _request, response, next) => {
    if (response.headersSent) return next(cause);
    const refusal = toRefusal(cause, log);
    log.warn('cds.refused', { status: refusal.status, code: refusal.code });
    if (refusal.status === 401) response.set('WWW-Authenticate', 'Bearer');
    if (refusal.status === 503) response.set('Retry-After', '5');
    response.status(refusal.status).set('Cache-Control', 'no-store').json(operationOutcome(refusal.faults));
  };
}

function toRefusal(cause: unknown, log: Log): Refusal {
  if (cause instanceof Refusal) return cause;
  if (cause instanceof AskAHuman && cause.code === 'CDS_PATIENT_MISMATCH') {
    return new Refusal(412, cause.code, [
      {
        code: 'conflict',
        element: 'context.patientId',
        diagnostics: 'the chart and our record disagree about this person; an administrator has to look',
      },
    ]);
  }
  const theirs = clientRefusal(cause);
  if (theirs) return theirs;
  const code = (cause as { code?: unknown } | null)?.code;
  log.error('fault.unexpected', { where: 'cds-hooks', name: nameOf(cause), code: typeof code === 'string' ? code : 'CDS_STORE_DOWN' });
  return new Refusal(503, 'CDS_STORE_DOWN', [{ code: 'transient', diagnostics: 'not available now; this says nothing about the patient' }]);
}

/** Express and its body parser throw faults of the caller with a status of their own: `expose`, or the router's URIError. */
function clientRefusal(cause: unknown): Refusal | null {
  const { status, expose } = cause instanceof Error ? (cause as { status?: unknown; expose?: unknown }) : {};
  if (cause instanceof URIError) {
    return new Refusal(400, 'CDS_BAD_REQUEST', [{ code: 'value', diagnostics: 'the address is not UTF-8' }]);
  }
  if (expose !== true || typeof status !== 'number' || status < 400 || status > 499) return null;
  if (status === 413) return new Refusal(413, 'CDS_TOO_LARGE', [{ code: 'too-long', diagnostics: 'the body is too large' }]);
  if (status === 415) return new Refusal(415, 'CDS_BAD_BODY', [{ code: 'structure', diagnostics: 'the Content-Encoding is not known here' }]);
  return new Refusal(400, 'CDS_BAD_BODY', [{ code: 'structure', diagnostics: 'the body could not be read' }]);
}
