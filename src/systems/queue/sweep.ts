/** Gives a case that stands before a step without a job its job again. Nothing should ever need it; it is here because nothing may be lost. */
import type { CaseState } from '#src/case/case.ts';
import { caseId } from '#src/case/ids.ts';
import { FLOW, nextStep } from '#src/flow.ts';
import type { Log } from '#src/lib/log.ts';
import type { Jobs } from './jobs.ts';

export interface StandingCases {
  /** Cases in one of these states that have not moved for `olderThanMs`. */
  standing(
    states: readonly CaseState[],
    olderThanMs: number,
  ): Promise<readonly { readonly id: string; readonly state: CaseState; readonly version: number }[]>;
}

export async function sweep(options: {
  readonly cases: StandingCases;
  readonly jobs: Jobs;
  readonly olderThanMs: number;
  readonly log: Log;
}): Promise<number> {
  const waiting = await options.cases.standing(
    FLOW.map((step) => step.needs),
    options.olderThanMs,
  );
  let added = 0;
  for (const one of waiting) {
    const step = nextStep(one.state);
    if (step && (await options.jobs.addAgain(step, caseId(one.id), one.version))) added += 1;
  }
  if (added > 0) options.log.warn('queue.swept', { added });
  return added;
}
