/** GET /health/proof: when the report of the invented patient last came through, and how long it took. For this machine, or with the secret. */
import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type Request, type Router } from 'express';
import type { ProofState } from '#src/lib/proof.ts';

export interface HealthProofOptions {
  readonly proof: () => Promise<ProofState>;
  /** Empty: only this machine may ask. */
  readonly secret: string;
}

const STATUS = { proved: 200, off: 404, never: 503, late: 503, failed: 503 } as const;

export function makeHealthProofRouter(options: HealthProofOptions): Router {
  const router = express.Router();
  router.get('/health/proof', (request, response, next) => {
    response.set('Cache-Control', 'no-store');
    if (!mayAsk(request, options.secret)) return void response.status(404).json({ status: 'not found' });
    options.proof().then(
      (state) => response.status(STATUS[state.status]).json(state),
      (error: unknown) => next(error),
    );
  });
  return router;
}

/** A request that a proxy on this machine handed on is not from this machine. */
function mayAsk(request: Request, secret: string): boolean {
  const sent = request.get('authorization');
  if (secret !== '' && sent !== undefined) return timingSafeEqual(digest(sent), digest(`Bearer ${secret}`));
  const handedOn = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => request.get(name) !== undefined);
  return !handedOn && /^(::1|(::ffff:)?127\.)/.test(request.socket.remoteAddress ?? '');
}

/** Of one length, so that the comparison tells nothing of the secret's. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
