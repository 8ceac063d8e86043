/** What a message means to the listener: reports, other traffic, merges, batches, charsets, modes of acknowledgement. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { frame, Hl7Sender, sendHl7 } from '#test/hospital/hl7-sender.ts';
import { oru } from './messages.ts';
import { withListener } from './with-listener.ts';

const ADT = 'EVN|A08|20260302\rPID|1||P-77^^^NORTH^MR||Example^Edith';

test('other traffic is answered AA and stored without a report', async (t) => {
  const { port, inbox } = await withListener(t);
  for (const type of ['ADT^A08', 'ADT^A31', 'SIU^S12', 'MDM^T02', 'ORM^O01']) {
    const answer = await sendHl7(port, `MSH|^~\\&|ADT|N|B|F|20260302||${type}|${type}1|P|2.3\r${ADT}`);
    assert.equal(answer.code, 'AA');
    assert.match(answer.ack.toString(), new RegExp(`\\|ACK\\^${type.slice(4)}\\^ACK\\|`));
  }
  assert.equal(inbox.kept.length, 5);
  assert.ok(inbox.kept.every((kept) => kept.report === null && kept.unusable === null && kept.merges.length === 0));
});

test('a merge moves the old identifiers to the new ones', async (t) => {
  const { port, inbox } = await withListener(t);
  const merge = [
    'MSH|^~\\&|ADT|N|B|F|20260302||ADT^A40^ADT_A39|M1|P|2.5.1',
    'EVN||20260302',
    'PID|1||NEW1^^^NORTH^MR~999-11-2222^^^^SS||Example^Edith',
    'MRG|OLD1^^^NORTH^MR~NEW1^^^NORTH^MR',
    'PID|2||NEW2^^^NORTH^MR||Other^Olga',
    'MRG|OLD2^^^NORTH^MR',
  ].join('\r');
  assert.equal((await sendHl7(port, merge)).code, 'AA');
  const id = (value: string) => ({ value, authority: 'NORTH', type: 'MR' });
  assert.deepEqual(inbox.kept[0]?.merges, [
    { source: 'ris-north', from: [id('OLD1')], into: [id('NEW1')] },
    { source: 'ris-north', from: [id('OLD2')], into: [id('NEW2')] },
  ]);
});

test('an acknowledgement is never acknowledged', async (t) => {
  const { port, inbox } = await withListener(t);
  const sender = await Hl7Sender.open(port);
  sender.write(frame('MSH|^~\\&|X|Y|B|F|20260302||ACK^R01^ACK|1|P|2.5\rMSA|AA|1\r'));
  assert.equal((await sender.send(Buffer.from(oru({ controlId: 'AFTER' })))).controlId, 'AFTER');
  sender.close();
  assert.equal(inbox.kept.length, 1);
});

test('a batch is answered once for each message', async (t) => {
  const { port, inbox } = await withListener(t);
  const sender = await Hl7Sender.open(port);
  const batch = ['FHS|^~\\&|RIS', 'BHS|^~\\&|RIS', oru({ controlId: 'B1' }), oru({ controlId: 'B2' }), 'BTS|3', 'FTS|1'].join('\r');
  sender.write(frame(batch));
  assert.deepEqual([(await sender.answer()).controlId, (await sender.answer()).controlId], ['B1', 'B2']);
  sender.close();
  assert.deepEqual(inbox.kept[0]?.message.flags, ['batch', 'batch-count-differs']);
  assert.equal(Buffer.from(inbox.kept[1]?.message.bytes ?? []).toString(), `${oru({ controlId: 'B2' })}\r`);
  assert.equal(inbox.kept[1]?.report?.accession, 'ACC1001');
});

test('a good, a broken and a good message in one frame each, in one chunk', async (t) => {
  const { port } = await withListener(t);
  const sender = await Hl7Sender.open(port);
  sender.write(Buffer.concat([frame(oru({ controlId: '1' })), frame('not HL7'), frame(oru({ controlId: '3' }))]));
  const answers = [await sender.answer(), await sender.answer(), await sender.answer()];
  assert.deepEqual(
    answers.map(({ code, controlId }) => [code, controlId]),
    [
      ['AA', '1'],
      ['AR', ''],
      ['AA', '3'],
    ],
  );
  sender.close();
});

const WORDS = 'Fraktur Größe é';
const CHARSETS: readonly (readonly [string, 'latin1' | 'utf8', readonly string[]])[] = [
  ['', 'utf8', []],
  ['', 'latin1', ['charset-guessed']],
  ['UNICODE UTF-8', 'utf8', []],
  ['UNICODE UTF-8', 'latin1', ['charset-wrong']],
  ['8859/1', 'latin1', []],
  ['ISO 8859-1', 'latin1', []],
  ['ISO-8859-1', 'latin1', []],
  ['ISO IR100', 'latin1', []],
  ['WINDOWS-1252', 'latin1', []],
  ['ASCII', 'utf8', []],
  ['ASCII~8859/1', 'latin1', []],
  ['KLINGON', 'utf8', ['charset-unknown']],
];
for (const [charset, encoding, flags] of CHARSETS) {
  test(`charset "${charset}" in ${encoding} bytes`, async (t) => {
    const { port, inbox } = await withListener(t);
    const answer = await sendHl7(port, Buffer.from(oru({ charset, text: [WORDS] }), encoding));
    assert.equal(answer.code, 'AA');
    assert.equal(inbox.kept[0]?.report?.text, WORDS);
    assert.deepEqual(inbox.kept[0]?.message.flags, flags);
    assert.equal(answer.ack.toString('latin1').split('\r')[0]?.split('|')[17] ?? '', charset, 'MSH-18 of the answer');
  });
}

test('Japanese and Chinese charsets', async (t) => {
  const { port, inbox } = await withListener(t);
  const jis = Buffer.concat([
    Buffer.from(oru({ charset: '~ISO IR87', text: ['X'] }).slice(0, -8)),
    Buffer.from('1b2442397c405e1b2842', 'hex'),
    Buffer.from('||||||F'),
  ]);
  assert.equal((await sendHl7(port, jis)).code, 'AA');
  assert.equal(inbox.kept[0]?.message.charset, 'iso-2022-jp');
  assert.match(inbox.kept[0]?.report?.text ?? '', /骨折/);
  const gb = Buffer.concat([
    Buffer.from(oru({ charset: 'GB 18030-2000', text: [''] }).slice(0, -7)),
    Buffer.from('b9c7d5db', 'hex'),
    Buffer.from('||||||F'),
  ]);
  assert.equal((await sendHl7(port, gb)).code, 'AA');
  assert.match(inbox.kept[1]?.report?.text ?? '', /骨折/);
});

test("the answer gives names back byte for byte, in the sender's delimiters", async (t) => {
  const { port } = await withListener(t);
  const text = oru({ charset: '8859/1' }).replace('|RIS|', '|RÖNTGEN|').replaceAll('|', '#').replaceAll('^', '@');
  const answer = await sendHl7(port, Buffer.from(text, 'latin1'));
  assert.equal(answer.code, 'AA');
  assert.match(answer.ack.toString('latin1'), /^MSH#@~\\&#BACKSTOP#FLS#RÖNTGEN#NORTH#/);
  assert.match(answer.ack.toString('latin1'), /#ACK@R01@ACK#/);
});

const MODES: readonly (readonly [string, string, string, 'AA' | 'AE' | 'AR', readonly string[]])[] = [
  ['auto', '', '', 'AA', ['AA']],
  ['auto', 'AL', 'NE', 'AA', ['CA']],
  ['auto', 'AL', 'NE', 'AE', ['CE']],
  ['auto', 'AL', 'AL', 'AA', ['CA', 'AA']],
  ['auto', 'NE', 'AL', 'AA', ['AA']],
  ['auto', 'NE', 'AL', 'AE', ['AE']],
  ['auto', 'ER', 'NE', 'AA', []],
  ['auto', 'ER', 'NE', 'AE', ['CE']],
  ['auto', 'SU', 'NE', 'AE', []],
  ['auto', 'SU', 'AL', 'AA', ['CA', 'AA']],
  ['auto', 'NE', 'NE', 'AA', []],
  ['auto', 'AL', 'AL', 'AE', ['CE']],
  ['original', 'AL', 'NE', 'AA', ['AA']],
  ['enhanced', '', '', 'AA', ['CA']],
];
for (const [mode, msh15, msh16, outcome, expected] of MODES) {
  test(`mode ${mode}, MSH-15 "${msh15}", MSH-16 "${msh16}", ${outcome}: ${expected.join(' ') || 'nothing'}`, async (t) => {
    const { port, inbox } = await withListener(t, { profile: { ackMode: mode } });
    inbox.down = outcome === 'AE';
    const sender = await Hl7Sender.open(port);
    sender.write(frame(oru({ controlId: 'E1', msh15, msh16 })));
    const codes: string[] = [];
    for (let n = 0; n < expected.length; n++) {
      const answer = await sender.answer();
      assert.equal(answer.controlId, 'E1');
      codes.push(answer.code);
    }
    // What comes next must be the answer of the next message, not one more of this.
    await wait(30);
    inbox.down = false;
    if (mode !== 'enhanced') assert.equal((await sender.send(Buffer.from(oru({ controlId: 'E2' })))).controlId, 'E2');
    sender.close();
    assert.deepEqual(codes, expected);
  });
}

test('a fault of our own in reading neither refuses nor loses the report', async (t) => {
  const { port, inbox } = await withListener(t, { profile: { reportTypes: ['ORU^R01'] } });
  // An OBR with a path that throws cannot be made from outside; a message without an order is the nearest: kept, told, and AA.
  const answer = await sendHl7(port, 'MSH|^~\\&|RIS|N|B|F|20260302||ORU^R01|N1|P|2.5\rPID|1||P^^^N^MR');
  assert.equal(answer.code, 'AA');
  assert.equal(inbox.kept[0]?.unusable?.code, 'HL7_NO_ORDER');
});

test('NUL, a very long control id and a very long patient number can be stored by any database', async (t) => {
  const { port, inbox } = await withListener(t);
  assert.equal((await sendHl7(port, oru({ controlId: 'N\0', text: ['a\0b \\X00\\c'] }))).code, 'AA');
  assert.equal(inbox.kept[0]?.message.controlId, 'N');
  assert.equal(inbox.kept[0]?.report?.text, 'ab c');
  const long = await sendHl7(port, oru({ controlId: 'x'.repeat(3000) }));
  assert.equal(long.code, 'AR');
  assert.equal(inbox.kept[1]?.message.controlId.length, 250);
  assert.equal((await sendHl7(port, oru({ controlId: 'P', pid: `PID|1||${'9'.repeat(5000)}^^^N^MR` }))).code, 'AA');
  assert.equal(inbox.kept[2]?.unusable?.code, 'HL7_NO_PATIENT_ID');
});

test('names in the header are text, whatever the charset', async (t) => {
  const { port, inbox } = await withListener(t, { profile: { senders: [{ address: '127.0.0.1', application: 'RÖNTGEN' }] } });
  const text = oru().replace('|RIS|', '|RÖNTGEN|');
  assert.equal((await sendHl7(port, Buffer.from(text, 'utf8'))).code, 'AA');
  assert.equal((await sendHl7(port, Buffer.from(text, 'latin1'))).code, 'AA');
  assert.deepEqual(
    inbox.kept.map((kept) => kept.message.sendingApplication),
    ['RÖNTGEN', 'RÖNTGEN'],
  );
});
