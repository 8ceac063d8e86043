/**
 * One request to the health record's servers over node:http(s): kept-alive connections, one time limit for the whole exchange, mutual TLS. Half
 * the price of the global `fetch` (decision 0008), which also takes no client certificate. No redirects: a token goes to its own place only.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

/** PEM texts of our own certificate, for servers that ask for one. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface Exchanged {
  readonly status: number;
  header(name: string): string | null;
  readonly text: string;
}

/** Rejects with TooSlow after the time limit and with whatever else the network says; the status is known once the head of the answer came. */
export type Exchange = (request: {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly onStatus?: (status: number) => void;
}) => Promise<Exchanged>;

export class TooSlow extends Error {}

/** An idle connection is given up before most servers and firewalls do: one that died silently would cost a try. */
const IDLE_MS = 4_000;
/** A larger answer, packed or unpacked, is an attack or a mistake, not a page of a search. */
const MOST_BYTES = 256 * 2 ** 20;

const DECODERS: Readonly<Record<string, (bytes: Buffer, maxOutputLength: number) => Promise<Buffer>>> = {
  gzip: (bytes, maxOutputLength) => promisify(gunzip)(bytes, { maxOutputLength }),
  deflate: (bytes, maxOutputLength) => promisify(inflate)(bytes, { maxOutputLength }),
  br: (bytes, maxOutputLength) => promisify(brotliDecompress)(bytes, { maxOutputLength }),
};

export function makeExchange(options: {
  readonly timeoutMs: number;
  readonly connections: number;
  readonly certificate?: ClientCertificate | undefined;
  /** Longest body taken. */
  readonly mostBytes?: number;
}): Exchange {
  const { mostBytes = MOST_BYTES } = options;
  const pool = { keepAlive: true, maxSockets: options.connections, timeout: IDLE_MS };
  const plain = new HttpAgent(pool);
  const secure = new HttpsAgent({ ...pool, minVersion: 'TLSv1.2', ...options.certificate });
  return ({ method, url, headers, body, onStatus }) =>
    new Promise((resolve, reject) => {
      const settings = { method, headers: { 'accept-encoding': 'gzip', 'user-agent': 'backstop', ...headers } };
      const outgoing = url.startsWith('https:') ? httpsRequest(url, { ...settings, agent: secure }) : httpRequest(url, { ...settings, agent: plain });
      let slow: TooSlow | undefined;
      const timer = setTimeout(() => {
        slow = new TooSlow('no whole answer in time');
        outgoing.destroy(slow);
      }, options.timeoutMs);
      // A body that is cut by our own time limit shows as "aborted".
      const fail = (error: unknown) => {
        clearTimeout(timer);
        reject(slow ?? error);
      };
      outgoing.on('error', fail);
      outgoing.on('response', (incoming) => {
        const status = incoming.statusCode ?? 0;
        onStatus?.(status);
        readText(incoming, mostBytes, (error, text) => {
          if (error) return fail(error);
          if (status >= 300 && status < 400) return fail(new Error('answered with a redirect'));
          clearTimeout(timer);
          resolve({ status, header: (name) => firstOf(incoming.headers[name]), text });
        });
      });
      outgoing.end(body);
    });
}

function firstOf(value: string | readonly string[] | undefined): string | null {
  return typeof value === 'string' ? value : (value?.[0] ?? null);
}

/** A body that broke off is an error and no short text. */
function readText(incoming: IncomingMessage, mostBytes: number, done: (error: unknown, text: string) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  incoming.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > mostBytes) incoming.destroy(new Error(`the answer is longer than ${mostBytes} bytes`));
  });
  incoming.on('error', (error) => done(error, ''));
  incoming.on('end', () => {
    const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    const encoding = incoming.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
    if (encoding === 'identity' || bytes.byteLength === 0) return done(null, decoded(bytes));
    const decode = DECODERS[encoding];
    if (!decode) return done(new Error(`unknown content-encoding ${encoding.slice(0, 20)}`), '');
    decode(bytes, mostBytes).then(
      (plain) => done(null, decoded(plain)),
      (error: unknown) => done(error, ''),
    );
  });
}

/** UTF-8 without its byte order mark. */
function decoded(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
