/** An authority and certificates of this run, made by openssl. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasProgram, runProgram } from '../systems/hl7/run-program.ts';

export const skipWithoutOpenssl = hasProgram('openssl') ? false : 'openssl is not installed';

export interface Certificates {
  readonly folder: string;
  /** PEM file of the authority. */
  readonly ca: string;
  /** A new key and certificate for these names ("DNS:localhost,IP:127.0.0.1"). */
  make(name: string, alternative: string): Promise<{ readonly cert: string; readonly key: string }>;
  remove(): void;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export async function makeCertificates(): Promise<Certificates> {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-tls-'));
  const at = (name: string): string => join(folder, name);
  const openssl = async (...parameters: string[]): Promise<void> => {
    const done = await runProgram('openssl', parameters);
    if (done.status !== 0) throw new Error(done.stderr);
  };
  await openssl('req', '-x509', ...KEY, '-days', '2', '-subj', '/CN=Invented authority', '-keyout', at('ca.key'), '-out', at('ca.crt'));
  return {
    folder,
    ca: at('ca.crt'),
    make: async (name, alternative) => {
      const [cert, key, request] = [at(`${name}.crt`), at(`${name}.key`), at(`${name}.csr`)];
      await openssl('req', ...KEY, '-subj', `/CN=${name}`, '-addext', `subjectAltName=${alternative}`, '-keyout', key, '-out', request);
      await openssl(
        'x509',
        '-req',
        '-in',
        request,
        '-CA',
        at('ca.crt'),
        '-CAkey',
        at('ca.key'),
        '-days',
        '2',
        '-copy_extensions',
        'copy',
        '-out',
        cert,
      );
      return { cert, key };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
