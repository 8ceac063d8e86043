/** What a person should change when a step against the archive fails, by the fault's code. */
import { GiveUp, TryLater } from '#src/lib/errors.ts';
import type { LaterCode, NeverCode } from './faults.ts';

const ADVICE: Readonly<Partial<Record<LaterCode | NeverCode, string>>> = {
  DICOMWEB_NAME_UNKNOWN: 'check the host in the archive’s address and this machine’s DNS',
  DICOMWEB_UNREACHABLE: 'check the port, the firewall, and that the archive’s DICOMweb service runs',
  DICOMWEB_TLS: 'give the authority that signed the archive’s certificate (CA), and our client certificate where the archive asks for one',
  DICOMWEB_TIMEOUT: 'a firewall that drops packets, or an archive that is overloaded',
  DICOMWEB_UNAUTHORIZED: 'check user, password, token or client certificate, and that the account may use DICOMweb',
  DICOMWEB_REDIRECTED: 'give the final address: redirects are not followed, they would carry our credentials elsewhere',
  DICOMWEB_LOGIN_PAGE:
    'the address is that of a web page or a proxy with a login; give the address of the DICOMweb service (often ends in /dicom-web, /dicomweb or /rs)',
  DICOMWEB_REFUSED: 'the path may be wrong, or QIDO-RS, WADO-RS or STOW-RS is switched off in the archive',
  DICOMWEB_NOT_JSON: 'the archive must answer application/dicom+json',
  DICOMWEB_ENCODED: 'switch off compression in the archive or in the proxy before it',
  DICOMWEB_TRUNCATED: 'a proxy before the archive cuts long answers: raise its time and size limits',
  DICOMWEB_NOT_MULTIPART: 'the archive must answer multipart/related; type="application/dicom"',
  DICOMWEB_TRANSFER_SYNTAX: 'configure the archive to send Explicit VR Little Endian, or to keep another compression',
};

export function adviceFor(error: unknown): string {
  if (!(error instanceof TryLater || error instanceof GiveUp)) return `unexpected: ${error instanceof Error ? error.name : 'unknown fault'}`;
  const advice = ADVICE[error.code as LaterCode | NeverCode];
  return `${error.message} [${error.code}]${advice ? `: ${advice}` : ''}`;
}
