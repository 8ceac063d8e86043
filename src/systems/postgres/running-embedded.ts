/** Where the embedded PostgreSQL of a running `backstop all` listens, so that a command started beside it finds the same database. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Null when none runs below this folder (or this account may not read its password). The port is the one that PostgreSQL wrote down itself. */
export async function runningEmbedded(dataDir: string): Promise<string | null> {
  const read = (...path: string[]) => readFile(join(dataDir, ...path), 'utf8').catch(() => null);
  const [pidFile, password] = await Promise.all([read('cluster', 'postmaster.pid'), read('backstop-password')]);
  const [pid, , , port, , , , state] = pidFile?.split('\n').map((line) => line.trim()) ?? [];
  if (!password || !port || state !== 'ready' || !isAlive(Number(pid))) return null;
  return embeddedUrl(password.trim(), Number(port));
}

/** Loopback only; the password is URL-safe. */
export function embeddedUrl(password: string, port: number): string {
  return `postgres://backstop:${password}@127.0.0.1:${port}/postgres`;
}

/** A server that was killed leaves its file behind. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
