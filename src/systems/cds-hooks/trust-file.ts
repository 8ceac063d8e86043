/** The YAML file of trusted CDS clients (CDS_TRUST_FILE, docs/cds-hooks.md): read whole, all faults told at once, no value echoed. */
import type { JSONWebKeySet } from 'jose';
import { parse } from 'yaml';
import { z } from 'zod';
import { MAPPED_REASONS } from './override-reasons.ts';
import { type TrustProfile, type TrustSettings, trustProfile } from './trust-profile.ts';

const words = z.string().min(1);
const coding = z.strictObject({ system: words, code: words, display: words });
const client = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'small letters, digits and dashes'),
    kind: z.enum(['sandbox', 'epic', 'oracle-health', 'medplum', 'custom']),
    issuer: words,
    jwksUris: z.array(z.url()).min(1).optional(),
    /** Public keys handed over out of band. */
    jwks: z.strictObject({ keys: z.array(z.looseObject({ kty: words, kid: words })).min(1) }).optional(),
    algorithms: z.array(words).min(1).optional(),
    audiences: z.array(words).optional(),
    tenants: z.array(words).optional(),
    maxLifetimeSeconds: z.number().int().min(1).max(86_400).optional(),
    clockSkewSeconds: z.number().int().min(0).max(300).optional(),
    fhirServers: z.array(z.url()).optional(),
    render: z.enum(['default', 'epic', 'oracle-health']).optional(),
    link: z.enum(['smart', 'absolute']).optional(),
    orders: z.strictObject({ refer: coding.optional(), review: coding.optional() }).optional(),
    overrideReasons: z.partialRecord(z.enum(MAPPED_REASONS), coding).optional(),
    prefetchKeys: z.strictObject({ patient: words.optional(), orders: words.optional() }).optional(),
  })
  .refine(({ jwks, jwksUris }) => (jwks === undefined) !== (jwksUris === undefined), 'give either jwks or jwksUris')
  .refine(({ jwks }) => !jwks?.keys.some((key) => 'd' in key || 'k' in key), 'jwks holds a private or symmetric key: public keys only');

/** `allowHttp` for demo and tests. Throws nothing. */
export function readTrustFile(
  yaml: string,
  allowHttp: boolean,
): { readonly profiles: readonly TrustProfile[] } | { readonly faults: readonly string[] } {
  let content: unknown;
  try {
    content = parse(yaml);
  } catch {
    return { faults: ['not YAML'] };
  }
  const file = z.strictObject({ clients: z.array(client) }).safeParse(content);
  if (!file.success) return { faults: file.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`) };
  const { clients } = file.data;
  const twice = (texts: readonly string[]): string[] => [...new Set(texts.filter((text, index) => texts.indexOf(text) !== index))];
  const faults = [
    ...twice(clients.map(({ name }) => name)).map((name) => `two clients are called ${name}`),
    ...twice(clients.map(({ issuer }) => issuer)).map((issuer) => `two clients have the issuer ${issuer}`),
  ];
  const profiles = clients.flatMap(({ jwks, jwksUris, ...settings }) => {
    try {
      const keys: TrustProfile['keys'] = jwks ? { jwks: jwks as JSONWebKeySet } : { jwksUris: jwksUris ?? [] };
      // A setting that the file leaves out is left out here too, so that the kind's own value stands.
      return [trustProfile({ ...settings, keys } as TrustSettings, allowHttp)];
    } catch (cause) {
      faults.push(cause instanceof RangeError ? cause.message : `${settings.name}: not usable`);
      return [];
    }
  });
  return faults.length > 0 ? { faults } : { profiles };
}
