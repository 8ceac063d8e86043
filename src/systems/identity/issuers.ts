/** What we know of each issuer: its addresses by discovery (OpenID Connect Discovery 1.0; SMART App Launch 2.2, section 4), kept until it fails. */
import * as oidc from 'openid-client';
import type { IdentityOptions } from './identity-options.ts';

const known = new WeakMap<IdentityOptions, Map<string, Promise<oidc.Configuration>>>();

/**
 * Discovery, once for each issuer; a failed one is tried again at the next sign-in. The configuration is a fresh one each time, because it remembers the
 * issuer's keys: a key that was changed a moment ago must not refuse the next person.
 */
export async function configurationFor(options: IdentityOptions, issuer: string): Promise<oidc.Configuration> {
  const cache = known.get(options) ?? new Map<string, Promise<oidc.Configuration>>();
  known.set(options, cache);
  const found = cache.get(issuer) ?? (issuer === options.oidc?.issuer ? discoverOidc(options) : discoverSmart(options, issuer));
  cache.set(issuer, found);
  found.catch(() => cache.delete(issuer));
  return fresh(options, issuer, (await found).serverMetadata());
}

function fresh(options: IdentityOptions, issuer: string, metadata: oidc.ServerMetadata): oidc.Configuration {
  const ours = issuer === options.oidc?.issuer ? options.oidc : null;
  const clientId = ours?.clientId ?? options.smart.find((one) => one.issuer === issuer)?.clientId ?? '';
  const configuration = new oidc.Configuration(metadata, clientId, ours?.clientSecret || undefined, ours ? undefined : oidc.None());
  // The library trusts TLS alone for a token that comes from the token endpoint. An EHR that publishes no keys cannot be asked for more.
  if (ours || metadata.jwks_uri) oidc.enableNonRepudiationChecks(configuration);
  if (options.allowHttp) oidc.allowInsecureRequests(configuration);
  return configuration;
}

function insecure(options: IdentityOptions): { execute: ((configuration: oidc.Configuration) => void)[] } | undefined {
  return options.allowHttp ? { execute: [oidc.allowInsecureRequests] } : undefined;
}

async function discoverOidc(options: IdentityOptions): Promise<oidc.Configuration> {
  if (!options.oidc) throw new RangeError('no OpenID Connect issuer');
  return await oidc.discovery(
    new URL(options.oidc.issuer),
    options.oidc.clientId,
    options.oidc.clientSecret || undefined,
    undefined,
    insecure(options),
  );
}

/** SMART's own discovery document (App Launch 2.2, section 4): public client, PKCE. */
async function discoverSmart(options: IdentityOptions, issuer: string): Promise<oidc.Configuration> {
  const client = options.smart.find((one) => one.issuer === issuer);
  if (!client) throw new RangeError('an EHR that is not listed');
  const answer = await fetch(`${issuer}/.well-known/smart-configuration`, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new RangeError(`SMART configuration: HTTP ${answer.status}`);
  const metadata = (await answer.json()) as { issuer?: string };
  const configuration = new oidc.Configuration({ ...metadata, issuer: metadata.issuer ?? issuer }, client.clientId, undefined, oidc.None());
  if (options.allowHttp) oidc.allowInsecureRequests(configuration);
  return configuration;
}

/** Its addresses may have moved: the next sign-in asks anew. */
export function forgetIssuer(options: IdentityOptions, issuer: string): void {
  known.get(options)?.delete(issuer);
}
