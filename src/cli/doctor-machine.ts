/** `backstop doctor`: room in memory for one study after another, and on the disk for what is kept here (never pixels: decision 0004). */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Config } from '../config.ts';
import type { DoctorRow } from './doctor-row.ts';

const MIB = 1024 ** 2;
/** A worker's peak with a CT of 1,000 slices was 911 MiB (decision 0013). */
const WORKER_MB = 1024;
/** PostgreSQL alone keeps up to 1 GiB of its log before a checkpoint. */
const LEAST_DISK_MB = 2048;

/** What the machine, or the container, has. */
export function memoryMb(): number {
  const allowed = process.constrainedMemory();
  const all = totalmem();
  return Math.floor((allowed > 0 && allowed < all ? allowed : all) / MIB);
}

export function checkMemory(config: Pick<Config, 'MODEL_MEMORY_LIMIT_MB' | 'WORK_MODEL'>, hasMb: number): DoctorRow {
  const { MODEL_MEMORY_LIMIT_MB: limit, WORK_MODEL: jobs } = config;
  const row = (ok: boolean | null, text: string): DoctorRow => ({ system: 'machine', phase: 'memory', ok, text });
  if (limit >= hasMb)
    return row(false, `${hasMb} MiB in all, MODEL_MEMORY_LIMIT_MB allows the networks ${limit}: the limit would never stop them. Set it lower.`);
  const needed = limit + jobs * WORKER_MB;
  const sum = `the networks may take ${limit} MiB (MODEL_MEMORY_LIMIT_MB), a worker some ${WORKER_MB} for each of ${jobs} studies of 1,000 slices (WORK_MODEL)`;
  return needed > hasMb ? row(null, `${hasMb} MiB may be too little for a worker here: ${sum}`) : row(true, `${hasMb} MiB: ${sum}`);
}

export async function checkDisk(config: Pick<Config, 'DATABASE_URL' | 'BACKSTOP_DATA_DIR'>): Promise<DoctorRow> {
  const row = (ok: boolean | null, text: string): DoctorRow => ({ system: 'machine', phase: 'disk', ok, text });
  if (config.DATABASE_URL !== '') return row(null, 'nothing is kept on this machine: pixels are only in memory, the rest is in the database');
  const folder = resolve(config.BACKSTOP_DATA_DIR);
  try {
    const { bavail, bsize } = await statfs(existing(folder));
    const freeMb = Math.floor((bavail * bsize) / MIB);
    const wants = freeMb < LEAST_DISK_MB ? `; the embedded PostgreSQL wants ${LEAST_DISK_MB} at least` : '; pixels are only in memory';
    return row(freeMb >= LEAST_DISK_MB, `${freeMb} MiB free for BACKSTOP_DATA_DIR (${folder})${wants}`);
  } catch (error) {
    return row(
      false,
      `BACKSTOP_DATA_DIR (${folder}) cannot be looked at: ${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'}`,
    );
  }
}

/** The folder, or the nearest above it that is there: it is made at the first start. */
function existing(folder: string): string {
  const above = dirname(folder);
  return existsSync(folder) || above === folder ? folder : existing(above);
}
