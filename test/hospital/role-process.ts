/** One role of Backstop as a process of its own, as a site runs it; its log lines are read to know when it is ready. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface LogLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface RoleProcess {
  readonly role: string;
  readonly pid: number;
  /** Log events so far, oldest first. */
  readonly lines: readonly LogLine[];
  /** Resolves with the first line of that event; rejects when the process ends before or after 60 s. */
  until(event: string): Promise<LogLine>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, then waits for the end. Gives the exit code, or the signal's name. */
  stop(): Promise<number | string>;
  readonly ended: Promise<number | string>;
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface RoleOptions {
  readonly role: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Where the process's output goes, line by line. */
  readonly logFile?: string;
  readonly onLine?: (line: LogLine) => void;
  /** Runs the role under these Node flags. */
  readonly nodeFlags?: readonly string[];
}

export function startRole(options: RoleOptions): RoleProcess {
  const file: WriteStream | undefined = options.logFile ? createWriteStream(options.logFile, { flags: 'a' }) : undefined;
  const inherited = Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_EXTRA_CA_CERTS'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  const child: ChildProcess = spawn(process.execPath, [...(options.nodeFlags ?? []), MAIN, options.role], {
    cwd: ROOT,
    // A process group of its own: Ctrl-C reaches the demo, which then lets each role drain.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...inherited, ...options.settings },
  });
  const lines: LogLine[] = [];
  const waiting = new Set<() => void>();
  let stderr = '';
  let done: number | string | undefined;
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (text) => {
      file?.write(`${options.role} ${text}\n`);
      const line = parsed(text);
      if (!line) return;
      lines.push(line);
      options.onLine?.(line);
      for (const wake of waiting) wake();
    });
  }
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-4000);
    file?.write(`${options.role} stderr ${chunk.toString()}`);
  });
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      done = signal ?? code ?? 'unknown';
      file?.end();
      for (const wake of waiting) wake();
      resolve(done);
    });
  });
  const until = (event: string): Promise<LogLine> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(() => reject(new Error(`${options.role} never said ${event}: ${stderr.trim().slice(-800)}`))), 60_000);
      const finish = (then: () => void): void => {
        clearTimeout(timer);
        waiting.delete(look);
        then();
      };
      const look = (): void => {
        const found = lines.find((line) => line.event === event);
        if (found) finish(() => resolve(found));
        else if (done !== undefined)
          finish(() =>
            reject(new Error(`${options.role} ended (${done}) before ${event}: ${stderr.trim().slice(-800) || lines.at(-1)?.event || 'no output'}`)),
          );
      };
      waiting.add(look);
      look();
    });
  return {
    role: options.role,
    pid: child.pid ?? -1,
    lines,
    until,
    kill: (signal) => void child.kill(signal),
    stop: async () => {
      child.kill('SIGTERM');
      const overdue = setTimeout(() => child.kill('SIGKILL'), 20_000);
      const how = await ended;
      clearTimeout(overdue);
      return how;
    },
    ended,
  };
}

function parsed(text: string): LogLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'event' in value && typeof value.event === 'string' ? (value as LogLine) : undefined;
  } catch {
    return undefined;
  }
}
