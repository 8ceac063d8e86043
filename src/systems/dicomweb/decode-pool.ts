/** A fixed number of decoder threads. A stuck or dead thread is replaced and its instance fails by name. */
import { Worker } from 'node:worker_threads';
import type { Slice } from '#src/case/volume.ts';
import type { Phase } from '#src/lib/errors.ts';
import { later, type NeverCode, never } from './faults.ts';
import type { InstanceLimits } from './read-instance.ts';

export interface DecodeTask {
  readonly bytes: Uint8Array;
  readonly limits: InstanceLimits;
}
export type DecodeAnswer =
  | { readonly ok: true; readonly slices: Slice[] }
  | { readonly ok: false; readonly code: string; readonly phase: Phase; readonly text: string };

export interface DecodePoolOptions {
  readonly threads: number;
  /** Longest time one instance may take. */
  readonly timeLimitMs: number;
  readonly limits: InstanceLimits;
}

export interface DecodePool {
  /** Waits for a free thread, then decodes. `bytes` is handed over: do not use it afterwards. */
  decode(bytes: Uint8Array): Promise<Slice[]>;
  close(): Promise<void>;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly resolve: (slices: Slice[]) => void;
  readonly reject: (error: unknown) => void;
}

export function makeDecodePool(options: DecodePoolOptions): DecodePool {
  const waiting: Waiting[] = [];
  const idle: DecoderThread[] = [];
  const all = new Set<DecoderThread>();
  let isClosed = false;

  function pump(): void {
    while (waiting.length > 0 && (idle.length > 0 || all.size < options.threads)) {
      const thread = idle.pop() ?? new DecoderThread(options);
      all.add(thread);
      thread.run(waiting.shift()!, (isHealthy) => {
        if (isHealthy) idle.push(thread);
        else all.delete(thread);
        if (!isClosed) pump();
      });
    }
  }

  return {
    decode: (bytes) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(closed());
        waiting.push({ bytes, resolve, reject });
        pump();
      }),
    async close() {
      isClosed = true;
      for (const task of waiting.splice(0)) task.reject(closed());
      await Promise.all([...all].map((thread) => thread.end(closed())));
      all.clear();
    },
  };
}

function closed(): Error {
  return later('DICOMWEB_CLOSED', 'compute', 'the decoders are shutting down');
}

/** One thread with at most one instance in work. */
class DecoderThread {
  readonly #worker = new Worker(new URL('./decode-worker.ts', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 512 } });
  readonly #options: DecodePoolOptions;
  #task: Waiting | undefined;
  #done: (isHealthy: boolean) => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DecodePoolOptions) {
    this.#options = options;
    this.#worker.unref();
    this.#worker.on('message', (answer: DecodeAnswer) => {
      const task = this.#finish(true);
      if (answer.ok) task?.resolve(answer.slices);
      else task?.reject(never(answer.code as NeverCode, answer.phase, answer.text));
    });
    this.#worker.on('error', (error) => void this.end(never('DICOMWEB_DECODE_FAILED', 'compute', 'the decoder thread failed', error)));
    this.#worker.on('exit', () => void this.end(never('DICOMWEB_DECODE_FAILED', 'compute', 'the decoder thread ended')));
  }

  run(task: Waiting, done: (isHealthy: boolean) => void): void {
    this.#task = task;
    this.#done = done;
    const { timeLimitMs, limits } = this.#options;
    const slow = () => void this.end(never('DICOMWEB_DECODE_TIMEOUT', 'compute', `one instance took longer than ${timeLimitMs} ms to decode`));
    this.#timer = setTimeout(slow, timeLimitMs);
    this.#worker.ref();
    const bytes = movable(task.bytes);
    this.#worker.postMessage({ bytes, limits } satisfies DecodeTask, [bytes.buffer]);
  }

  /** Stops the thread; an instance in work fails with `error`. */
  async end(error: Error): Promise<void> {
    this.#finish(false)?.reject(error);
    await this.#worker.terminate();
  }

  #finish(isHealthy: boolean): Waiting | undefined {
    const task = this.#task;
    const done = this.#done;
    this.#task = undefined;
    this.#done = () => {};
    clearTimeout(this.#timer);
    this.#worker.unref();
    // Last: it may hand this thread its next instance at once.
    done(isHealthy);
    return task;
  }
}

/** A view that owns its whole buffer can be moved to the thread; a slice of a shared pool (small Buffers) must be copied. */
function movable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const ownsAll = buffer instanceof ArrayBuffer && bytes.byteOffset === 0 && bytes.byteLength === buffer.byteLength;
  return ownsAll ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
