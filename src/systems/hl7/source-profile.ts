/** What is different about one sender: its port, its habits of ACK, and where it puts things. One YAML file, checked whole, all faults told at once. */
import { isIP } from 'node:net';
import { parse } from 'yaml';
import { z } from 'zod';
import { FIELD_PATH } from './fields.ts';

const path = z.string().regex(FIELD_PATH, 'a place in a message is written like OBR-18 or OBR-3.1');
const STATUS = ['preliminary', 'final', 'corrected', 'addendum', 'cancelled', 'unknown'] as const;

const address = z.string().refine((text) => {
  const [host, bits] = text.split('/');
  const family = isIP(host ?? '');
  return family !== 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)));
}, 'an IP address, or a network like 10.1.0.0/16');

/** Who may send. Every member that is given must fit; an empty list lets anyone in. */
const sender = z
  .strictObject({
    address: address.optional(),
    /** Common name, a DNS name, or the SHA-256 fingerprint of the client's certificate. */
    certificate: z.string().min(1).optional(),
    /** MSH-3 and MSH-4 (first component) that this peer may use. */
    application: z.string().min(1).optional(),
    facility: z.string().min(1).optional(),
  })
  .refine((rule) => rule.address !== undefined || rule.certificate !== undefined, 'give an address or a certificate');

const tls = z.strictObject({
  certFile: z.string().min(1),
  keyFile: z.string().min(1),
  /** Certificates that client certificates are checked with. */
  caFile: z.string().min(1).optional(),
  requireClientCertificate: z.boolean().default(false),
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export const sourceProfileSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'small letters, digits and dashes'),
    host: z.string().min(1).default('127.0.0.1'),
    port: z.number().int().min(0).max(65535).default(2575),
    tls: tls.optional(),
    senders: z.array(sender).default([]),
    /** Longer messages are answered AR and only their first bytes are kept. */
    maxMessageBytes: z
      .number()
      .int()
      .min(1024)
      .max(256 * 1024 * 1024)
      .default(32 * 1024 * 1024),
    /** auto: MSH-15/16 decide; original: always AA/AE/AR; enhanced: always CA/CE/CR first. */
    ackMode: z.enum(['auto', 'original', 'enhanced']).default('auto'),
    /** IANA zone of times that give none. */
    timeZone: z.string().refine(isTimeZone, 'an IANA time zone like Europe/London').default('UTC'),
    /** The place of the accession number, before all others. */
    accessionField: path.optional(),
    /** The place of the time of the examination, before OBR-7 (some feeds have it in OBR-6 or OBR-36). */
    examinedField: path.optional(),
    /** IHE senders (RAD-4, RAD-28, RAD-128) put the accession number into OBR-18. */
    ihe: z.boolean().default(false),
    /** Which PID-3 is the patient's number in the archive and the health record, best first. */
    patientIds: z
      .array(z.strictObject({ authority: z.string().min(1).optional(), type: z.string().min(1).optional() }))
      .default([{ type: 'MR' }, { type: 'MRN' }, { type: 'PI' }, { type: 'PT' }, { type: 'EMPI' }]),
    /** Status words of this sender, before the built-in ones; compared without case. */
    statusWords: z.record(z.string(), z.enum(STATUS)).default({}),
    /** NTE rows under the report: never, when there is no other text, or always. */
    notes: z.enum(['never', 'when-no-text', 'always']).default('when-no-text'),
    /** Message types that carry reports. */
    reportTypes: z.array(z.string()).default(['ORU^R01', 'ORU^R30', 'ORU^R32', 'ORU']),
  })
  .refine((profile) => !profile.tls?.requireClientCertificate || profile.tls.caFile !== undefined, {
    path: ['tls', 'caFile'],
    message: 'requireClientCertificate needs caFile',
  });

export type SourceProfile = z.infer<typeof sourceProfileSchema>;
export type SenderRule = SourceProfile['senders'][number];

export const DEFAULT_PROFILE: SourceProfile = sourceProfileSchema.parse({ name: 'default' });

export type Profiles = { readonly profiles: readonly SourceProfile[] } | { readonly faults: readonly string[] };

/** Reads `sources:`, a list of profiles, from YAML. Names must differ, and so must host and port together. */
export function readSourceProfiles(yaml: string): Profiles {
  let content: unknown;
  try {
    content = parse(yaml);
  } catch (cause) {
    return { faults: [`not YAML: ${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'unreadable'}`] };
  }
  const file = z.strictObject({ sources: z.array(sourceProfileSchema).min(1) }).safeParse(content);
  if (!file.success) {
    return { faults: file.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`) };
  }
  const { sources } = file.data;
  const twice = (texts: readonly string[]): string[] => [...new Set(texts.filter((text, index) => texts.indexOf(text) !== index))];
  const faults = [
    ...twice(sources.map((profile) => profile.name)).map((name) => `two sources are called ${name}`),
    ...twice(sources.filter((profile) => profile.port !== 0).map((profile) => `${profile.host}:${profile.port}`)).map(
      (place) => `two sources listen on ${place}`,
    ),
  ];
  return faults.length > 0 ? { faults } : { profiles: sources };
}
