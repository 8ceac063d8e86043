/** One trusted CDS client (CDS Hooks "Trusting CDS Clients"): who signs, with which keys, what it may reach, and how its cards are drawn. */
import type { JSONWebKeySet } from 'jose';
import type { OverrideReason } from '#src/case/card.ts';

export type ClientKind = 'sandbox' | 'epic' | 'oracle-health' | 'medplum' | 'custom';
export type RenderProfile = 'default' | 'epic' | 'oracle-health';

export interface Coding {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

export interface TrustProfile {
  /** Our name for this client, in logs and answers. */
  readonly name: string;
  readonly kind: ClientKind;
  /** `iss`, exactly. */
  readonly issuer: string;
  /** Keys handed over out of band, or the only addresses (`jku`) from which they may be read; the first serves tokens without `jku`. */
  readonly keys: { readonly jwks: JSONWebKeySet } | { readonly jwksUris: readonly string[] };
  readonly algorithms: readonly string[];
  /** Further `aud` values, for clients where it is typed by hand; the endpoint's own URL always counts. */
  readonly audiences: readonly string[];
  /** When not empty, `tenant` must be one of these. */
  readonly tenants: readonly string[];
  readonly maxLifetimeSeconds: number;
  readonly clockSkewSeconds: number;
  /** FHIR bases that may be called with this client's transient token. Nothing else is ever called. */
  readonly fhirServers: readonly string[];
  readonly render: RenderProfile;
  /** What the site calls our two orders. Epic needs an entry to get a suggestion at all (preference list). */
  readonly orders: { readonly refer?: Coding; readonly review?: Coding };
  /** The site's own override reasons instead of HL7's. */
  readonly overrideReasons: Partial<Readonly<Record<OverrideReason, Coding>>>;
  /** `smart` sends the user through the SMART launch, `absolute` straight to the case page. */
  readonly link: 'smart' | 'absolute';
  /** Names under which this client sends our prefetch keys, where the site had to rename them. */
  readonly prefetchKeys: { readonly patient?: string; readonly orders?: string };
}

const ASYMMETRIC = /^(ES(256|384|512)|RS(256|384|512)|PS(256|384|512)|EdDSA|Ed25519)$/;

const PRESETS: Readonly<Record<ClientKind, Pick<TrustProfile, 'algorithms' | 'render' | 'link' | 'clockSkewSeconds' | 'maxLifetimeSeconds'>>> = {
  sandbox: { algorithms: ['ES384'], render: 'default', link: 'absolute', clockSkewSeconds: 30, maxLifetimeSeconds: 3600 },
  epic: { algorithms: ['RS384'], render: 'epic', link: 'smart', clockSkewSeconds: 30, maxLifetimeSeconds: 3600 },
  'oracle-health': {
    algorithms: ['ES384', 'RS384', 'ES256', 'RS256'],
    render: 'oracle-health',
    link: 'smart',
    clockSkewSeconds: 30,
    maxLifetimeSeconds: 3600,
  },
  medplum: { algorithms: ['ES256', 'ES384', 'RS256', 'RS384'], render: 'default', link: 'absolute', clockSkewSeconds: 30, maxLifetimeSeconds: 3600 },
  custom: { algorithms: ['ES384', 'RS384'], render: 'default', link: 'absolute', clockSkewSeconds: 30, maxLifetimeSeconds: 3600 },
};

export type TrustSettings = Partial<TrustProfile> & Pick<TrustProfile, 'name' | 'kind' | 'issuer' | 'keys'>;

/** A profile from what is usual for its kind and the site's settings. Throws RangeError on `none`, HMAC, or a key address that is not https. */
export function trustProfile(settings: TrustSettings, allowHttp = false): TrustProfile {
  const profile: TrustProfile = {
    audiences: [],
    tenants: [],
    fhirServers: [],
    orders: {},
    overrideReasons: {},
    prefetchKeys: {},
    ...PRESETS[settings.kind],
    ...settings,
  };
  const bad = profile.algorithms.filter((alg) => !ASYMMETRIC.test(alg));
  if (bad.length > 0 || profile.algorithms.length === 0)
    throw new RangeError(`${profile.name}: only asymmetric algorithms are allowed, not ${bad.join(', ')}`);
  const uris = 'jwksUris' in profile.keys ? profile.keys.jwksUris : [];
  if ('jwksUris' in profile.keys && uris.length === 0) throw new RangeError(`${profile.name}: a key address or keys are needed`);
  for (const url of [...uris, ...profile.fhirServers]) {
    if (new URL(url).protocol !== 'https:' && !allowHttp) throw new RangeError(`${profile.name}: ${url} is not https`);
  }
  return profile;
}
