/** Slow, rude, huge and gone senders. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { frame, Hl7Sender, sendHl7 } from '#test/hospital/hl7-sender.ts';
import { oru } from './messages.ts';
import { withListener } from './with-listener.ts';

test('20 MB in one message', async (t) => {
  const { port, inbox } = await withListener(t);
  const answer = await sendHl7(port, oru({ text: ['x'.repeat(20_000_000)] }), { timeoutMs: 30_000 });
  assert.equal(answer.code, 'AA');
  assert.equal(inbox.kept[0]?.report?.text.length, 20_000_000);
});

test('a message over the limit is answered AR, its head is kept, and the next one is taken', async (t) => {
  const { port, inbox } = await withListener(t, { profile: { maxMessageBytes: 100_000 } });
  const sender = await Hl7Sender.open(port);
  const big = await sender.send(Buffer.from(oru({ controlId: 'BIG', text: ['x'.repeat(300_000)] })));
  assert.deepEqual([big.code, big.controlId], ['AR', 'BIG']);
  assert.match(big.text, /larger/);
  assert.equal((await sender.send(Buffer.from(oru({ controlId: 'NEXT' })))).code, 'AA');
  sender.close();
  assert.deepEqual(
    inbox.kept.map((kept) => kept.unusable?.code ?? null),
    ['HL7_TOO_LARGE', null],
  );
});

test('a sender that sends one byte at a time is understood', async (t) => {
  const { port } = await withListener(t);
  const sender = await Hl7Sender.open(port);
  for (const byte of frame(oru({ text: ['é 骨折'] }))) {
    sender.write(Uint8Array.of(byte));
    await new Promise(setImmediate);
  }
  assert.equal((await sender.answer()).code, 'AA');
  sender.close();
});

test('a sender that closes its side after the message still gets its answer', async (t) => {
  const { port, inbox } = await withListener(t);
  inbox.before = () => wait(80);
  const sender = await Hl7Sender.open(port);
  sender.socket.end(frame(oru()));
  assert.equal((await sender.answer()).code, 'AA');
});

test('a sender that vanishes after a whole message loses nothing; half a message is not stored', async (t) => {
  const { port, inbox } = await withListener(t);
  inbox.before = () => wait(50);
  const gone = await Hl7Sender.open(port);
  gone.write(frame(oru({ controlId: 'WHOLE' })));
  gone.write(frame(oru({ controlId: 'HALF' })).subarray(0, 150));
  await wait(20);
  gone.socket.resetAndDestroy();
  await wait(150);
  assert.deepEqual(inbox.controlIds(), ['WHOLE']);
});

test('FS without CR: answered after the wait, flagged', async (t) => {
  const { port, inbox } = await withListener(t, { limits: { crWaitMs: 40 } });
  const sender = await Hl7Sender.open(port);
  sender.write(frame(oru()).subarray(0, -1));
  assert.equal((await sender.answer()).code, 'AA');
  assert.deepEqual(inbox.kept[0]?.message.flags, ['no-cr-after-fs']);
  sender.close();
});

test('silence inside a frame ends the connection; silence between frames does not', async (t) => {
  const { port } = await withListener(t, { limits: { frameIdleMs: 60 } });
  const quiet = await Hl7Sender.open(port);
  const stuck = await Hl7Sender.open(port);
  stuck.write(Buffer.from('\x0bMSH|'));
  await assert.rejects(stuck.answer(5_000), /closed/);
  assert.equal((await quiet.send(Buffer.from(oru()))).code, 'AA');
  quiet.close();
});

test('our own slowness is not held against a sender in the middle of a frame', async (t) => {
  const { port, inbox } = await withListener(t, { limits: { frameIdleMs: 60, maxQueuedFrames: 1 } });
  inbox.before = () => wait(150);
  const sender = await Hl7Sender.open(port);
  const second = frame(oru({ controlId: '2' }));
  sender.write(Buffer.concat([frame(oru({ controlId: '1' })), second.subarray(0, 100)]));
  assert.equal((await sender.answer()).controlId, '1');
  sender.write(second.subarray(100));
  assert.equal((await sender.answer()).controlId, '2');
  sender.close();
});

test('too many bytes outside frames end the connection', async (t) => {
  const { port } = await withListener(t, { limits: { maxGarbageBytes: 1000 } });
  const sender = await Hl7Sender.open(port);
  sender.write(Buffer.alloc(1001, 'x'));
  await assert.rejects(sender.answer(5_000), /closed/);
});

test('what came whole before the garbage is stored, and closing does not wait for the rest', async (t) => {
  const { listener, port, inbox } = await withListener(t, { limits: { maxGarbageBytes: 1000, drainMs: 60_000 } });
  const sender = await Hl7Sender.open(port);
  sender.write(Buffer.concat([frame(oru({ controlId: 'BEFORE' })), Buffer.alloc(1001, 'x')]));
  await assert.rejects(
    sender.answer(5_000).then(() => sender.answer(5_000)),
    /closed/,
  );
  await listener.close();
  assert.deepEqual(inbox.controlIds(), ['BEFORE']);
});

test('a sender that pushes faster than the store commits is held back', async (t) => {
  const { port, inbox } = await withListener(t, { limits: { maxQueuedFrames: 4, commitLimitMs: 60_000 } });
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  inbox.before = () => gate;
  const sender = await Hl7Sender.open(port);
  const count = 400;
  for (let n = 0; n < count; n++) sender.write(frame(oru({ controlId: `H${n}`, text: ['x'.repeat(100_000)] })));
  await wait(300);
  assert.ok(sender.socket.writableLength > 20_000_000, `${sender.socket.writableLength} bytes still wait at the sender`);
  open();
  for (let n = 0; n < count; n++) assert.equal((await sender.answer(30_000)).controlId, `H${n}`);
  sender.close();
});

test('the cap on bytes in work holds over all connections, and lets go again', async (t) => {
  const { port, inbox } = await withListener(t, { limits: { maxInFlightBytes: 200_000 } });
  inbox.before = () => wait(5);
  const senders = await Promise.all(Array.from({ length: 5 }, () => Hl7Sender.open(port)));
  for (const [s, sender] of senders.entries()) {
    for (let n = 0; n < 10; n++) sender.write(frame(oru({ controlId: `C${s}-${n}`, text: ['x'.repeat(50_000)] })));
  }
  for (const [s, sender] of senders.entries()) {
    for (let n = 0; n < 10; n++) assert.equal((await sender.answer(30_000)).controlId, `C${s}-${n}`);
    sender.close();
  }
  assert.equal(inbox.kept.length, 50);
});

test('unfinished frames over all connections are capped: the one that goes over it is closed', async (t) => {
  const { port } = await withListener(t, { limits: { maxUnfinishedBytes: 250_000 } });
  const senders = await Promise.all(Array.from({ length: 3 }, () => Hl7Sender.open(port)));
  const whole = frame(oru({ text: ['x'.repeat(100_000)] }));
  for (const sender of senders) {
    sender.write(whole.subarray(0, 100_000));
    await wait(50);
  }
  await assert.rejects((senders[2] as Hl7Sender).answer(5_000), /closed/);
  for (const sender of senders.slice(0, 2)) {
    sender.write(whole.subarray(100_000));
    assert.equal((await sender.answer()).code, 'AA');
    sender.close();
  }
});

test('connections are capped per address and in all', async (t) => {
  const { port } = await withListener(t, { limits: { maxConnectionsPerAddress: 2 } });
  const kept = [await Hl7Sender.open(port), await Hl7Sender.open(port)];
  for (const sender of kept) assert.equal((await sender.send(Buffer.from(oru()))).code, 'AA');
  const third = await Hl7Sender.open(port);
  await assert.rejects(third.answer(5_000), /closed/);
  kept[0]?.close();
  await wait(50);
  assert.equal((await sendHl7(port, oru())).code, 'AA');
  kept[1]?.close();
});

test('who may send: by network, and under which MSH-3 and MSH-4', async (t) => {
  const other = await withListener(t, { profile: { senders: [{ address: '10.0.0.0/8' }] } });
  await assert.rejects(sendHl7(other.port, oru(), { timeoutMs: 5_000 }));
  const bound = await withListener(t, { profile: { senders: [{ address: '127.0.0.0/8', application: 'RIS', facility: 'SOUTH' }] } });
  const wrong = await sendHl7(bound.port, oru());
  assert.equal(wrong.code, 'AR');
  assert.equal(bound.inbox.kept[0]?.unusable?.code, 'HL7_SENDER_NOT_ALLOWED');
  assert.equal((await sendHl7(bound.port, oru().replace('|NORTH|', '|SOUTH|'))).code, 'AA');
});

test('closing finishes and answers what has arrived, and takes nothing new', async (t) => {
  const { listener, port, inbox } = await withListener(t);
  inbox.before = () => wait(100);
  const busy = await Hl7Sender.open(port);
  const idle = await Hl7Sender.open(port);
  busy.write(frame(oru({ controlId: 'LAST' })));
  await wait(30);
  const closed = listener.close();
  assert.equal((await busy.answer()).controlId, 'LAST');
  await closed;
  await assert.rejects(idle.answer(1_000), /closed/);
  await assert.rejects(sendHl7(port, oru()));
  assert.deepEqual(inbox.controlIds(), ['LAST']);
});

test('closing waits for a commit whose sender is already gone', async (t) => {
  const { listener, port, inbox } = await withListener(t);
  inbox.before = () => wait(150);
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(frame(oru({ controlId: 'GONE' })));
  await wait(50);
  socket.resetAndDestroy();
  await wait(20);
  await listener.close();
  assert.deepEqual(inbox.controlIds(), ['GONE']);
});
