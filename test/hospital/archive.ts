/** A stand-in image archive: a fair DICOMweb server (PS3.18) over folders of DICOM files, on loopback, with faults to order. Used by tests, demo and dev. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ArchiveFault, applyFault } from './archive-faults.ts';
import { ArchiveIndex, type IndexedInstance } from './archive-index.ts';
import { receiveStow } from './archive-stow.ts';

export interface ArchiveOptions {
  readonly folders: readonly string[];
  /** Called per request: method, path, status. */
  readonly log?: (line: string) => void;
  /** What a request meets instead of its answer; undefined for none. */
  readonly fault?: (request: { method: string; path: string; accept: string; authorization: string }) => ArchiveFault | undefined;
}

export interface RunningArchive {
  readonly url: string;
  readonly index: ArchiveIndex;
  /** Requests seen so far. */
  readonly requests: readonly { method: string; path: string; accept: string; encoding: string }[];
  /** Called with every answer about to be given, for tests that watch how many are open. */
  onRequest(watch: (response: ServerResponse) => void): void;
  /** Reads the headers of a folder's files; returns how many were taken and how many refused (empty UIDs, not DICOM). */
  addFolder(folder: string): Promise<{ taken: number; refused: number }>;
  close(): Promise<void>;
}

export async function startArchive(options: ArchiveOptions): Promise<RunningArchive> {
  const index = new ArchiveIndex();
  for (const folder of options.folders) await index.addFolder(folder);
  const requests: { method: string; path: string; accept: string; encoding: string }[] = [];
  let watcher: (response: ServerResponse) => void = () => {};
  const server = createServer((request, response) => {
    watcher(response);
    const url = new URL(request.url ?? '/', 'http://archive');
    const method = request.method ?? 'GET';
    const accept = request.headers.accept ?? '';
    requests.push({ method, path: url.pathname, accept, encoding: String(request.headers['accept-encoding'] ?? '') });
    response.once('finish', () => options.log?.(`${method} ${url.pathname} ${response.statusCode}`));
    const fault = options.fault?.({ method, path: url.pathname, accept, authorization: request.headers.authorization ?? '' });
    if (fault && applyFault(fault, request, response)) return;
    const delayed = fault?.kind === 'delay' ? new Promise((go) => setTimeout(go, fault.ms)) : Promise.resolve();
    delayed
      .then(() => (fault?.kind === 'done-but' ? doneBut(fault.status, index, url, request, response) : answer(index, url, request, response)))
      .catch(() => {
        if (response.headersSent) response.destroy();
        else response.writeHead(500).end();
      });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/dicom-web`,
    index,
    requests,
    addFolder: (folder) => index.addFolder(folder),
    onRequest: (watch) => {
      watcher = watch;
    },
    close: () => stop(server),
  };
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}

/** Carries the request out with nobody to hear the answer. */
async function doneBut(status: number | null, index: ArchiveIndex, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await answer(index, url, request, new ServerResponse(request));
  if (status === null) request.socket.destroy();
  else response.writeHead(status).end();
}

const PATH =
  /^\/dicom-web\/(studies|series|instances)(?:\/([^/]+)(?:\/(series|instances|metadata)(?:\/([^/]+)(?:\/(instances|metadata)(?:\/([^/]+)(?:\/(metadata))?)?)?)?)?)?$/;

async function answer(index: ArchiveIndex, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const found = PATH.exec(url.pathname);
  if (!found) return void response.writeHead(404).end();
  const [, root, first, second, secondId, third, thirdId, fourth] = found;
  if (request.method === 'POST' && root === 'studies' && second === undefined) return receiveStow(index, first, request, response);
  if (request.method !== 'GET') return void response.writeHead(405).end();
  if (root !== 'studies' || first === undefined) return search(response, index.search(root as 'studies', {}, url.searchParams));
  const scope = { study: first, series: second === 'series' ? secondId : undefined, instance: third === 'instances' ? thirdId : undefined };
  const isMetadata = [second, third, fourth].includes('metadata');
  const isSearch = !isMetadata && ((second === 'series' && !secondId) || second === 'instances' || (third === 'instances' && !thirdId));
  if (isSearch) return search(response, index.search(second === 'series' && !secondId ? 'series' : 'instances', scope, url.searchParams));
  const instances = index.instances(scope);
  if (instances.length === 0) return void response.writeHead(404).end();
  if (isMetadata) return json(response, await Promise.all(instances.map((instance) => index.metadata(instance))));
  return sendInstances(instances, request, response);
}

function search(response: ServerResponse, rows: readonly object[]): void {
  if (rows.length === 0) response.writeHead(204).end();
  else json(response, rows);
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/dicom+json' }).end(JSON.stringify(value));
}

/** As stored only: this archive does not transcode, so a request that does not allow the stored syntax gets a 406. */
async function sendInstances(instances: readonly IndexedInstance[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const accept = request.headers.accept ?? '';
  const isAny = accept === '' || /transfer-syntax="?\*/.test(accept);
  const isPlain = instances.every((instance) => instance.transferSyntax === '1.2.840.10008.1.2.1');
  if (!isAny && !isPlain) return void response.writeHead(406).end();
  const boundary = `archive-${instances.length}-boundary`;
  response.writeHead(200, { 'content-type': `multipart/related; type="application/dicom"; boundary="${boundary}"` });
  for (const instance of instances) {
    const bytes = instance.bytes ?? (await readFile(instance.path));
    response.write(
      `--${boundary}\r\nContent-Type: application/dicom; transfer-syntax=${instance.transferSyntax}\r\nContent-Length: ${bytes.byteLength}\r\n\r\n`,
    );
    if (!response.write(bytes)) await drained(response);
    if (response.destroyed) return;
    response.write('\r\n');
  }
  response.end(`--${boundary}--\r\n`);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((go) => {
    const finish = () => {
      response.off('drain', finish).off('close', finish);
      go();
    };
    response.on('drain', finish).on('close', finish);
  });
}
