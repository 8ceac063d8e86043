/** EXTRA_CA_FILE: a site's own authorities, for every outgoing TLS connection of this process. Checking is never turned off. */
import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Config } from '../config.ts';
import { ConfigFault } from '../config-fault.ts';

/** Call it before the first connection. Throws a ConfigFault when the file holds no certificate. */
export function trustAuthorities({ EXTRA_CA_FILE: path }: Pick<Config, 'EXTRA_CA_FILE'>): void {
  if (path === '') return;
  setDefaultCACertificates([...getCACertificates('default'), ...certificatesIn(path)]);
}

function certificatesIn(path: string): readonly string[] {
  try {
    const found = readFileSync(path, 'utf8').match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
    createSecureContext({ ca: found });
    if (found.length > 0) return found;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no certificate';
    throw new ConfigFault([`EXTRA_CA_FILE cannot be used: ${code}`]);
  }
  throw new ConfigFault(['EXTRA_CA_FILE holds no certificate']);
}
