/** Orthanc with its DICOMweb plugin, from Debian, started by a test in a folder of its own: the second, independent archive of the contract suite. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from './outside-tools.ts';

const PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';
export const ORTHANC_USER = { user: 'backstop', password: 'only-for-this-test' } as const;

export interface RunningOrthanc {
  readonly url: string;
  /** Everything it printed. */
  output(): string;
  close(): Promise<void>;
}

/** Why Orthanc cannot be used here, or undefined when it can. */
export function whyNoOrthanc(): string | undefined {
  if (!tool('Orthanc')) return 'orthanc is not installed';
  return existsSync(PLUGIN) ? undefined : 'orthanc-dicomweb is not installed';
}

export async function startOrthanc(): Promise<RunningOrthanc> {
  const folder = await mkdtemp(join(tmpdir(), 'backstop-orthanc-'));
  const port = await freePort();
  const configuration = {
    Name: 'backstop-test',
    StorageDirectory: join(folder, 'storage'),
    IndexDirectory: join(folder, 'storage'),
    Plugins: [PLUGIN],
    DicomServerEnabled: false,
    HttpPort: port,
    // Orthanc 1.10 listens on every address whatever it is told; it refuses remote clients itself.
    RemoteAccessAllowed: false,
    AuthenticationEnabled: true,
    RegisteredUsers: { [ORTHANC_USER.user]: ORTHANC_USER.password },
    OverwriteInstances: false,
    DicomWeb: { Enable: true, Root: '/dicom-web/', EnableWado: false },
  };
  const file = join(folder, 'orthanc.json');
  await writeFile(file, JSON.stringify(configuration));
  const child = spawn(tool('Orthanc')!, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const close = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}/dicom-web`;
  for (let attempt = 0; attempt < 150; attempt += 1) {
    if (child.exitCode !== null) break;
    if (await answers(url)) return { url, output: () => output, close };
    await new Promise((go) => setTimeout(go, 100));
  }
  await close();
  throw new Error(`Orthanc did not start: ${output.slice(-1000)}`);
}

async function answers(url: string): Promise<boolean> {
  try {
    const authorization = `Basic ${Buffer.from(`${ORTHANC_USER.user}:${ORTHANC_USER.password}`).toString('base64')}`;
    return (await fetch(`${url}/studies?limit=1`, { headers: { authorization } })).ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
