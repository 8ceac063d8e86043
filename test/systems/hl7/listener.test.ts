/** The listener over real sockets: nothing is acknowledged that was not committed, and nothing intact stays unanswered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startListener } from '#src/systems/hl7/listener.ts';
import { frame, Hl7Sender, sendHl7 } from '#test/hospital/hl7-sender.ts';
import { FakeInbox } from './fake-inbox.ts';
import { oru } from './messages.ts';
import { profile, withListener } from './with-listener.ts';

test("a report is committed, then acknowledged in the sender's own terms", async (t) => {
  const { port, inbox } = await withListener(t);
  const answer = await sendHl7(port, oru({ controlId: 'A1' }));
  assert.equal(answer.code, 'AA');
  assert.equal(answer.controlId, 'A1');
  const msh = answer.ack.toString('latin1').split('\r')[0]?.split('|') ?? [];
  assert.deepEqual(msh.slice(2, 6), ['BACKSTOP', 'FLS', 'RIS', 'NORTH']);
  assert.equal(msh[8], 'ACK^R01^ACK');
  assert.match(msh[9] ?? '', /^BS[0-9A-F]{18}$/);
  assert.equal(msh[11], '2.5.1');
  assert.equal(inbox.kept.length, 1);
  assert.equal(inbox.kept[0]?.report?.accession, 'ACC1001');
  assert.equal(inbox.kept[0]?.unusable, null);
});

test('an exact duplicate is answered AA again and kept once; the same control id with other bytes is new', async (t) => {
  const { port, inbox } = await withListener(t);
  for (let n = 0; n < 3; n++) assert.equal((await sendHl7(port, oru())).code, 'AA');
  assert.equal(inbox.kept.length, 1);
  assert.equal(inbox.duplicates, 2);
  assert.equal((await sendHl7(port, oru({ text: ['changed'] }))).code, 'AA');
  assert.equal(inbox.kept.length, 2);
});

test('a store that is down or slow is answered AE, and the resend is taken when it is back', async (t) => {
  const { port, inbox } = await withListener(t, { limits: { commitLimitMs: 60 } });
  inbox.down = true;
  const down = await sendHl7(port, oru());
  assert.equal(down.code, 'AE');
  assert.match(down.text, /send again/);
  inbox.down = false;
  inbox.before = () => wait(150);
  assert.equal((await sendHl7(port, oru())).code, 'AE');
  inbox.before = async () => {};
  await wait(150);
  assert.equal((await sendHl7(port, oru())).code, 'AA');
  assert.equal(inbox.kept.length, 1, 'the late commit and the resend are one message');
});

test('1,000 pipelined messages come through whole and in order, answered in order', async (t) => {
  const { port, inbox } = await withListener(t);
  const sender = await Hl7Sender.open(port);
  const ids = Array.from({ length: 1000 }, (_, n) => `P${n}`);
  sender.write(Buffer.concat(ids.map((id) => frame(oru({ controlId: id })))));
  for (const id of ids) assert.equal((await sender.answer()).controlId, id);
  sender.close();
  assert.deepEqual(inbox.controlIds(), ids);
});

test('a slow commit does not let a later message of the connection overtake', async (t) => {
  const { port, inbox } = await withListener(t);
  let n = 0;
  inbox.before = () => wait(n++ === 0 ? 80 : 0);
  const sender = await Hl7Sender.open(port);
  sender.write(Buffer.concat([frame(oru({ controlId: 'SLOW' })), frame(oru({ controlId: 'FAST' }))]));
  assert.equal((await sender.answer()).controlId, 'SLOW');
  assert.equal((await sender.answer()).controlId, 'FAST');
  sender.close();
  assert.deepEqual(inbox.controlIds(), ['SLOW', 'FAST']);
});

test('what is no HL7, has no control id or was cut off is answered AR and kept', async (t) => {
  const { port, inbox } = await withListener(t);
  assert.equal((await sendHl7(port, 'hello world')).code, 'AR');
  assert.equal((await sendHl7(port, '')).code, 'AR');
  const noId = await sendHl7(port, oru({ controlId: '' }));
  assert.equal(noId.code, 'AR');
  assert.match(noId.text, /MSH-10/);
  const sender = await Hl7Sender.open(port);
  const half = oru({ controlId: 'CUT' }).slice(0, 200);
  sender.write(Buffer.concat([Buffer.of(0x0b), Buffer.from(half), frame(oru({ controlId: 'WHOLE' }))]));
  const cut = await sender.answer();
  assert.deepEqual([cut.code, cut.controlId], ['AR', 'CUT']);
  const whole = await sender.answer();
  assert.deepEqual([whole.code, whole.controlId], ['AA', 'WHOLE']);
  sender.close();
  assert.deepEqual(
    inbox.kept.map((kept) => kept.unusable?.code ?? null),
    ['HL7_NOT_HL7', 'HL7_NOT_HL7', 'HL7_NO_CONTROL_ID', 'HL7_CUT_OFF', null],
  );
});

test('nothing of a patient reaches the log, whatever is sent', async (t) => {
  const lines: string[] = [];
  const write = (event: string, fields: object): void => void lines.push(JSON.stringify({ event, ...fields }));
  const inbox = new FakeInbox(profile());
  const options = { profile: profile(), intake: inbox, log: { info: write, warn: write, error: write }, clock: { now: () => new Date() }, port: 0 };
  const listener = await startListener(options);
  t.after(() => listener.close());
  await sendHl7(listener.port, oru());
  await sendHl7(listener.port, oru({ controlId: 'EDITH-P-77', type: 'EXAMPLE^EDITH' }));
  await sendHl7(listener.port, oru({ controlId: '' }));
  await sendHl7(listener.port, 'PID|1||P-77^^^NORTH^MR||Example^Edith');
  inbox.before = () => Promise.reject(new Error('Example Edith P-77 ACC1001'));
  await sendHl7(listener.port, oru({ controlId: 'X' }));
  assert.ok(lines.length >= 9, `${lines.length} lines`);
  for (const word of ['Example', 'Edith', 'P-77', 'ACC1001', 'T12', 'Referrer', '1944', 'MSG1']) {
    assert.ok(!lines.join('\n').toLowerCase().includes(word.toLowerCase()), `${word} in\n${lines.join('\n')}`);
  }
});
