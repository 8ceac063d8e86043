/** Waits for a step of a case by the worker's own log lines: asking the database all the time would take from the cores that are measured. */

const LATEST_MS = 60_000;

export interface StepsDone {
  /** For every line of every role. */
  hear(role: string, line: { readonly event: string; readonly [field: string]: unknown }): void;
  /** What was done so far counts no more. */
  forget(): void;
  /** Rejects when the case is parked or closed, or nothing is heard for a minute. */
  until(step: string): Promise<void>;
}

export function listenForSteps(): StepsDone {
  const done = new Set<string>();
  let stopped: string | undefined;
  let look = (): void => undefined;
  return {
    hear(_role, line) {
      if (line.event === 'step.done') done.add(String(line['step']));
      else if (line.event === 'step.parked') stopped = String(line['code']);
      else return;
      look();
    },
    forget() {
      done.clear();
      stopped = undefined;
    },
    async until(step) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const late = setTimeout(() => reject(new Error(`${step} was not done within a minute`)), LATEST_MS);
      look = () => {
        if (done.has(step)) resolve();
        else if (stopped) reject(new Error(`the case was stopped: ${stopped}`));
      };
      look();
      await promise.finally(() => clearTimeout(late));
    },
  };
}
