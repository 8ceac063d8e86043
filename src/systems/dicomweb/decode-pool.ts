/** A fixed number of decoder threads. A stuck or dead thread is replaced and its instance fails by name. */
import { Worker } from 'node:worker_threads';
import type { Slice } from '#src/case/volume.ts';
import type { Phase } from '#src/lib/errors.ts';
import { later, type NeverCode, never } from './faults.ts';
import type { InstanceLimits } from './read-instance.ts';
import type { ShelfPlace } from './slice-shelf.ts';

export interface DecodeTask {
  readonly bytes: Uint8Array;
  readonly limits: InstanceLimits;
  readonly place: ShelfPlace | undefined;
}
export type DecodeAnswer =
  | { readonly ok: true; readonly slices: Slice[] }
  /** The one slice's values lie in the task's place: they need not travel. */
  | { readonly ok: true; readonly inPlace: Omit<Slice, 'values'> }
  | { readonly ok: false; readonly code: string; readonly phase: Phase; readonly text: string };

export interface DecodePoolOptions {
  readonly threads: number;
  /** Longest time one instance may take. */
  readonly timeLimitMs: number;
  readonly limits: InstanceLimits;
}

export interface DecodePool {
  /**
   * Waits for a free thread, then decodes. `bytes` in shared memory are read where they lie and must not change until the end; others are copied.
   * A single slice that fits `place` is written there.
   */
  decode(bytes: Uint8Array, place?: ShelfPlace): Promise<Slice[]>;
  close(): Promise<void>;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly place: ShelfPlace | undefined;
  readonly resolve: (slices: Slice[]) => void;
  readonly reject: (error: unknown) => void;
}

/** One instance in work and one that lies ready: a thread that had to wait for its next message would stand still between two instances. */
export const TASKS_PER_THREAD = 2;

export function makeDecodePool(options: DecodePoolOptions): DecodePool {
  const waiting: Waiting[] = [];
  const threads = new Set<DecoderThread>();
  let isClosed = false;

  function pump(): void {
    while (!isClosed && waiting.length > 0) {
      const thread = freest() ?? added();
      if (!thread) return;
      thread.run(waiting.shift()!);
    }
  }

  /** An idle thread, else a busy one with room, once all threads exist. */
  function freest(): DecoderThread | undefined {
    const roomy = [...threads].filter((thread) => thread.load < (threads.size < options.threads ? 1 : TASKS_PER_THREAD));
    return roomy.reduce<DecoderThread | undefined>((best, thread) => (best && best.load <= thread.load ? best : thread), undefined);
  }

  function added(): DecoderThread | undefined {
    if (threads.size >= options.threads) return undefined;
    const thread = new DecoderThread(options, pump, (unstarted) => {
      threads.delete(thread);
      waiting.unshift(...unstarted);
      pump();
    });
    threads.add(thread);
    return thread;
  }

  return {
    decode: (bytes, place) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(closed());
        waiting.push({ bytes: shared(bytes), place, resolve, reject });
        pump();
      }),
    async close() {
      isClosed = true;
      await Promise.all([...threads].map((thread) => thread.end(closed())));
      for (const task of waiting.splice(0)) task.reject(closed());
    },
  };
}

function closed(): Error {
  return later('DICOMWEB_CLOSED', 'compute', 'the decoders are shutting down');
}

/** One thread, which does its instances in the order they came. */
class DecoderThread {
  readonly #worker = new Worker(new URL('./decode-worker.ts', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 512 } });
  readonly #options: DecodePoolOptions;
  readonly #tasks: Waiting[] = [];
  readonly #hasRoom: () => void;
  readonly #died: (unstarted: readonly Waiting[]) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DecodePoolOptions, hasRoom: () => void, died: (unstarted: readonly Waiting[]) => void) {
    this.#options = options;
    this.#hasRoom = hasRoom;
    this.#died = died;
    this.#worker.unref();
    this.#worker.on('message', (answer: DecodeAnswer) => this.#finish(answer));
    this.#worker.on('error', (error) => void this.end(never('DICOMWEB_DECODE_FAILED', 'compute', 'the decoder thread failed', error)));
    this.#worker.on('exit', () => void this.end(never('DICOMWEB_DECODE_FAILED', 'compute', 'the decoder thread ended')));
  }

  get load(): number {
    return this.#tasks.length;
  }

  run(task: Waiting): void {
    this.#tasks.push(task);
    if (this.load === 1) this.#watch();
    this.#worker.ref();
    this.#worker.postMessage({ bytes: task.bytes, limits: this.#options.limits, place: task.place } satisfies DecodeTask);
  }

  /** Stops the thread; the instance in work fails with `error`, one that lay ready goes to another thread. */
  async end(error: Error): Promise<void> {
    clearTimeout(this.#timer);
    const [inWork, ...unstarted] = this.#tasks.splice(0);
    inWork?.reject(error);
    this.#died(unstarted);
    await this.#worker.terminate();
  }

  #watch(): void {
    clearTimeout(this.#timer);
    const { timeLimitMs } = this.#options;
    const slow = () => void this.end(never('DICOMWEB_DECODE_TIMEOUT', 'compute', `one instance took longer than ${timeLimitMs} ms to decode`));
    if (this.load > 0) this.#timer = setTimeout(slow, timeLimitMs);
    else this.#worker.unref();
  }

  #finish(answer: DecodeAnswer): void {
    const task = this.#tasks.shift();
    this.#watch();
    if (!answer.ok) task?.reject(never(answer.code as NeverCode, answer.phase, answer.text));
    else task?.resolve('slices' in answer ? answer.slices : [{ ...answer.inPlace, values: viewOf(task.place!) }]);
    // Last: it may hand this thread its next instance at once.
    this.#hasRoom();
  }
}

/** The place seen through this thread's own object for the block, so that slices of one block are known by it. */
function viewOf({ block, byteOffset, pixels }: ShelfPlace): Int16Array {
  return new Int16Array(block, byteOffset, pixels);
}

/** In memory that a second thread can still read when the first one died over another instance. */
function shared(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  copy.set(bytes);
  return copy;
}
