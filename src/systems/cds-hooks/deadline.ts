/** A chart never waits for us: after the deadline the answer is 503, and what is still under way is aborted and never answered. */
import type { Request, RequestHandler, Response } from 'express';
import { Refusal } from './operation-outcome.ts';

export interface Deadline {
  readonly passed: boolean;
  /** Aborts when the deadline passes; made on the first call, because most answers need none. */
  readonly signal: () => AbortSignal;
}

export function answersIn(deadlineMs: number, handler: (request: Request, response: Response, deadline: Deadline) => Promise<void>): RequestHandler {
  return (request, response, next) => {
    let control: AbortController | undefined;
    const deadline = {
      passed: false,
      signal: () => {
        control ??= new AbortController();
        if (deadline.passed) control.abort();
        return control.signal;
      },
    };
    const timer = setTimeout(() => {
      deadline.passed = true;
      control?.abort();
      next(new Refusal(503, 'CDS_DEADLINE', [{ code: 'timeout', diagnostics: 'no answer in time; this says nothing about the patient' }]));
    }, deadlineMs);
    handler(request, response, deadline)
      .catch((cause: unknown) => {
        if (!deadline.passed) next(cause);
      })
      .finally(() => clearTimeout(timer));
  };
}
