/** Access tokens by SMART Backend Services: client_credentials with a private_key_jwt assertion, renewed once for all who wait. */
import { randomUUID } from 'node:crypto';
import { importJWK, importPKCS8, type JWK, SignJWT } from 'jose';
import { TryLater } from '../../lib/errors.ts';
import type { Clock } from '../../ports.ts';
import type { Exchange } from './http-exchange.ts';

export interface BackendAuth {
  readonly tokenUrl: string;
  readonly clientId: string;
  /** Text of the private key: a JWK (its `alg` and `kid` count) or PKCS#8 PEM. RS384 for RSA, ES384 for P-384 (SMART App Launch 2.2). */
  readonly privateKey: string;
  /** For a PEM, which names neither. Default RS384. */
  readonly algorithm?: 'RS384' | 'ES384';
  readonly keyId?: string;
  /** E.g. "system/Patient.rs system/Observation.crus". */
  readonly scope: string;
}

export interface TokenSource {
  /** A token that still lives for half a minute, or undefined when none is needed. */
  current(): Promise<string | undefined>;
  /** Throws this token away: the server refused it. */
  refused(token: string): void;
}

const RENEW_BEFORE_MS = 30_000;

export function noTokens(): TokenSource {
  return { current: async () => undefined, refused: () => undefined };
}

/** Throws TryLater when no token can be had; never tells the key or the answer's body. */
export function makeTokens(auth: BackendAuth, clock: Clock, exchange: Exchange): TokenSource {
  let held: { token: string; until: number } | undefined;
  let renewing: Promise<string> | undefined;
  const renew = async () => {
    const { token, livesMs } = await ask(auth, clock, exchange);
    held = { token, until: clock.now().getTime() + livesMs - RENEW_BEFORE_MS };
    return token;
  };
  return {
    current: async () => {
      if (held && clock.now().getTime() < held.until) return held.token;
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
    refused: (token) => {
      if (held?.token === token) held = undefined;
    },
  };
}

async function ask(auth: BackendAuth, clock: Clock, exchange: Exchange): Promise<{ token: string; livesMs: number }> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: auth.scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion(auth, clock),
  });
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  const { status, text } = await exchange({ method: 'POST', url: auth.tokenUrl, headers, body: form.toString() }).catch((cause: unknown) => {
    throw new TryLater('the token endpoint cannot be reached', { code: 'FHIR_TOKEN_UNREACHABLE', phase: 'connect', cause });
  });
  const body = parsed(text);
  if (status >= 400 || typeof body.access_token !== 'string') {
    throw new TryLater(`the token endpoint answered ${status}`, { code: 'FHIR_TOKEN_REFUSED', phase: 'answer' });
  }
  return { token: body.access_token, livesMs: (typeof body.expires_in === 'number' ? body.expires_in : 300) * 1000 };
}

function parsed(text: string): { readonly access_token?: unknown; readonly expires_in?: unknown } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}

/** Lives four minutes: SMART allows five at most. */
async function assertion(auth: BackendAuth, clock: Clock): Promise<string> {
  const text = auth.privateKey.trim();
  const jwk = text.startsWith('{') ? (JSON.parse(text) as JWK) : undefined;
  const algorithm = auth.algorithm ?? (jwk?.kty === 'EC' ? 'ES384' : 'RS384');
  const key = jwk ? await importJWK(jwk, algorithm) : await importPKCS8(text, algorithm);
  const keyId = auth.keyId ?? jwk?.kid;
  const now = Math.floor(clock.now().getTime() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', ...(keyId && { kid: keyId }) })
    .setIssuer(auth.clientId)
    .setSubject(auth.clientId)
    .setAudience(auth.tokenUrl)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + 240)
    .sign(key);
}
