/** Load for the bench, in a thread of its own so that it does not share the servers' event loop: POSTs one body over a few kept connections. */
import { Agent, request } from 'node:http';
import { parentPort } from 'node:worker_threads';

export interface Load {
  readonly urls: readonly string[];
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly ms: number;
}

export interface LoadResult {
  readonly count: number;
  readonly failed: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

function post(agent: Agent, url: string, body: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', () => resolve(0));
    call.end(body);
  });
}

async function run({ urls, bodies, connections, ms }: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  let failed = 0;
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() - started < ms) {
        const turn = next++;
        const from = performance.now();
        const status = await post(agent, urls[turn % urls.length] ?? '', bodies[turn % bodies.length] ?? '');
        times.push(performance.now() - from);
        if (status !== 200) failed += 1;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return { count: times.length, failed, seconds, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

parentPort?.on('message', (load: Load) => {
  void run(load).then((result) => parentPort?.postMessage(result));
});
