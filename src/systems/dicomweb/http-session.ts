/** One archive's HTTP door over node:http(s): authentication, mutual TLS, time-outs, a limit on parallel requests. Bodies are streams. */
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { OnReadOpts, Socket } from 'node:net';
import { TryLater } from '#src/lib/errors.ts';
import { later, socketFault } from './faults.ts';
import { makeGate, makeTurns } from './request-limits.ts';
import { makeTokenHolder } from './token-holder.ts';

export type ArchiveAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  /** `token(true)` is asked after a 401: fetch a fresh one, never the same from a cache. */
  | { readonly kind: 'bearer'; readonly token: (refresh: boolean) => Promise<string> };

/** PEM texts. A client certificate (cert + key) makes it mutual TLS. */
export interface ArchiveTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

export interface ArchiveTimeouts {
  /** Until the socket (and TLS) stands. */
  readonly connectMs: number;
  /** From the request sent to the head of the answer. */
  readonly answerMs: number;
  /** Longest silence within a body. */
  readonly idleMs: number;
  /** The whole exchange. */
  readonly totalMs: number;
}

export const DEFAULT_TIMEOUTS: ArchiveTimeouts = { connectMs: 5_000, answerMs: 60_000, idleMs: 30_000, totalMs: 900_000 };

export interface SessionOptions {
  readonly auth: ArchiveAuth;
  readonly tls?: ArchiveTls | undefined;
  readonly timeouts: ArchiveTimeouts;
  /** Requests under way at once. */
  readonly concurrency: number;
  /** Requests started per second at most; undefined for no limit. */
  readonly perSecond?: number | undefined;
}

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read to the end or returned early (`break`): that frees the place. */
  readonly body: AsyncIterable<Buffer>;
  /** Ends the exchange without reading. */
  discard(): void;
}

/** A kept-alive connection that turned out to be closed. */
class StaleConnection extends TryLater {
  constructor(cause: unknown) {
    super('the archive closed the connection', { code: 'DICOMWEB_UNREACHABLE', phase: 'connect', cause });
    this.name = 'TryLater';
  }
}

/** Bytes taken from a socket at once. */
const READ_BYTES = 256 * 1024;

/**
 * All sockets of a session are read into one memory instead of a new one each time: half of the bytes that pass are no garbage then. The HTTP parser
 * takes its share within the event and copies what it keeps.
 */
function readInto(buffer: Buffer): OnReadOpts {
  return {
    buffer,
    callback(this: Socket, bytesRead) {
      this.emit('data', buffer.subarray(0, bytesRead));
      return true;
    },
  };
}

export interface HttpSession {
  send(request: Request): Promise<Answer>;
  close(): void;
}

export function makeHttpSession(options: SessionOptions): HttpSession {
  const onread = readInto(Buffer.allocUnsafeSlow(READ_BYTES));
  const pool = { keepAlive: true, maxSockets: options.concurrency, scheduling: 'lifo' as const, onread };
  const tls = { minVersion: 'TLSv1.2' as const, ...options.tls };
  const kept = { plain: new HttpAgent(pool), secure: new HttpsAgent({ ...pool, ...tls }) };
  const single = { keepAlive: false, onread };
  const fresh = { plain: new HttpAgent(single), secure: new HttpsAgent({ ...single, ...tls }) };
  const gate = makeGate(options.concurrency);
  const turn = makeTurns(options.perSecond);
  const bearer = options.auth.kind === 'bearer' ? makeTokenHolder(options.auth.token) : undefined;

  async function authorization(refused: string | undefined): Promise<Record<string, string>> {
    const { auth } = options;
    if (auth.kind === 'basic') return { authorization: `Basic ${Buffer.from(`${auth.user}:${auth.password}`, 'utf8').toString('base64')}` };
    return bearer ? { authorization: `Bearer ${await bearer(refused)}` } : {};
  }

  async function once(request: Request, refused?: string, agents = kept): Promise<Answer & { readonly token: string }> {
    const release = await gate();
    try {
      await turn();
      const headers = { 'accept-encoding': 'identity', ...request.headers, ...(await authorization(refused)) };
      const agent = request.url.startsWith('https:') ? agents.secure : agents.plain;
      const answer = await exchange({ ...request, headers }, agent, options.timeouts, release);
      return { ...answer, token: (headers as Record<string, string>)['authorization']?.replace('Bearer ', '') ?? '' };
    } catch (error) {
      release();
      throw error;
    }
  }

  return {
    async send(request) {
      const answer = await once(request).catch((error: unknown) => {
        // The archive closed an idle connection just as it was taken up again: nothing was processed, a GET may go once more. On a connection
        // made for it, because after a restart of the archive every kept one is dead.
        if (request.method === 'GET' && error instanceof StaleConnection) return once(request, undefined, fresh);
        throw error;
      });
      if (answer.status !== 401 || options.auth.kind !== 'bearer') return answer;
      answer.discard();
      return once(request, answer.token);
    },
    close() {
      for (const agent of [kept.plain, kept.secure, fresh.plain, fresh.secure]) agent.destroy();
    },
  };
}

function exchange(request: Request, agent: HttpAgent, timeouts: ArchiveTimeouts, release: () => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = request.url.startsWith('https:') ? httpsRequest : httpRequest;
    const { method, headers, signal } = request;
    const outgoing = send(request.url, { method, agent, headers: { ...headers, ...length(request.body) }, ...(signal ? { signal } : {}) });
    const stop = (what: string) => outgoing.destroy(later('DICOMWEB_TIMEOUT', 'answer', `the archive took too long (${what})`));
    const total = setTimeout(stop, timeouts.totalMs, 'the whole exchange');
    let phase = setTimeout(stop, timeouts.connectMs, 'to connect');
    const clear = () => {
      clearTimeout(total);
      clearTimeout(phase);
    };
    const connected = () => {
      clearTimeout(phase);
      phase = setTimeout(stop, timeouts.answerMs, 'to answer');
    };
    outgoing.on('socket', (socket) => {
      if (!socket.connecting) connected();
      else socket.once('secureConnect' in socket || agent instanceof HttpsAgent ? 'secureConnect' : 'connect', connected);
    });
    outgoing.on('error', (error) => {
      clear();
      const isStale = outgoing.reusedSocket && /^(ECONNRESET|EPIPE)$/.test((error as NodeJS.ErrnoException).code ?? '');
      reject(isStale ? new StaleConnection(error) : socketFault(error, false));
    });
    outgoing.on('response', (incoming) => {
      clearTimeout(phase);
      incoming.once('close', () => {
        clear();
        release();
      });
      const body = watched(incoming, timeouts.idleMs);
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body, discard: () => incoming.destroy() });
    });
    outgoing.end(request.body);
  });
}

async function* watched(incoming: IncomingMessage, idleMs: number): AsyncGenerator<Buffer> {
  const quiet = () => incoming.destroy(later('DICOMWEB_TIMEOUT', 'answer', 'the archive fell silent in the middle of its answer'));
  let timer = setTimeout(quiet, idleMs);
  try {
    for await (const chunk of incoming) {
      // Our own pause (decoding, back pressure) is not the archive's silence: no timer while the reader works.
      clearTimeout(timer);
      yield chunk as Buffer;
      timer = setTimeout(quiet, idleMs);
    }
  } catch (error) {
    throw socketFault(error, true);
  } finally {
    clearTimeout(timer);
    incoming.destroy();
  }
}

function length(body: Uint8Array | undefined): Record<string, string> {
  return body ? { 'content-length': String(body.byteLength) } : {};
}

/** Gives the memory of a chunk of a body back now and not at the next collection. Nothing may use the chunk, or a part of it, afterwards. */
export function freeChunk(chunk: Buffer): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength) buffer.transfer(0);
}

/** Reads a body whole, up to a limit. */
export async function readAll(answer: Answer, maxBytes: number, tooLarge: () => Error): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
