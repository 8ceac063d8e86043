/** Gives a case that stands before a step without a job its job again. Nothing should ever need it; it is here because nothing may be lost. */
import type { CaseState } from '#src/case/case.ts';
import { caseId } from '#src/case/ids.ts';
import { nextStep } from '#src/flow.ts';
import type { Log } from '#src/lib/log.ts';
import type { Jobs } from './jobs.ts';

interface StandingCase {
  readonly id: string;
  readonly state: CaseState;
  readonly version: number;
}

/** `cases`: pages of cases that stand before a step and have not moved for a while. */
export async function sweep(options: {
  readonly cases: AsyncIterable<readonly StandingCase[]>;
  readonly jobs: Pick<Jobs, 'addAgain'>;
  readonly log: Log;
}): Promise<number> {
  let added = 0;
  for await (const page of options.cases)
    for (const one of page) {
      const step = nextStep(one.state);
      if (step && (await options.jobs.addAgain(step, caseId(one.id), one.version))) added += 1;
    }
  if (added > 0) options.log.warn('queue.swept', { added });
  return added;
}
