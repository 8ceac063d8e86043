/** Independent DICOM programs (dcmtk, gdcm, dicom3tools, Orthanc) as tests use them: looked for, run, never installed. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Path of a program, or undefined when this machine lacks it. */
export function tool(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

export interface ToolRun {
  readonly code: number;
  readonly output: string;
}

export function run(path: string, args: readonly string[], options: { cwd?: string } = {}): Promise<ToolRun> {
  return new Promise((resolve) => {
    execFile(path, [...args], { ...options, maxBuffer: 64 * 2 ** 20, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, output: `${stdout}${stderr}` });
    });
  });
}

/** A file through a converter: `args` get IN and OUT replaced. Throws with the tool's words when it fails. */
export async function convert(path: string, args: readonly string[], bytes: Uint8Array): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'backstop-convert-'));
  try {
    const [from, to] = [join(folder, 'in.dcm'), join(folder, 'out.dcm')];
    await writeFile(from, bytes);
    const { code, output } = await run(
      path,
      args.map((arg) => (arg === 'IN' ? from : arg === 'OUT' ? to : arg)),
    );
    if (code !== 0 || !existsSync(to)) throw new Error(`${path} failed: ${output.slice(0, 500)}`);
    return new Uint8Array(await readFile(to));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
