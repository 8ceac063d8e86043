/** The second thread for samples: holds the studies that are measured just now, does tasks in the order they come, and keeps nothing afterwards. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { doTask, type Sampled, sampledOf } from './sampling-task.ts';
import type { ThreadAnswer, ThreadRequest } from './second-thread.ts';

const port = parentPort;
if (!port) throw new Error('sampling-thread.ts runs as a worker thread only');

// A thread that waits collects nothing, and one study is hundreds of megabytes: at its end they are given back at once.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const studies = new Map<number, Sampled>();
port.on('message', (request: ThreadRequest) => {
  if (request.kind === 'begin') studies.set(request.study, sampledOf(request.volume));
  else if (request.kind === 'end') {
    studies.delete(request.study);
    collect();
  } else {
    const parts = done(request);
    port.postMessage({ id: request.id, parts } satisfies ThreadAnswer, parts?.map(({ buffer }) => buffer) ?? []);
  }
});

/** Null: it failed here; the first thread tries it too, and its fault is the one that is told. */
function done({ study, task }: Extract<ThreadRequest, { kind: 'task' }>): ThreadAnswer['parts'] {
  const of = studies.get(study);
  try {
    return of ? doTask(of, task) : null;
  } catch {
    return null;
  }
}
