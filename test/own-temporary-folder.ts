/** One temporary folder for a run with all its children, which goes when the run ends, however it ends: also after a failure, a Ctrl-C or a SIGKILL. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface OwnTemporaryFolder {
  readonly path: string;
  /** What of ours lies there now: at the end of a run, what somebody forgot. */
  left(): readonly string[];
}

/** From here on `tmpdir()` of this process and of those that it starts is the new folder. */
export function ownTemporaryFolder(): OwnTemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'backstop-run-'));
  // PostgreSQL runs under another account when we are root.
  chmodSync(path, 0o755);
  process.env['TMPDIR'] = path;
  goneWithUs(path);
  // The copy of PostgreSQL's programs (src/systems/postgres/embedded.ts) serves the whole run.
  return { path, left: () => readdirSync(path).filter((name) => /^backstop-(?!postgres-binaries)/.test(name)) };
}

/** Removes a folder when this process is gone: a shell on a pipe sees the pipe break, whatever broke it. */
export function goneWithUs(folder: string): void {
  if (platform() === 'win32') return;
  // The guard of the embedded PostgreSQL waits a second for the server's end; then nobody writes here any more.
  const script = 'cat > /dev/null; sleep 3; rm -rf "$1"';
  const shell = spawn('/bin/sh', ['-c', script, 'guard', folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
  shell.unref();
  const pipe = shell.stdin as Socket;
  pipe.on('error', () => undefined);
  pipe.unref();
}
