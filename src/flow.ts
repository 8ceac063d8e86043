/** THE MAP: the steps of a case in order. What runs next is read from here and nowhere else. */
import type { CaseState } from './case/case.ts';

export type StepName = 'read-report' | 'find-images' | 'find-fractures' | 'decide' | 'write-record';
/** `text` steps are quick; `images` steps use the archive; `model` steps want the GPU or the cores; `record` steps talk to the EHR. */
export type QueueName = 'text' | 'images' | 'model' | 'record';

export interface FlowStep {
  readonly name: StepName;
  readonly needs: CaseState;
  readonly leaves: CaseState;
  readonly queue: QueueName;
  /** Attempts before a case that always fails is parked for a person. */
  readonly tries: number;
  readonly backoffMs: number;
  readonly timeLimitMs: number;
}

/** `receive-report` runs in the listener, before the acknowledgement; `show-card` and `record-answer` run in the web process. */
export const FLOW: readonly FlowStep[] = [
  { name: 'read-report', needs: 'received', leaves: 'read', queue: 'text', tries: 3, backoffMs: 500, timeLimitMs: 30_000 },
  { name: 'find-images', needs: 'read', leaves: 'located', queue: 'images', tries: 8, backoffMs: 2_000, timeLimitMs: 120_000 },
  { name: 'find-fractures', needs: 'located', leaves: 'measured', queue: 'model', tries: 4, backoffMs: 2_000, timeLimitMs: 900_000 },
  { name: 'decide', needs: 'measured', leaves: 'decided', queue: 'record', tries: 8, backoffMs: 2_000, timeLimitMs: 60_000 },
  { name: 'write-record', needs: 'decided', leaves: 'written', queue: 'record', tries: 12, backoffMs: 2_000, timeLimitMs: 120_000 },
];

/** The step that takes a case on from this state, if any. */
export function nextStep(state: CaseState): FlowStep | undefined {
  return FLOW.find((step) => step.needs === state);
}

export function stepNamed(name: StepName): FlowStep {
  const step = FLOW.find((candidate) => candidate.name === name);
  if (!step) throw new RangeError(`no step is called ${name}`);
  return step;
}
