/** TLS and mutual TLS, with certificates made by openssl for this run. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { makeLog } from '#src/lib/log.ts';
import { startListener } from '#src/systems/hl7/listener.ts';
import { MllpClient } from '#src/systems/hl7/mllp-client.ts';
import { startHl7Receiver } from '#test/hospital/hl7-receiver.ts';
import { Hl7Sender, sendHl7 } from '#test/hospital/hl7-sender.ts';
import { FakeInbox } from './fake-inbox.ts';
import { oru } from './messages.ts';
import { hasProgram, runProgram } from './run-program.ts';
import { profile, withListener } from './with-listener.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstop-hl7-tls-'));
const at = (name: string): string => join(folder, name);
const skip = hasProgram('openssl') ? false : 'openssl is not installed';

async function openssl(...parameters: string[]): Promise<void> {
  const done = await runProgram('openssl', parameters);
  assert.equal(done.status, 0, done.stderr);
}

async function makeCa(name: string): Promise<void> {
  await openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    at(`${name}.key`),
    '-out',
    at(`${name}.crt`),
  );
}

async function makeCertificate(name: string, ca: string, alternative: string): Promise<void> {
  await openssl(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-addext',
    `subjectAltName=${alternative}`,
    '-keyout',
    at(`${name}.key`),
    '-out',
    at(`${name}.csr`),
  );
  await openssl(
    'x509',
    '-req',
    '-in',
    at(`${name}.csr`),
    '-CA',
    at(`${ca}.crt`),
    '-CAkey',
    at(`${ca}.key`),
    '-CAcreateserial',
    '-days',
    '2',
    '-copy_extensions',
    'copy',
    '-out',
    at(`${name}.crt`),
  );
}

before(async () => {
  if (skip) return;
  for (const ca of ['hospital-ca', 'other-ca']) await makeCa(ca);
  await makeCertificate('backstop', 'hospital-ca', 'DNS:localhost,IP:127.0.0.1');
  await makeCertificate('renewed', 'hospital-ca', 'DNS:localhost,IP:127.0.0.1');
  await makeCertificate('ris', 'hospital-ca', 'DNS:ris.north.example');
  await makeCertificate('stranger', 'other-ca', 'DNS:ris.north.example');
});
after(() => rmSync(folder, { recursive: true, force: true }));

const files = (name: string) => ({ certFile: at(`${name}.crt`), keyFile: at(`${name}.key`) });
const ca = () => readFileSync(at('hospital-ca.crt'));
const asClient = (name: string) => ({ ca: ca(), cert: readFileSync(at(`${name}.crt`)), key: readFileSync(at(`${name}.key`)) });

test('TLS: a sender that trusts our certificate is answered; plain text is not', { skip }, async (t) => {
  const { port } = await withListener(t, { profile: { tls: files('backstop') } });
  assert.equal((await sendHl7(port, oru(), { tls: { ca: ca() } })).code, 'AA');
  await assert.rejects(sendHl7(port, oru(), { timeoutMs: 2_000 }));
  assert.equal((await sendHl7(port, oru(), { tls: { ca: ca() } })).code, 'AA', 'the bad handshake harmed nobody else');
});

test('TLS 1.1 is refused', { skip }, async (t) => {
  const { port } = await withListener(t, { profile: { tls: files('backstop') } });
  await assert.rejects(
    sendHl7(port, oru(), { tls: { ca: ca(), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, timeoutMs: 2_000 }),
  );
});

test('mutual TLS: only certificates of our CA, and each only under its own name', { skip }, async (t) => {
  const senders = [{ certificate: 'ris.north.example', application: 'RIS', facility: 'NORTH' }];
  const tls = { ...files('backstop'), caFile: at('hospital-ca.crt'), requireClientCertificate: true };
  const { port, inbox } = await withListener(t, { profile: { tls, senders } });
  assert.equal((await sendHl7(port, oru(), { tls: asClient('ris') })).code, 'AA');
  assert.equal((await sendHl7(port, oru().replace('|RIS|', '|PACS|'), { tls: asClient('ris') })).code, 'AR');
  await assert.rejects(sendHl7(port, oru(), { tls: { ca: ca() }, timeoutMs: 2_000 }), 'no certificate');
  await assert.rejects(sendHl7(port, oru(), { tls: asClient('stranger'), timeoutMs: 2_000 }), 'foreign CA');
  await assert.rejects(sendHl7(port, oru(), { tls: asClient('backstop'), timeoutMs: 2_000 }), 'ours, but not on the list');
  assert.deepEqual(
    inbox.kept.map((kept) => kept.unusable?.code ?? null),
    [null, 'HL7_SENDER_NOT_ALLOWED'],
  );
});

test('new certificate files are used for new connections; unusable ones are not', { skip }, async (t) => {
  copyFileSync(at('backstop.crt'), at('live.crt'));
  copyFileSync(at('backstop.key'), at('live.key'));
  const { listener, port } = await withListener(t, { profile: { tls: files('live') } });
  const commonName = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ port, host: '127.0.0.1', ca: ca() }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.on('error', reject);
    });
  const old = await Hl7Sender.open(port, { tls: { ca: ca() } });
  assert.equal(await commonName(), 'backstop');
  copyFileSync(at('renewed.crt'), at('live.crt'));
  assert.equal(listener.reloadCertificates(), false, 'certificate and key do not fit');
  assert.equal(await commonName(), 'backstop');
  copyFileSync(at('renewed.key'), at('live.key'));
  assert.equal(listener.reloadCertificates(), true);
  assert.equal(await commonName(), 'renewed');
  assert.equal((await old.send(Buffer.from(oru()))).code, 'AA', 'old connections go on');
  old.close();
});

test('a listener with unusable TLS files does not start', { skip }, async () => {
  const wrong = profile({ tls: { certFile: at('ris.crt'), keyFile: at('backstop.key') } });
  const start = startListener({
    profile: wrong,
    intake: new FakeInbox(profile()),
    log: makeLog({ level: 'silent' }),
    clock: { now: () => new Date(0) },
    port: 0,
  });
  await assert.rejects(start, { code: 'HL7_TLS_FILES' });
});

test('outbound TLS: the receiver is checked, our certificate is shown', { skip }, async (t) => {
  const server = {
    cert: readFileSync(at('backstop.crt')),
    key: readFileSync(at('backstop.key')),
    ca: ca(),
    requestCert: true,
    rejectUnauthorized: true,
  };
  const there = await startHl7Receiver({ tls: server });
  t.after(() => there.close());
  const good = new MllpClient({ host: '127.0.0.1', port: there.port, tls: asClient('ris') }, 2_000);
  t.after(() => good.close());
  assert.equal((await good.send(Buffer.from(oru()), 'MSG1', 2_000)).code, 'AA');
  const distrustful = new MllpClient(
    { host: '127.0.0.1', port: there.port, tls: { ...asClient('ris'), ca: readFileSync(at('other-ca.crt')) } },
    2_000,
  );
  await assert.rejects(distrustful.send(Buffer.from(oru()), 'MSG1', 2_000), { code: 'HL7_OUT_UNREACHABLE' });
});
