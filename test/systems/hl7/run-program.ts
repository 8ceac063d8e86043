/** Runs other people's programs for the tests of this folder. */
import { execFile, spawnSync } from 'node:child_process';

export function hasProgram(name: string): boolean {
  return spawnSync('which', [name]).status === 0;
}

/** python3-hl7 is a Debian package: only the system's own interpreter sees it. */
export const PYTHON = '/usr/bin/python3';

export function hasPythonHl7(): boolean {
  return spawnSync(PYTHON, ['-c', 'import hl7']).status === 0;
}

export interface ProgramResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves with whatever happened; kills after 30 s. */
export function runProgram(command: string, parameters: readonly string[], input = ''): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = execFile(command, parameters, { timeout: 30_000, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ status: error ? Number(error.code ?? 1) || 1 : 0, stdout, stderr });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
