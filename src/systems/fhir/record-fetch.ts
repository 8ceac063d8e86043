/** The `fetch` that @medplum/core is given: tokens, limits, time limits and honest faults, which the library's own lacks. It repeats no request but one after a 401. */
import { TryLater } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Clock } from '../../ports.ts';
import { type Exchange, type Exchanged, TooSlow } from './http-exchange.ts';
import { Refusal } from './refusal.ts';
import type { TokenSource } from './tokens.ts';

export interface RecordFetchOptions {
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly log?: Log | undefined;
  readonly exchange: Exchange;
  /** Requests in flight at once. */
  readonly concurrency: number;
}

export type RecordFetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Throws Refusal for an answer that will not change, TryLater for one that may. What it returns is a whole, parsed-once FHIR answer. */
export function makeRecordFetch(options: RecordFetchOptions): RecordFetch {
  const gate = makeGate(options.concurrency);
  let notBefore = 0;
  return async (url, init = {}) => {
    const wait = notBefore - options.clock.now().getTime();
    if (wait > 0) throw busy(429, wait);
    return gate(async () => {
      const response = await withToken(options, url, init);
      if (response.status === 429 || response.status === 503) {
        const retryAfterMs = retryAfter(response.header('retry-after'), options.clock);
        if (retryAfterMs) notBefore = options.clock.now().getTime() + retryAfterMs;
        throw busy(response.status, retryAfterMs);
      }
      return check(response);
    });
  };
}

/** A 401 says that nothing was carried out, so this one repeat is safe for a POST too. */
async function withToken(options: RecordFetchOptions, url: string, init: RequestInit): Promise<Exchanged> {
  const token = await options.tokens.current();
  const first = await send(options, url, init, token);
  if (first.status !== 401 || token === undefined) return first;
  options.tokens.refused(token);
  return send(options, url, init, await options.tokens.current());
}

async function send(options: RecordFetchOptions, url: string, init: RequestInit, token: string | undefined): Promise<Exchanged> {
  const headers = { ...(init.headers as Record<string, string>), ...(token && { authorization: `Bearer ${token}` }) };
  const method = init.method ?? 'GET';
  const started = performance.now();
  let status = 0;
  const onStatus = (told: number) => {
    status = told;
  };
  try {
    // The body is read inside the time limit, and a cut one shows here and not in the library.
    return await options.exchange({ method, url, headers, body: init.body as string | undefined, onStatus });
  } catch (cause) {
    const [code, words] =
      cause instanceof TooSlow ? ['FHIR_TIMEOUT', 'did not answer in time'] : ['FHIR_UNREACHABLE', 'cannot be reached or broke off'];
    throw new TryLater(`the health record ${words}`, { code, phase: status === 0 ? 'connect' : 'answer', cause });
  } finally {
    if (options.log)
      options.log.info('fhir.call', { method, resourceType: resourceTypeOf(url), status, ms: Math.round(performance.now() - started) });
  }
}

function check({ status, header, text }: Exchanged): Response {
  if (status === 401) throw new TryLater('the health record does not accept our token', { code: 'FHIR_UNAUTHORIZED', phase: 'answer' });
  if ((status >= 500 && status !== 501) || status === 408)
    throw new TryLater(`the health record answered ${status}`, { code: 'FHIR_SERVER_FAULT', phase: 'answer' });
  const parsed = parse(text);
  if (status >= 400) throw new Refusal(status, issueCodes(parsed));
  if (text !== '' && parsed === undefined)
    throw new TryLater('the health record sent something that is no FHIR', { code: 'FHIR_BAD_ANSWER', phase: 'parse' });
  return asResponse(status, header, text, parsed);
}

/**
 * What the library reads of a Response, with the body that was parsed already. Some servers call it text/json or leave the type out: the library
 * would hand a string on.
 */
function asResponse(status: number, header: Exchanged['header'], text: string, parsed: unknown): Response {
  const answer: Pick<Response, 'status' | 'ok' | 'json' | 'text'> & { readonly headers: Pick<Headers, 'get'> } = {
    status,
    ok: true,
    headers: { get: (name) => (OURS.has(name.toLowerCase()) ? ourHeader(name.toLowerCase(), text) : header(name.toLowerCase())) },
    json: () => Promise.resolve(parsed),
    text: () => Promise.resolve(text),
  };
  return answer as Response;
}

const OURS: ReadonlySet<string> = new Set(['content-type', 'content-length']);

function ourHeader(name: string, text: string): string | null {
  return name === 'content-type' ? 'application/fhir+json' : text === '' ? '0' : null;
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function issueCodes(body: unknown): readonly string[] {
  const issues = (body as { issue?: { code?: unknown }[] } | undefined)?.issue;
  return Array.isArray(issues) ? issues.map((issue) => issue?.code).filter((code) => typeof code === 'string') : [];
}

function busy(status: number, retryAfterMs: number | undefined): TryLater {
  return new TryLater(`the health record is busy (${status})`, {
    code: 'FHIR_BUSY',
    phase: 'answer',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Retry-After (RFC 9110 10.2.3): seconds or an HTTP date; never longer than an hour. */
export function retryAfter(header: string | null, clock: Clock): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - clock.now().getTime();
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, 3_600_000) : undefined;
}

/** Only the type: the rest of a URL may hold a patient's id. */
function resourceTypeOf(url: string): string {
  return /\/([A-Z][A-Za-z]+)(?=[/?]|$)/.exec(new URL(url).pathname)?.[1] ?? 'system';
}

/** At most `size` at once, first come first served. */
function makeGate(size: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = size;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
