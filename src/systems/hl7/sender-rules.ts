/** Who may connect: by address or network, or by the client certificate's names. Pure, but for node's own address arithmetic. */
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import type { SenderRule } from './source-profile.ts';

export interface Peer {
  readonly address: string;
  /** Only a certificate that was checked against our CA; null without one. */
  readonly certificate: Pick<PeerCertificate, 'subject' | 'subjectaltname' | 'fingerprint256'> | null;
}

/** Null when everyone may (empty list); an empty list of rules when this peer may not. */
export function rulesForPeer(rules: readonly SenderRule[], peer: Peer): SenderRule[] | null {
  if (rules.length === 0) return null;
  return rules.filter((rule) => fitsAddress(rule.address, peer.address) && fitsCertificate(rule.certificate, peer.certificate));
}

/** "::ffff:10.0.0.1" is 10.0.0.1 seen through an IPv6 socket. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

function fitsAddress(wanted: string | undefined, address: string): boolean {
  if (wanted === undefined) return true;
  const [network = '', bits] = wanted.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  if (isIP(plainAddress(address)) !== (family === 'ipv6' ? 6 : 4)) return false;
  const list = new BlockList();
  if (bits === undefined) list.addAddress(network, family);
  else list.addSubnet(network, Number(bits), family);
  return list.check(plainAddress(address), family);
}

function fitsCertificate(wanted: string | undefined, certificate: Peer['certificate']): boolean {
  if (wanted === undefined) return true;
  if (!certificate) return false;
  const commonNames = [certificate.subject?.CN ?? []].flat();
  const dnsNames = (certificate.subjectaltname ?? '').split(/,\s*/).flatMap((name) => (name.startsWith('DNS:') ? [name.slice(4)] : []));
  const plain = (fingerprint: string): string => fingerprint.replaceAll(':', '').toUpperCase();
  return commonNames.includes(wanted) || dnsNames.includes(wanted) || plain(certificate.fingerprint256 ?? '-') === plain(wanted);
}
