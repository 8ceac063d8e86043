/** `backstop doctor`: the HL7 sources and whether their ports answer, the receiver of our messages, and the issuer that signs people in. Sends no message. */
import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ReceiverAddress } from '../systems/hl7/mllp-client.ts';
import type { DoctorCheck, DoctorRow } from './doctor-row.ts';

const LIMIT_MS = 5_000;

/** Opens a connection and ends it. Null when it stood, else the code of what was wrong. */
async function whyNot(open: () => Socket, ready: 'connect' | 'secureConnect'): Promise<string | null> {
  return await new Promise((resolve) => {
    const socket = open();
    const end = (because: string | null): void => {
      socket.destroy();
      resolve(because);
    };
    socket.setTimeout(LIMIT_MS, () => end(`no answer in ${LIMIT_MS / 1000} s`));
    socket.once('error', (error) => end('code' in error ? String(error.code) : 'refused'));
    socket.once(ready, () => end(null));
  });
}

export const hl7In: DoctorCheck = async (config) => {
  const row = (phase: string, ok: boolean | null, text: string): DoctorRow => ({ system: 'HL7 in', phase, ok, text });
  const { sources } = await import('../app/start-listen.ts');
  const { readTlsOptions } = await import('../systems/hl7/tls-files.ts');
  try {
    const all = sources(config);
    const rows: DoctorRow[] = [];
    for (const { profile, port = profile.port } of all) {
      if (profile.tls) readTlsOptions(profile.tls);
      const host = ['0.0.0.0', '::', ''].includes(profile.host) ? '127.0.0.1' : profile.host;
      const because = port === 0 ? 'any free port' : await whyNot(() => connect({ host, port }), 'connect');
      const isUp = because === null;
      // The listener may run on another machine, or not yet: that is no fault of the settings.
      rows.push(row('connect', isUp ? true : null, `source ${profile.name}: port ${port} ${isUp ? 'answers' : `does not answer here (${because})`}`));
    }
    return [row('parse', true, `${all.length} ${all.length === 1 ? 'source' : 'sources'}`), ...rows];
  } catch (error) {
    return [row('parse', false, error instanceof Error ? error.message : 'HL7_SOURCES cannot be read')];
  }
};

export const hl7Out: DoctorCheck = async (config) => {
  const row = (phase: string, ok: boolean | null, text: string): DoctorRow => ({ system: 'HL7 out', phase, ok, text });
  if (config.HL7_OUT_HOST === '') return [row('resolve', null, 'HL7_OUT_HOST is empty: no message is sent')];
  try {
    const { address } = await lookup(config.HL7_OUT_HOST);
    const resolved = row('resolve', true, `${config.HL7_OUT_HOST} is ${address}`);
    const { receiverOf } = await import('../app/hl7-channel.ts');
    const receiver: ReceiverAddress = receiverOf(config);
    const { host, port, tls } = receiver;
    const because = await whyNot(() => connect({ host, port }), 'connect');
    if (because !== null) return [resolved, row('connect', false, `port ${port} does not answer: ${because}`)];
    const reached = [resolved, row('connect', true, `port ${port} is open; no message was sent`)];
    if (!tls) return reached;
    const unsafe = await whyNot(() => connectTls({ host, port, minVersion: 'TLSv1.2', ...tls }), 'secureConnect');
    return [...reached, row('tls', unsafe === null, unsafe === null ? "the receiver's certificate is good" : `refused: ${unsafe}`)];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return [row('resolve', false, `the receiver cannot be reached: ${code}`)];
  }
};

export const signIn: DoctorCheck = async ({ OIDC_ISSUER: issuer }) => {
  const row = (phase: string, ok: boolean | null, text: string): DoctorRow => ({ system: 'sign-in', phase, ok, text });
  if (issuer === '') return [row('answer', null, 'OIDC_ISSUER is empty: pages open only from an EHR launch')];
  try {
    const answer = await fetch(`${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`, { signal: AbortSignal.timeout(LIMIT_MS) });
    if (!answer.ok) return [row('answer', false, `the issuer's configuration is answered with HTTP ${answer.status}`)];
    const told = (await answer.json().catch(() => null)) as { readonly issuer?: unknown } | null;
    if (typeof told?.issuer !== 'string') return [row('parse', false, 'what the issuer answers is no OpenID configuration')];
    const isSame = told.issuer.replace(/\/+$/, '') === issuer.replace(/\/+$/, '');
    return [
      row('answer', isSame, isSame ? 'its OpenID configuration is there' : 'it names another issuer than OIDC_ISSUER: set the one that it names'),
    ];
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : 'no answer';
    return [row('connect', false, `the issuer cannot be reached: ${cause}`)];
  }
};
