/** Where a bearer token for the archive comes from: a file that something else renews, or an OAuth 2.0 client credentials grant (RFC 6749 section 4.4). */
import { readFile } from 'node:fs/promises';
import { later } from './faults.ts';

/** As `ArchiveAuth` wants it: `refresh` is asked after a 401 and must not give the token that was just refused. */
export type TokenSource = (refresh: boolean) => Promise<string>;

/** The file is read at every request: whoever writes it decides when the token changes. */
export function tokenFromFile(path: string): TokenSource {
  return async () => {
    try {
      return (await readFile(path, 'utf8')).trim();
    } catch (error) {
      throw later('DICOMWEB_UNAUTHORIZED', 'send', 'the file with the archive’s token cannot be read', { cause: error });
    }
  };
}

export interface ClientCredentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
  /** Milliseconds since any fixed moment; a test may turn it. */
  readonly now?: () => number;
}

/** A token is renewed this long before it ends, so that it does not end on the way. */
const MARGIN_MS = 30_000;
const TOKEN_TIMEOUT_MS = 10_000;
const DEFAULT_LIFE_S = 300;

export function tokenByClientCredentials(options: ClientCredentials): TokenSource {
  const now = options.now ?? (() => performance.now());
  let held: { readonly token: string; readonly until: number } | undefined;
  let asking: Promise<string> | undefined;
  const ask = async () => {
    const { token, lifeS } = await askToken(options);
    held = { token, until: now() + lifeS * 1000 - MARGIN_MS };
    return token;
  };
  return (refresh) => {
    if (!refresh && held && now() < held.until) return Promise.resolve(held.token);
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

async function askToken(options: ClientCredentials): Promise<{ token: string; lifeS: number }> {
  const basic = Buffer.from(`${encodeURIComponent(options.clientId)}:${encodeURIComponent(options.clientSecret)}`).toString('base64');
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...(options.scope === '' ? {} : { scope: options.scope }) });
  let answer: Response;
  try {
    const headers = { authorization: `Basic ${basic}`, accept: 'application/json' };
    answer = await fetch(options.tokenUrl, { method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS) });
  } catch (error) {
    throw later('DICOMWEB_UNREACHABLE', 'connect', 'the token service of the archive cannot be reached', { cause: error });
  }
  const given = (await answer.json().catch(() => undefined)) as { access_token?: unknown; expires_in?: unknown } | undefined;
  if (!answer.ok || typeof given?.access_token !== 'string')
    throw later('DICOMWEB_UNAUTHORIZED', 'answer', `the token service of the archive gives no token (${answer.status})`);
  const lifeS = Number(given.expires_in);
  return { token: given.access_token, lifeS: Number.isFinite(lifeS) && lifeS > 0 ? lifeS : DEFAULT_LIFE_S };
}
