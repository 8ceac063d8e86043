/** A disk that can be full: a small tmpfs for PostgreSQL's data where we may mount one, else an injected "disk full" error of the same code. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from '#src/systems/postgres/pool.ts';

export interface Disk {
  readonly path: string;
  readonly how: 'tmpfs' | 'injected error 53100';
  fill(pool: Pool): Promise<void>;
  free(pool: Pool): Promise<void>;
  remove(): void;
}

const SIZE_MB = 700;
/** Left free: less than PostgreSQL needs for one more segment of its log (16 MB) or a few pages. */
const LEFT_BYTES = 64 * 1024;

export function makeDisk(folder: string): Disk {
  const path = join(folder, 'disk');
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return injected(path);
  }
  const ballast = join(path, 'ballast');
  return {
    path,
    how: 'tmpfs',
    fill: async () => {
      const { bavail, bsize } = statfsSync(path);
      execFileSync('fallocate', ['-l', String(Math.max(1, bavail * bsize - LEFT_BYTES)), ballast], { stdio: 'ignore' });
    },
    free: async () => rmSync(ballast, { force: true }),
    remove: () => void execFileSync('umount', ['-l', path], { stdio: 'ignore' }),
  };
}

const TABLES = ['backstop.message', 'backstop.cases', 'bullmq.job'];

function injected(path: string): Disk {
  const trigger = (table: string, fire: string) => `CREATE OR REPLACE TRIGGER torture_disk BEFORE INSERT OR UPDATE ON ${table} ${fire}`;
  return {
    path,
    how: 'injected error 53100',
    fill: async (pool) => {
      await pool.query(`CREATE OR REPLACE FUNCTION public.torture_disk() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`);
      for (const table of TABLES) await pool.query(trigger(table, 'FOR EACH ROW EXECUTE FUNCTION public.torture_disk()'));
    },
    free: async (pool) => {
      for (const table of TABLES) await pool.query(`DROP TRIGGER IF EXISTS torture_disk ON ${table}`);
    },
    remove: () => undefined,
  };
}
