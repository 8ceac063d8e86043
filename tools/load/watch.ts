/** Every few seconds of the load run: memory of each process, what has arrived, what is finished, what waits. */
import { readFileSync } from 'node:fs';
import type { Pool } from '#src/systems/postgres/pool.ts';

export interface Sample {
  readonly seconds: number;
  readonly rssMb: Readonly<Record<string, number>>;
  readonly arrived: number;
  readonly finished: number;
  readonly backlog: number;
}

const COUNTS = `
  SELECT count(*)::int AS arrived, count(*) FILTER (WHERE state IN ('written', 'answered', 'parked', 'closed'))::int AS finished FROM backstop.cases`;

/** Resident memory of a process and its children (the model's), MB. Linux. */
function rssMb(pid: number): number {
  const own = /VmRSS:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? '0';
  const children = read(`/proc/${pid}/task/${pid}/children`).trim().split(/\s+/).filter(Boolean);
  return Number(own) / 1024 + children.reduce((sum, child) => sum + rssMb(Number(child)), 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export function watch(
  pool: Pool,
  pids: Readonly<Record<string, number>>,
  everyMs: number,
  told: (sample: Sample) => void,
): { samples: readonly Sample[]; stop(): void } {
  const started = performance.now();
  const samples: Sample[] = [];
  const look = async (): Promise<void> => {
    const found = await pool.query<{ arrived: number; finished: number }>(COUNTS);
    const { arrived = 0, finished = 0 } = found.rows[0] ?? {};
    const memory = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, Math.round(rssMb(pid))]));
    const sample = { seconds: (performance.now() - started) / 1000, rssMb: memory, arrived, finished, backlog: arrived - finished };
    samples.push(sample);
    told(sample);
  };
  const timer = setInterval(() => void look().catch(() => undefined), everyMs);
  void look().catch(() => undefined);
  return { samples, stop: () => clearInterval(timer) };
}
