/** The trusted CDS clients of a site, from one YAML file. All faults are told at once, each with its place. */
import { parse } from 'yaml';
import { z } from 'zod';
import { type TrustProfile, trustProfile } from './trust-profile.ts';

const coding = z.strictObject({ system: z.string().min(1), code: z.string().min(1), display: z.string().min(1) });

const client = z.strictObject({
  name: z.string().min(1),
  kind: z.enum(['epic', 'oracle-health', 'medplum', 'custom', 'sandbox']),
  issuer: z.string().min(1),
  keys: z.union([
    z.strictObject({ jwksUris: z.array(z.url()).min(1) }),
    z.strictObject({ jwks: z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) }) }),
  ]),
  algorithms: z.array(z.string()).min(1).optional(),
  audiences: z.array(z.string().min(1)).optional(),
  tenants: z.array(z.string().min(1)).optional(),
  maxLifetimeSeconds: z.number().int().positive().max(86_400).optional(),
  clockSkewSeconds: z.number().int().min(0).max(300).optional(),
  fhirServers: z.array(z.url()).optional(),
  render: z.enum(['default', 'epic', 'oracle-health']).optional(),
  orders: z.strictObject({ refer: coding.optional(), review: coding.optional() }).optional(),
  overrideReasons: z.record(z.string(), coding).optional(),
  link: z.enum(['smart', 'absolute']).optional(),
  prefetchKeys: z.strictObject({ patient: z.string().optional(), orders: z.string().optional() }).optional(),
});
const file = z.strictObject({ clients: z.array(client).min(1) });

export type TrustFile = { readonly profiles: readonly TrustProfile[] } | { readonly faults: readonly string[] };

/** `allowHttp`: only in the demo and in tests on loopback. */
export function readTrustFile(yaml: string, allowHttp = false): TrustFile {
  let content: unknown;
  try {
    content = parse(yaml);
  } catch (error) {
    return { faults: [`not YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`] };
  }
  const parsed = file.safeParse(content);
  if (!parsed.success) return { faults: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`) };
  const faults: string[] = [];
  const profiles: TrustProfile[] = [];
  for (const [index, settings] of parsed.data.clients.entries()) {
    try {
      profiles.push(trustProfile(settings as never, allowHttp));
    } catch (error) {
      faults.push(`clients.${index}: ${error instanceof Error ? error.message : 'unusable'}`);
    }
  }
  const names = profiles.map((profile) => profile.issuer);
  for (const issuer of names.filter((name, index) => names.indexOf(name) !== index)) faults.push(`the issuer ${issuer} stands twice`);
  return faults.length > 0 ? { faults } : { profiles };
}
