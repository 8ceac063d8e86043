/** Framing at every split point, in random chunks and under mutation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type FrameEvent, FrameReader, mllpFrame } from '#src/systems/hl7/mllp-frame.ts';
import { oru } from './messages.ts';

const VT = '\x0b';
const FS = '\x1c';
const CR = '\r';

function read(bytes: Uint8Array, cuts: readonly number[], reader = new FrameReader()): FrameEvent[] {
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  const events = places.slice(1).flatMap((to, index) => reader.push(bytes.subarray(places[index] ?? 0, to)));
  return [...events, ...reader.end()];
}

/** "text [flags]" for a frame, "!kind count" for the rest. */
function shown(events: readonly FrameEvent[]): string[] {
  return events
    .filter((event) => event.kind !== 'garbage')
    .map((event) => (event.kind === 'frame' ? [event.bytes.toString('latin1'), ...event.flags].join(' ') : `!${event.kind} ${event.count}`));
}

/** Bytes outside frames since the last frame. */
function garbage(events: readonly FrameEvent[]): number {
  const last = events.at(-1);
  return last?.kind === 'garbage' ? last.count : 0;
}

const A = 'MSH|^~\\&|A';
const B = 'MSH|^~\\&|B';
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ['one frame', `${VT}${A}${FS}${CR}`, [A]],
  ['two frames', `${VT}${A}${FS}${CR}${VT}${B}${FS}${CR}`, [A, B]],
  ['an empty frame', `${VT}${FS}${CR}`, ['']],
  ['LF after FS', `${VT}${A}${FS}\n${VT}${B}${FS}${CR}`, [`${A} no-cr-after-fs`, B]],
  ['VT after FS', `${VT}${A}${FS}${VT}${B}${FS}${CR}`, [`${A} no-cr-after-fs`, B]],
  ['FS without CR at the end', `${VT}${A}${FS}`, [`${A} no-cr-after-fs`]],
  ['FS in the text', `${VT}${A}${FS}x${FS}${FS}${CR}`, [`${A}${FS}x${FS}`]],
  ['VT in the text', `${VT}${A}${VT}x${VT}MS${VT}MSx${VT}${FS}${CR}`, [`${A}${VT}x${VT}MS${VT}MSx${VT}`]],
  ['a forgotten FS', `${VT}${A}${VT}${B}${FS}${CR}`, [`${A} cut-off`, B]],
  ['a forgotten FS before a batch', `${VT}${A}${CR}${VT}FHS|x${FS}${CR}`, [`${A}${CR} cut-off`, 'FHS|x']],
  ['VT twice', `${VT}${VT}${A}${FS}${CR}`, [A]],
  ['garbage around', `xy${VT}${A}${FS}${CR}\n\r\nz`, [A]],
  ['no frame at all', `${A}${FS}${CR}`, []],
  ['cut in the middle', `${VT}${A}`, ['!incomplete 10']],
];

for (const [name, text, expected] of CASES) {
  test(`${name}: the same at every pair of split points and byte by byte`, () => {
    const bytes = Buffer.from(text, 'latin1');
    for (let one = 0; one <= bytes.length; one++) {
      for (let two = one; two <= bytes.length; two++) assert.deepEqual(shown(read(bytes, [one, two])), expected);
    }
    assert.deepEqual(shown(read(bytes, [...bytes.keys()])), expected);
  });
}

test('bytes outside frames are counted from the last good frame on', () => {
  for (let cut = 0; cut <= 17; cut++) {
    assert.equal(garbage(read(Buffer.from(`xy${VT}${A}${FS}${CR}\r\nz${A}`), [cut])), 1 + A.length);
    assert.equal(garbage(read(Buffer.from(`xyz${VT}${A}${FS}${CR}`), [cut])), 0);
  }
});

test('two real messages come out whole at every one of their split points', () => {
  const bytes = Buffer.from(`${VT}${oru({ controlId: '1' })}${FS}${CR}${VT}${oru({ controlId: '2', text: ['é ß 骨折'] })}${FS}${CR}`, 'utf8');
  for (let cut = 0; cut <= bytes.length; cut++) {
    const frames = read(bytes, [cut]).filter((event) => event.kind === 'frame');
    assert.equal(frames.length, 2);
    assert.equal(Buffer.concat(frames.map((event) => mllpFrame(event.bytes))).equals(bytes), true);
  }
});

test('a second of silence ends a frame whose CR never came', () => {
  const reader = new FrameReader();
  assert.deepEqual(reader.push(Buffer.from(`${VT}${A}${FS}`)), []);
  assert.equal(reader.awaitsCr, true);
  assert.deepEqual(shown(reader.silence()), [`${A} no-cr-after-fs`]);
  assert.deepEqual(shown(reader.push(Buffer.from(`\r${VT}${B}${FS}\r`))), [B]);
});

test('too long: the head is kept, the rest is dropped, the next frame is whole', () => {
  const limits = { maxFrameBytes: 100, keptHeadBytes: 20 };
  const bytes = Buffer.from(`${VT}${A}${'x'.repeat(200)}${FS}${CR}${VT}${B}${FS}${CR}`);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const [long, next] = read(bytes, [cut], new FrameReader(limits));
    assert.ok(long?.kind === 'frame' && next?.kind === 'frame');
    assert.deepEqual([long.bytes.toString(), long.length, long.flags], [`${A}${'x'.repeat(10)}`, 210, ['too-large']]);
    assert.equal(next.bytes.toString(), B);
  }
});

test('a frame of exactly the limit is not too long', () => {
  const [event] = read(Buffer.from(`${VT}${'x'.repeat(100)}${FS}${CR}`), [], new FrameReader({ maxFrameBytes: 100, keptHeadBytes: 20 }));
  assert.ok(event?.kind === 'frame');
  assert.deepEqual([event.flags, event.bytes.length], [[], 100]);
});

test('any stream gives the same frames in one piece and in any pieces', () => {
  const piece = fc.constantFrom(VT, FS, CR, '\n', 'M', 'S', 'H', 'MSH|', 'FHS|', 'x', `${VT}MSH|`, `${FS}${CR}`);
  const stream = fc.array(piece, { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''), 'latin1'));
  fc.assert(
    fc.property(stream, fc.array(fc.nat(60), { maxLength: 12 }), (bytes, cuts) => {
      const inside = cuts.filter((cut) => cut <= bytes.length);
      assert.deepEqual(shown(read(bytes, inside)), shown(read(bytes, [])));
    }),
    { numRuns: 3000 },
  );
});

test('no byte of a frame is lost or invented, whatever the content', () => {
  const content = fc.uint8Array({ maxLength: 300 }).map((bytes) => bytes.filter((byte) => byte !== 0x0b && byte !== 0x1c));
  fc.assert(
    fc.property(fc.array(content, { minLength: 1, maxLength: 6 }), fc.array(fc.nat(1800), { maxLength: 8 }), (messages, cuts) => {
      const bytes = Buffer.concat(messages.map((message) => mllpFrame(message)));
      const frames = read(
        bytes,
        cuts.filter((cut) => cut <= bytes.length),
      ).filter((event) => event.kind === 'frame');
      assert.deepEqual(
        frames.map((event) => [...event.bytes]),
        messages.map((message) => [...message]),
      );
    }),
    { numRuns: 1000 },
  );
});
