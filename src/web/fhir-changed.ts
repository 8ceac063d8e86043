/**
 * The door for notifications of the health record (R4 rest-hook, and the R5 backport's handshake, heartbeat and events): it only wakes whoever asks the
 * record what changed. The body is not read, so nothing that arrives here is believed.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type Router } from 'express';
import type { Log } from '#src/lib/log.ts';

export interface FhirChangedOptions {
  /** The record sends it as `Authorization: Bearer SECRET`. */
  readonly secret: string;
  readonly wake: () => Promise<void>;
  readonly log: Log;
}

/** `POST /fhir-changed`: 200 when woken, 401 for anybody else, 503 when nobody can be woken (the record tries again). */
export function makeFhirChangedRouter(options: FhirChangedOptions): Router {
  const router = express.Router();
  const wanted = digest(`Bearer ${options.secret}`);
  router.post('/fhir-changed', async (request, response) => {
    const known = timingSafeEqual(digest(request.get('authorization') ?? ''), wanted);
    const status = known ? await woken(options.wake) : 401;
    options.log.info('fhir.changed', { status });
    response.status(status).end();
  });
  return router;
}

async function woken(wake: () => Promise<void>): Promise<number> {
  try {
    await wake();
    return 200;
  } catch {
    return 503;
  }
}

/** Of one length, so that the comparison tells nothing of the secret's. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
