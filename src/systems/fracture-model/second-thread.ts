/** A second thread that samples half of what the networks wait for. Without it, or when it ends, the first thread does all: later, not otherwise. */
import { Worker } from 'node:worker_threads';
import type { Volume } from '#src/case/volume.ts';
import type { Log } from '#src/lib/log.ts';
import type { SamplingTask } from './sampling-task.ts';

export type ThreadRequest =
  | { readonly kind: 'begin'; readonly study: number; readonly volume: Volume }
  | { readonly kind: 'task'; readonly study: number; readonly id: number; readonly task: SamplingTask }
  | { readonly kind: 'end'; readonly study: number };
export interface ThreadAnswer {
  readonly id: number;
  readonly parts: readonly Float32Array<ArrayBuffer>[] | null;
}

/** The second thread's hand on one study. */
export interface SecondHand {
  /** Null: it cannot; do it yourself. */
  run(task: SamplingTask): Promise<ThreadAnswer['parts']>;
  end(): void;
}

export interface SecondThread {
  /** Null for voxels that only one thread can see: to copy them would take longer than the second thread saves. */
  begin(volume: Volume): SecondHand | null;
  close(): Promise<void>;
}

/** `file`: what runs in the thread. */
export function openSecondThread(log: Log, file = new URL('./sampling-thread.ts', import.meta.url)): SecondThread {
  let nextId = 1;
  let isClosed = false;
  let thread: Worker | null = null;
  const waiting = new Map<number, (parts: ThreadAnswer['parts']) => void>();

  const settle = (id: number, parts: ThreadAnswer['parts']): void => {
    const resolve = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) thread?.unref();
    resolve?.(parts);
  };
  const lost = (which: Worker): void => {
    if (thread !== which) return;
    thread = null;
    for (const id of waiting.keys()) settle(id, null);
    if (!isClosed) log.warn('model.second-thread-ended', {});
  };
  const start = (): Worker => {
    const started = new Worker(file);
    started.unref();
    started.on('message', ({ id, parts }: ThreadAnswer) => settle(id, parts));
    started.on('error', () => lost(started));
    started.on('exit', () => lost(started));
    return started;
  };
  thread = start();

  return {
    begin(volume) {
      if (isClosed || !(volume.values.buffer instanceof SharedArrayBuffer)) return null;
      thread ??= start();
      const mine = thread;
      const study = nextId++;
      mine.postMessage({ kind: 'begin', study, volume } satisfies ThreadRequest);
      return {
        run: (task) => {
          if (thread !== mine) return Promise.resolve(null);
          const id = nextId++;
          mine.ref();
          mine.postMessage({ kind: 'task', study, id, task } satisfies ThreadRequest);
          return new Promise((resolve) => waiting.set(id, resolve));
        },
        end: () => mine.postMessage({ kind: 'end', study } satisfies ThreadRequest),
      };
    },
    async close() {
      isClosed = true;
      await thread?.terminate();
    },
  };
}
