/** A role that is started again whenever it ends, as systemd or Kubernetes do; the torture kills, pauses and misleads it. */
import { setTimeout as pause } from 'node:timers/promises';
import { type LogLine, type RoleProcess, startRole } from '#test/hospital/role-process.ts';
import { fakeClock, setClock } from './clock-file.ts';

export interface KeptRunning {
  readonly name: string;
  readonly role: string;
  /** Ends that nobody asked for, by what the process said. */
  readonly ownEnds: readonly string[];
  readonly kills: number;
  isUp(): boolean;
  /** SIGKILL; started again after a pause. */
  kill(): void;
  pause(): void;
  resume(): void;
  setClock(offsetSeconds: number): void;
  /** Resolves when it is ready (again). */
  up(): Promise<void>;
  stop(): Promise<void>;
}

export interface KeptOptions {
  readonly name: string;
  readonly role: string;
  readonly ready: string;
  readonly settings: () => Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly clockFile: string;
  readonly onReady: (line: LogLine) => void;
}

const RESTART_MS = 700;

export function keepRunning(options: KeptOptions): KeptRunning {
  const ownEnds: string[] = [];
  let current: RoleProcess | undefined;
  let isReady = false;
  let stopping = false;
  let killed = false;
  let kills = 0;
  const environment = fakeClock(options.clockFile);

  const live = async (): Promise<void> => {
    while (!stopping) {
      const one = startRole({ role: options.role, settings: { ...options.settings(), ...environment }, logFile: options.logFile });
      current = one;
      killed = false;
      one.until(options.ready).then(
        (line) => {
          isReady = true;
          options.onReady(line);
        },
        () => undefined,
      );
      const how = await one.ended;
      const wasReady = isReady;
      isReady = false;
      // A start that fails because the database is down is no fault of the role: it says so and is started again.
      if (!killed && !stopping && wasReady) ownEnds.push(String(how));
      if (!stopping) await pause(RESTART_MS);
    }
  };
  const living = live();
  return {
    name: options.name,
    role: options.role,
    ownEnds,
    get kills() {
      return kills;
    },
    isUp: () => isReady,
    kill: () => {
      killed = true;
      kills += 1;
      current?.kill('SIGKILL');
    },
    pause: () => current?.kill('SIGSTOP'),
    resume: () => current?.kill('SIGCONT'),
    setClock: (offset) => setClock(options.clockFile, offset),
    up: async () => {
      while (!isReady && !stopping) await pause(50);
    },
    stop: async () => {
      stopping = true;
      current?.kill('SIGCONT');
      await current?.stop();
      await living;
    },
  };
}
