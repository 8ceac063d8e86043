/** Runs networks in a child process with a time limit and a memory cap. A child that misbehaves is killed; the next call starts a new one. */
import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { GiveUp, TryLater } from '#src/lib/errors.ts';

export interface WireTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}
export type ChildRequest =
  | {
      readonly id: number;
      readonly kind: 'load';
      readonly models: readonly { readonly name: string; readonly file: string }[];
      readonly executionProviders: readonly string[];
      readonly intraOpThreads: number;
    }
  | { readonly id: number; readonly kind: 'run'; readonly model: string; readonly feeds: Readonly<Record<string, WireTensor>> };
export type ChildReply =
  | { readonly id: number; readonly ok: true; readonly outputs: Readonly<Record<string, WireTensor>> }
  | { readonly id: number; readonly ok: false; readonly message: string };

export interface SessionOptions {
  readonly models: readonly { readonly name: string; readonly file: string }[];
  readonly executionProviders: readonly string[];
  readonly intraOpThreads: number;
  /** Longest time for one call, ms. */
  readonly timeLimitMs: number;
  /** Largest resident memory of the child, MiB. */
  readonly memoryLimitMb: number;
}

export interface NetworkSession {
  run(model: string, feeds: Readonly<Record<string, WireTensor>>, signal?: AbortSignal): Promise<Readonly<Record<string, WireTensor>>>;
  close(): Promise<void>;
}

type Waiting = { resolve: (outputs: Readonly<Record<string, WireTensor>>) => void; reject: (error: Error) => void };
interface Child {
  readonly process: ChildProcess;
  readonly waiting: Map<number, Waiting>;
  readonly watch: NodeJS.Timeout;
  readonly ready: Promise<unknown>;
}

const MEMORY_CHECK_MS = 100;

/** Resident memory of a process in MiB (Linux); null where the system does not tell. */
async function residentMb(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const line = /^VmRSS:\s+(\d+) kB/m.exec(status);
  return line ? Number(line[1]) / 1024 : null;
}

/** Ends a child. Only the call that is to blame (all, when none is known) gets the reason; calls beside it may be tried again. */
function stop(child: Child, reason: Error, blamed?: number): void {
  clearInterval(child.watch);
  for (const [id, waiting] of child.waiting) {
    const isBystander = blamed !== undefined && id !== blamed;
    waiting.reject(isBystander ? new TryLater('the network process was restarted', { code: 'MODEL_RESTARTED', phase: 'compute' }) : reason);
  }
  child.waiting.clear();
  child.process.kill('SIGKILL');
}

export function openSession(options: SessionOptions): NetworkSession {
  let child: Child | null = null;
  let nextId = 1;
  let closed = false;

  const ask = (to: Child, request: ChildRequest, signal?: AbortSignal): Promise<Readonly<Record<string, WireTensor>>> => {
    const limit = setTimeout(() => {
      drop(to, new GiveUp(`the network gave no answer within ${options.timeLimitMs} ms`, { code: 'MODEL_TIMEOUT', phase: 'compute' }), request.id);
    }, options.timeLimitMs);
    const onAbort = (): void => drop(to, new TryLater('the measurement was stopped', { code: 'MODEL_STOPPED', phase: 'compute' }), request.id);
    signal?.addEventListener('abort', onAbort, { once: true });
    return new Promise<Readonly<Record<string, WireTensor>>>((resolve, reject) => {
      to.waiting.set(request.id, { resolve, reject });
      if (signal?.aborted) onAbort();
      else
        to.process.send(request, (error) => error && reject(new GiveUp('the network process is gone', { code: 'MODEL_CRASHED', phase: 'compute' })));
    }).finally(() => {
      clearTimeout(limit);
      signal?.removeEventListener('abort', onAbort);
    });
  };

  const drop = (which: Child, reason: Error, blamed?: number): void => {
    if (child === which) child = null;
    stop(which, reason, blamed);
  };

  const start = (): Child => {
    // Nothing of our environment (secrets) goes along; only what the loader of a CUDA library needs.
    const env = Object.fromEntries(
      ['PATH', 'LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES', 'TMPDIR'].flatMap((k) => (process.env[k] ? [[k, process.env[k]]] : [])),
    );
    const forked = fork(fileURLToPath(new URL('./session-child.ts', import.meta.url)), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
      env,
    });
    const waiting = new Map<number, Waiting>();
    const watch = setInterval(() => {
      void residentMb(forked.pid ?? 0).then((mb) => {
        if (mb !== null && mb > options.memoryLimitMb)
          drop(
            started,
            new GiveUp(`the network used ${Math.round(mb)} MiB, more than ${options.memoryLimitMb}`, { code: 'MODEL_MEMORY', phase: 'compute' }),
          );
      });
    }, MEMORY_CHECK_MS);
    watch.unref();
    forked.on('message', (reply: ChildReply) => {
      const asked = waiting.get(reply.id);
      waiting.delete(reply.id);
      if (reply.ok) asked?.resolve(reply.outputs);
      else asked?.reject(new GiveUp(`the network failed: ${reply.message}`, { code: 'MODEL_FAILED', phase: 'compute' }));
    });
    forked.on('error', () => drop(started, new GiveUp('the network process failed', { code: 'MODEL_CRASHED', phase: 'compute' })));
    forked.on('exit', (code, by) =>
      drop(started, new GiveUp(`the network process ended (${by ?? code})`, { code: 'MODEL_CRASHED', phase: 'compute' })),
    );
    const request = {
      kind: 'load',
      models: options.models,
      executionProviders: options.executionProviders,
      intraOpThreads: options.intraOpThreads,
    } as const;
    const started: Child = { process: forked, waiting, watch, ready: Promise.resolve() };
    const ready = ask(started, { id: nextId++, ...request });
    ready.catch(() => undefined);
    return Object.assign(started, { ready });
  };

  return {
    async run(model, feeds, signal) {
      if (closed) throw new TryLater('the networks were closed', { code: 'MODEL_CLOSED', phase: 'compute' });
      child ??= start();
      const current = child;
      await current.ready;
      return ask(current, { id: nextId++, kind: 'run', model, feeds }, signal);
    },
    async close() {
      closed = true;
      const last = child;
      child = null;
      if (!last || last.process.exitCode !== null) return;
      const gone = new Promise((resolve) => last.process.once('exit', resolve));
      stop(last, new TryLater('the networks were closed', { code: 'MODEL_CLOSED', phase: 'compute' }));
      await gone;
    },
  };
}
