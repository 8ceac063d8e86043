/** Who calls? The client's JWT, checked against our trust list (CDS Hooks "Trusting CDS Clients" and best practices). */
import { createHash } from 'node:crypto';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import type { Clock, JtiStore } from '#src/ports.ts';
import { Refusal } from './operation-outcome.ts';
import type { TrustProfile } from './trust-profile.ts';

export interface TokenCheck {
  readonly authorization: string | undefined;
  /** The public URL of the endpoint that was called: the expected audience. */
  readonly endpoint: string;
  readonly method: string;
  readonly body: Uint8Array;
}

export interface VerifierOptions {
  readonly profiles: readonly TrustProfile[];
  readonly jtiStore: JtiStore;
  readonly clock: Clock;
  /** For tests; redirects are refused either way. */
  readonly fetch?: typeof fetch;
}

/** Returns the caller's profile. Throws Refusal 401 without any reason, or 503 when the keys or the store can't be reached. */
export function makeTokenVerifier(options: VerifierOptions): (check: TokenCheck) => Promise<TrustProfile> {
  const keys = new Map<string, JWTVerifyGetKey>();
  for (const profile of options.profiles) addKeys(keys, profile, options.fetch);
  return async (check) => {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(check.authorization ?? '')?.[1];
    if (token === undefined) throw unauthorized('CDS_NO_TOKEN');
    const { profile, keyName } = trustedSource(token, options.profiles);
    // Only listed addresses are in the map, so an unlisted `jku` ends here and is never asked.
    const getKey = keys.get(keyName);
    if (!getKey) throw unauthorized('CDS_UNKNOWN_KEY_SOURCE');
    const payload = await verified(token, getKey, profile, check.endpoint, options.clock.now());
    await refuseReplay(options.jtiStore, payload, check, profile);
    return profile;
  };
}

function addKeys(keys: Map<string, JWTVerifyGetKey>, profile: TrustProfile, fetcher: typeof fetch | undefined): void {
  if ('jwks' in profile.keys) {
    keys.set(keySource(profile, null), createLocalJWKSet(profile.keys.jwks));
    return;
  }
  for (const uri of profile.keys.jwksUris) {
    // Cached for ten minutes; an unknown kid asks again, at most once in 30 s. jose never follows redirects here.
    const remote = createRemoteJWKSet(new URL(uri), {
      cacheMaxAge: 600_000,
      cooldownDuration: 30_000,
      timeoutDuration: 2_000,
      ...(fetcher && { [customFetch]: fetcher }),
    });
    keys.set(keySource(profile, uri), async (header, input) => {
      try {
        return await remote(header, input);
      } catch (cause) {
        if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys) throw cause;
        throw new Refusal(503, 'CDS_KEYS_UNREACHABLE', [{ code: 'transient', diagnostics: 'try again later' }]);
      }
    });
  }
}

function keySource(profile: TrustProfile, jku: string | null): string {
  return `${profile.issuer} ${jku ?? ''}`;
}

/** Issuer, algorithm, key id and key address are looked at before anything is fetched or computed. */
function trustedSource(token: string, profiles: readonly TrustProfile[]): { profile: TrustProfile; keyName: string } {
  try {
    const header = decodeProtectedHeader(token);
    const profile = profiles.find((candidate) => candidate.issuer === decodeJwt(token).iss);
    if (!profile) throw unauthorized('CDS_UNKNOWN_ISSUER');
    if (!header.kid || !profile.algorithms.includes(header.alg ?? '')) throw unauthorized('CDS_BAD_HEADER');
    if ('jwks' in profile.keys) return { profile, keyName: keySource(profile, null) };
    const jku = header.jku ?? profile.keys.jwksUris[0];
    return { profile, keyName: keySource(profile, jku ?? null) };
  } catch (cause) {
    throw cause instanceof Refusal ? cause : unauthorized('CDS_MALFORMED_TOKEN');
  }
}

async function verified(
  token: string,
  getKey: JWTVerifyGetKey,
  profile: TrustProfile,
  endpoint: string,
  now: Date,
): Promise<JWTPayload & { jti: string; exp: number }> {
  try {
    const { payload } = await jwtVerify(token, getKey, {
      issuer: profile.issuer,
      audience: [endpoint, ...profile.audiences],
      algorithms: [...profile.algorithms],
      typ: 'JWT',
      clockTolerance: profile.clockSkewSeconds,
      currentDate: now,
      requiredClaims: ['exp', 'iat', 'jti'],
    });
    const { jti, exp = 0, iat = 0, tenant } = payload;
    // Printable only: it goes into a database as it is.
    if (typeof jti !== 'string' || !/^[^\p{Cc}\p{Cs}]{1,500}$/u.test(jti)) throw unauthorized('CDS_BAD_JTI');
    if (exp - iat > profile.maxLifetimeSeconds || iat > now.getTime() / 1000 + profile.clockSkewSeconds) throw unauthorized('CDS_BAD_LIFETIME');
    if (profile.tenants.length > 0 && !(typeof tenant === 'string' && profile.tenants.includes(tenant))) throw unauthorized('CDS_BAD_TENANT');
    return { ...payload, jti, exp };
  } catch (cause) {
    throw cause instanceof Refusal ? cause : unauthorized('CDS_BAD_TOKEN');
  }
}

/** The same token for the very same request is a client's retry (Medplum's does that on 503); for anything else it is a replay. */
async function refuseReplay(store: JtiStore, payload: { jti: string; exp: number }, check: TokenCheck, profile: TrustProfile): Promise<void> {
  const hash = createHash('sha256').update(`${check.method} ${check.endpoint}\n`).update(check.body).digest('hex');
  const expires = new Date((payload.exp + profile.clockSkewSeconds) * 1000);
  if ((await store.remember(profile.issuer, payload.jti, hash, expires)) === 'replayed') throw unauthorized('CDS_REPLAYED');
}

/** `code` is for our log; the caller learns nothing but that it is not let in. */
function unauthorized(code: string): Refusal {
  return new Refusal(401, code, [{ code: 'login', diagnostics: 'not authenticated' }]);
}
