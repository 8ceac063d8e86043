/** Stands before a real server and breaks the requests that a test names: so that a peer without switches can fail too. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Faults } from './ehr-faults.ts';

export interface FaultProxy {
  /** In place of the upstream base. */
  readonly url: string;
  readonly faults: Faults;
  /** Requests so far. */
  count(): number;
  close(): Promise<void>;
}

/** `upstream` is a base such as http://127.0.0.1:8080/fhir. Only 503 and reset, before or after the commit, and empty-201. */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const faults = new Faults();
  const target = new URL(upstream);
  let count = 0;
  const relay = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    count += 1;
    const method = request.method ?? 'GET';
    const fault = faults.next(method, request.url ?? '/');
    if (fault === '503') return void response.writeHead(503).end();
    if (fault === 'reset') return void response.destroy();
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
    const body = chunks.length > 0 ? Buffer.concat(chunks) : null;
    const answer = await fetch(`${target.origin}${request.url}`, { method, headers: headers as Record<string, string>, body });
    const text = await answer.text();
    if (fault === '503-after-commit') return void response.writeHead(503).end();
    if (fault === 'reset-after-commit') return void response.destroy();
    const kept = ['content-type', 'etag', 'location', 'last-modified'].flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    response.writeHead(answer.status, Object.fromEntries(kept)).end(fault === 'empty-201' && answer.status === 201 ? undefined : text);
  };
  const server = createServer((request, response) => void relay(request, response));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname}`,
    faults,
    count: () => count,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
