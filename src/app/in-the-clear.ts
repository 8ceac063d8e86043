/** Which configured connections would carry patient data over a network without TLS. `doctor` tells; a site may have a reason (a private network). */
import type { Config } from '../config.ts';
import { whyUnsafe } from '../systems/postgres/database-tls.ts';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;

/** One sentence for each, without secrets. */
export function inTheClear(config: Config): readonly string[] {
  const found: string[] = [];
  for (const name of ['DICOMWEB_URL', 'DICOMWEB_TOKEN_URL', 'FHIR_URL', 'FHIR_TOKEN_URL', 'OIDC_ISSUER', 'PUBLIC_URL'] as const) {
    const url = config[name] === '' ? null : new URL(config[name]);
    if (url?.protocol === 'http:' && !LOOPBACK.test(url.hostname)) found.push(`${name} is http: what goes over it can be read on the way`);
  }
  if (config.HL7_OUT_HOST !== '' && !config.HL7_OUT_TLS && !LOOPBACK.test(config.HL7_OUT_HOST))
    found.push('HL7_OUT_TLS is false: referrals leave in the clear');
  if (config.HL7_SOURCES === '' && !LOOPBACK.test(config.HL7_HOST))
    found.push('HL7_SOURCES is empty: the one listener takes reports in the clear (docs/hl7.md)');
  if (config.WEB_TLS_CERT_FILE === '' && !LOOPBACK.test(config.WEB_HOST) && !config.PUBLIC_URL.startsWith('https:'))
    found.push(
      'the web server listens beyond this machine without TLS: set WEB_TLS_CERT_FILE, or PUBLIC_URL to the https address of a proxy before it',
    );
  if (config.DATABASE_URL !== '' && config.DATABASE_ALLOW_PLAIN && whyUnsafe(config.DATABASE_URL) !== null)
    found.push('DATABASE_ALLOW_PLAIN is true: the database connection is not protected by TLS');
  return found;
}
