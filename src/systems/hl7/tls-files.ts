/** Key and certificates of a TLS listener, read from files, and again when the files change. */
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { GiveUp } from '#src/lib/errors.ts';
import type { SourceProfile } from './source-profile.ts';

type TlsProfile = NonNullable<SourceProfile['tls']>;

/** Options for tls.createServer: TLS 1.2 or newer. Throws GiveUp HL7_TLS_FILES when a file can't be read or does not fit its key. */
export function readTlsOptions(profile: TlsProfile): TlsOptions {
  try {
    const material: TlsOptions = {
      cert: readFileSync(profile.certFile),
      key: readFileSync(profile.keyFile),
      ...(profile.caFile ? { ca: readFileSync(profile.caFile) } : {}),
    };
    createSecureContext(material);
    return {
      ...material,
      minVersion: 'TLSv1.2',
      requestCert: profile.requireClientCertificate,
      rejectUnauthorized: profile.requireClientCertificate,
    };
  } catch (cause) {
    throw new GiveUp('the TLS files of a listener cannot be used', { code: 'HL7_TLS_FILES', phase: 'connect', cause });
  }
}

/** Changes whenever one of the files does. */
export function tlsFilesStamp(profile: TlsProfile): string {
  const files = [profile.certFile, profile.keyFile, profile.caFile].filter((file) => file !== undefined);
  return files.map((file) => stampOf(file)).join(' ');
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs}:${stat.size}:${stat.ino}` : 'missing';
}
