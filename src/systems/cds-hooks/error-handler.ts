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
  const type = (cause as { type?: unknown } | null)?.type;
  if (type === 'entity.too.large') return new Refusal(413, 'CDS_TOO_LARGE', [{ code: 'too-long', diagnostics: 'the body is too large' }]);
  if (typeof type === 'string' && type.startsWith('e') && 'status' in (cause as object)) {
    return new Refusal(400, 'CDS_BAD_BODY', [{ code: 'structure', diagnostics: 'the body could not be read' }]);
  }
  const code = (cause as { code?: unknown } | null)?.code;
  log.error('fault.unexpected', { where: 'cds-hooks', name: nameOf(cause), code: typeof code === 'string' ? code : 'CDS_STORE_DOWN' });
  return new Refusal(503, 'CDS_STORE_DOWN', [{ code: 'transient', diagnostics: 'not available now; this says nothing about the patient' }]);
}
