/** What `backstop doctor` says of the HL7 sources, the receiver of our messages and the issuer of the sign-in. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hl7In, hl7Out, signIn } from '#src/cli/doctor-doors.ts';
import type { DoctorCheck } from '#src/cli/doctor-row.ts';
import { readConfig } from '#src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstop-doctor-'));
const open: Server[] = [];
after(() => {
  for (const server of open) server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function listening(server: Server): Promise<number> {
  open.push(server);
  // Who only looks whether the port is open hangs up at once.
  server.on('connection', (socket: Socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A port that nobody listens on: it was free a moment ago. */
async function deadPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const say = async (check: DoctorCheck, settings: Record<string, string>): Promise<string[]> =>
  (await check(readConfig(settings), {})).map(({ system, phase, ok, text }) => `${ok} ${system} ${phase}: ${text}`);

test('HL7 in: a port that answers, one that does not, and a faulty file with all its faults', async () => {
  const port = await listening(createServer());
  assert.deepEqual(await say(hl7In, { HL7_PORT: String(port) }), [
    'true HL7 in parse: 1 source',
    `true HL7 in connect: source default: port ${port} answers`,
  ]);
  const dead = await deadPort();
  const [, row] = await say(hl7In, { HL7_PORT: String(dead) });
  assert.equal(row, `null HL7 in connect: source default: port ${dead} does not answer here (ECONNREFUSED)`);
  const file = join(folder, 'sources.yaml');
  writeFileSync(file, 'sources:\n  - name: ris\n    ackMode: perhaps\n    accesionField: OBR-20\n');
  const [fault] = await say(hl7In, { HL7_SOURCES: file });
  assert.match(fault ?? '', /^false HL7 in parse: .*ackMode.*accesionField/);
  writeFileSync(file, 'sources:\n  - name: ris\n    port: 2576\n    tls: { certFile: /nowhere/a.pem, keyFile: /nowhere/b.pem }\n');
  assert.match((await say(hl7In, { HL7_SOURCES: file }))[0] ?? '', /^false HL7 in parse: the TLS files of a listener cannot be used/);
});

test('HL7 out: the phase that fails is named, and nothing is sent', async () => {
  let bytes = 0;
  const port = await listening(createServer((socket) => socket.on('data', (data) => (bytes += data.length))));
  const good = { HL7_OUT_HOST: '127.0.0.1', HL7_OUT_PORT: String(port) };
  assert.deepEqual(await say(hl7Out, {}), ['null HL7 out resolve: HL7_OUT_HOST is empty: no message is sent']);
  assert.deepEqual(await say(hl7Out, good), [
    'true HL7 out resolve: 127.0.0.1 is 127.0.0.1',
    `true HL7 out connect: port ${port} is open; no message was sent`,
  ]);
  assert.equal(bytes, 0);
  const dead = await deadPort();
  const [, refused] = await say(hl7Out, { ...good, HL7_OUT_PORT: String(dead) });
  assert.equal(refused, `false HL7 out connect: port ${dead} does not answer: ECONNREFUSED`);
  assert.match((await say(hl7Out, { ...good, HL7_OUT_HOST: 'nobody.invalid' }))[0] ?? '', /^false HL7 out resolve: /);
  const plain = await listening(createServer((socket) => socket.end('no TLS here')));
  const tls = await say(hl7Out, { ...good, HL7_OUT_PORT: String(plain), HL7_OUT_TLS: 'true' });
  assert.match(tls[2] ?? '', /^false HL7 out tls: refused: /);
});

test('sign-in: a good issuer, one of another name, one that answers with a page, one that is not there', async () => {
  let answer = '';
  const port = await listening(createHttp((_, response) => response.end(answer)));
  const issuer = `http://127.0.0.1:${port}`;
  const settings = { OIDC_ISSUER: issuer, OIDC_ALLOW_HTTP: 'true' };
  const told = async (text: string): Promise<string> => {
    answer = text;
    return (await say(signIn, settings))[0] ?? '';
  };
  assert.match(await told(JSON.stringify({ issuer })), /^true sign-in answer/);
  assert.match(await told(JSON.stringify({ issuer: 'https://other.example' })), /^false sign-in answer: it names another issuer/);
  assert.match(await told('<html>'), /^false sign-in parse/);
  assert.match(
    (await say(signIn, { ...settings, OIDC_ISSUER: `http://127.0.0.1:${await deadPort()}` }))[0] ?? '',
    /^false sign-in connect: .*ECONNREFUSED/,
  );
});
