/** Other people's HL7: python3-hl7 both ways, tshark as a reader of our frames, node-hl7-client and @medplum/hl7 as senders. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Hl7Message } from '@medplum/core';
import { Hl7Client } from '@medplum/hl7';
import { Client, Message } from 'node-hl7-client';
import { makeLog } from '#src/lib/log.ts';
import { mllpFrame } from '#src/systems/hl7/mllp-frame.ts';
import { startChannel } from '#src/systems/hl7/outbound.ts';
import { Hl7Sender, sendHl7 } from '#test/hospital/hl7-sender.ts';
import { FakeOutbox } from './fake-outbox.ts';
import { oru } from './messages.ts';
import { hasProgram, hasPythonHl7, PYTHON, runProgram } from './run-program.ts';
import { withListener } from './with-listener.ts';

/** @medplum/hl7 brings its own copy of @medplum/core. */
type MedplumMessage = Parameters<Hl7Client['sendAndWait']>[0];

const noPython = hasPythonHl7() && hasProgram('mllp_send') ? false : 'python3-hl7 is not installed';
const noTshark = hasProgram('tshark') && hasProgram('text2pcap') ? false : 'tshark is not installed';

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-hl7-peer-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('python3-hl7: mllp_send sends framed and loose files, and reads our answers', { skip: noPython }, async (t) => {
  const { port, inbox } = await withListener(t);
  const folder = scratch(t);
  const framed = join(folder, 'framed.mllp');
  writeFileSync(
    framed,
    Buffer.concat([mllpFrame(Buffer.from(oru({ controlId: 'PY1' }))), mllpFrame(Buffer.from(oru({ controlId: 'PY2', text: ['é 骨折'] })))]),
  );
  const sent = await runProgram('mllp_send', ['-f', framed, '-p', String(port), '127.0.0.1']);
  assert.equal(sent.status, 0, sent.stderr);
  assert.match(sent.stdout, /MSA\|AA\|PY1[\s\S]*MSA\|AA\|PY2/);
  const loose = join(folder, 'loose.hl7');
  writeFileSync(loose, `${oru({ controlId: 'PY3' }).replaceAll('\r', '\n')}\n`);
  const answered = await runProgram('mllp_send', ['--loose', '-f', loose, '-p', String(port), '127.0.0.1']);
  assert.match(answered.stdout, /MSA\|AA\|PY3/);
  assert.deepEqual(inbox.controlIds(), ['PY1', 'PY2', 'PY3']);
  assert.equal(inbox.kept[1]?.report?.text, 'é 骨折');
  assert.equal(inbox.kept[2]?.report?.accession, 'ACC1001');
});

const PYTHON_SERVER = `
import asyncio, hl7.mllp, json, sys
async def handle(reader, writer):
    try:
        while not writer.is_closing():
            message = await reader.readmessage()
            print(json.dumps({'id': str(message['MSH'][0][10]), 'type': str(message['MSH'][0][9]), 'text': [str(s[5]) for s in message.segments('OBX')]}), flush=True)
            writer.writemessage(message.create_ack())
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()
async def main():
    server = await hl7.mllp.start_hl7_server(handle, host='127.0.0.1', port=0, encoding='utf-8', limit=10000000)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()
asyncio.run(main())
`;

test('python3-hl7: its asyncio server takes our outbound messages and we take its answers', { skip: noPython }, async (t) => {
  const server = spawn(PYTHON, ['-c', PYTHON_SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => server.kill());
  let output = '';
  server.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  while (!output.includes('\n')) await once(server.stdout, 'data');
  const port = Number(output.split('\n')[0]);
  const outbox = new FakeOutbox();
  for (let n = 0; n < 20; n++)
    await outbox.add('py', {
      key: `${n}`,
      controlId: `OUT${n}`,
      bytes: Buffer.from(oru({ controlId: `OUT${n}`, text: ['Größe', 'x'.repeat(n * 1000)] })),
    });
  const channel = startChannel({
    channel: 'py',
    receiver: { host: '127.0.0.1', port },
    outbox,
    log: makeLog({ level: 'silent' }),
    timings: { pollMs: 10 },
  });
  t.after(() => channel.close());
  for (let n = 0; n < 500 && outbox.rows.some((row) => row.state !== 'sent'); n++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(outbox.rows.every((row) => row.state === 'sent'));
  const seen = output
    .split('\n')
    .slice(1, -1)
    .map((line) => JSON.parse(line) as { id: string; text: string[] });
  assert.deepEqual(
    seen.map((message) => message.id),
    outbox.rows.map((row) => row.controlId),
  );
  assert.equal(seen[3]?.text[0], 'Größe');
});

test('tshark reads our answers and our outbound frames as HL7', { skip: noTshark }, async (t) => {
  const { port, inbox } = await withListener(t);
  const good = await sendHl7(port, oru({ controlId: 'T1' }));
  inbox.down = true;
  const bad = await sendHl7(port, oru({ controlId: 'T2' }));
  const folder = scratch(t);
  const frames = [good.ack, bad.ack, Buffer.from(oru({ controlId: 'T3' }))].map((bytes) => mllpFrame(bytes));
  const dump = frames.map((bytes) => hexDump(bytes)).join('\n');
  const capture = join(folder, 'frames.pcap');
  const made = await runProgram('text2pcap', ['-q', '-T', '40000,2575', '-', capture], dump);
  assert.equal(made.status, 0, made.stderr);
  const fields = ['hl7.message.type', 'hl7.event.type', 'hl7.field'].flatMap((name) => ['-e', name]);
  const read = await runProgram('tshark', ['-r', capture, '-d', 'tcp.port==2575,hl7', '-Y', 'hl7', '-T', 'fields', '-E', 'aggregator= ', ...fields]);
  const lines = read.stdout.trim().split('\n');
  assert.equal(lines.length, 3, read.stderr);
  assert.match(lines[0] ?? '', /^ACK\tR01\tMSH /);
  assert.match(lines[0] ?? '', / MSA AA T1$/);
  assert.match(lines[1] ?? '', /^ACK\tR01\tMSH /);
  assert.match(lines[1] ?? '', / MSA AE T2 .* ERR /);
  assert.match(lines[2] ?? '', /^ORU\tR01\t/);
});

/** As `od -Ax -tx1` prints it; offset 0 begins a packet. */
function hexDump(bytes: Buffer): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    rows.push(`${at.toString(16).padStart(6, '0')} ${row}`);
  }
  return `${rows.join('\n')}\n`;
}

test('node-hl7-client as a sender, one message at a time as it must be', async (t) => {
  const { port, inbox } = await withListener(t);
  const client = new Client({ host: '127.0.0.1' });
  t.after(() => client.closeAll());
  const answers: string[] = [];
  let answered = (): void => {};
  const connection = client.createConnection({ port }, async (answer) => {
    answers.push(`${answer.getMessage().get('MSA.1').toString()} ${answer.getMessage().get('MSA.2').toString()}`);
    answered();
  });
  for (const id of ['N1', 'N2']) {
    const next = new Promise<void>((resolve) => {
      answered = resolve;
    });
    await connection.sendMessage(new Message({ text: oru({ controlId: id }) }));
    await next;
  }
  await connection.close();
  assert.deepEqual(answers, ['AA N1', 'AA N2']);
  assert.deepEqual(inbox.controlIds(), ['N1', 'N2']);
});

test('@medplum/hl7 as a sender, pipelined', async (t) => {
  const { port, inbox } = await withListener(t);
  const client = new Hl7Client({ host: '127.0.0.1', port });
  t.after(() => client.close());
  const ids = Array.from({ length: 50 }, (_, n) => `M${n}`);
  const answers = await Promise.all(ids.map((id) => client.sendAndWait(Hl7Message.parse(oru({ controlId: id })) as unknown as MedplumMessage)));
  assert.deepEqual(
    answers.map((answer) => [answer.getSegment('MSA')?.getField(1)?.toString(), answer.getSegment('MSA')?.getField(2)?.toString()]),
    ids.map((id) => ['AA', id]),
  );
  assert.deepEqual(inbox.controlIds(), ids);
});

test('a bash script with /dev/tcp', { skip: hasProgram('bash') ? false : 'bash is not installed' }, async (t) => {
  const { port, inbox } = await withListener(t);
  const file = join(scratch(t), 'message');
  writeFileSync(file, mllpFrame(Buffer.from(oru({ controlId: 'SH1' }))));
  const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; cat ${file} >&3; IFS= read -r -d $'\\x1c' answer <&3; printf %s "$answer"`;
  const done = await runProgram('bash', ['-c', script]);
  assert.match(done.stdout, /MSA\|AA\|SH1/);
  assert.deepEqual(inbox.controlIds(), ['SH1']);
});

test('two senders at once do not mix', async (t) => {
  const { port, inbox } = await withListener(t);
  const senders = await Promise.all([Hl7Sender.open(port), Hl7Sender.open(port)]);
  const ids = ['X', 'Y'];
  for (let n = 0; n < 50; n++) for (const [s, sender] of senders.entries()) sender.write(mllpFrame(Buffer.from(oru({ controlId: `${ids[s]}${n}` }))));
  for (const [s, sender] of senders.entries()) {
    for (let n = 0; n < 50; n++) assert.equal((await sender.answer()).controlId, `${ids[s]}${n}`);
    sender.close();
  }
  assert.equal(new Set(inbox.controlIds()).size, 100);
});
