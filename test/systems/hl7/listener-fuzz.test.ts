/** 10,000 damaged messages over real sockets: no death, and the intact message behind each is answered AA. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frame, Hl7Sender } from '#test/hospital/hl7-sender.ts';
import { oru } from './messages.ts';
import { withListener } from './with-listener.ts';

const SPECIAL = [
  '\x0b',
  '\x1c',
  '\r',
  '\n',
  '\x1c\r',
  '\x0bMSH|',
  '\x0bM',
  '\x0bFHS',
  '|',
  '^',
  '~',
  '&',
  '\\',
  '\\X',
  '\\.br\\',
  '\0',
  '\u00ff',
  'MSH|^~\\&|',
  '\rMSH|',
  '\rBTS|9',
  '\r\r',
  'OBX|',
];

type Mutation =
  | { readonly kind: 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'delete'; readonly at: number; readonly count: number }
  | { readonly kind: 'flip'; readonly at: number; readonly bits: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly count: number }
  | { readonly kind: 'cut'; readonly at: number };

const place = fc.oneof(fc.nat(700), fc.constantFrom(0, 1, 2, 4, 5, 8));
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), at: place, text: fc.constantFrom(...SPECIAL) }),
  fc.record({ kind: fc.constant('delete' as const), at: place, count: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('flip' as const), at: place, bits: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at: place, count: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: place }),
);

function mutate(bytes: Buffer, change: Mutation): Buffer {
  const at = Math.min(change.at, bytes.length);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  if (change.kind === 'insert') return Buffer.concat([head, Buffer.from(change.text, 'latin1'), tail]);
  if (change.kind === 'delete') return Buffer.concat([head, tail.subarray(change.count)]);
  if (change.kind === 'repeat') return Buffer.concat([head, tail.subarray(0, change.count), tail]);
  if (change.kind === 'cut') return head;
  const flipped = Buffer.from(bytes);
  if (at < flipped.length) flipped[at] = (flipped[at] as number) ^ change.bits;
  return flipped;
}

const PAIRS_PER_RUN = 100;
const RUNS = 100;

test(`${PAIRS_PER_RUN * RUNS} mutations`, async (t) => {
  const { port, inbox } = await withListener(t, { limits: { crWaitMs: 50 } });
  let pairs = 0;
  const damaged = fc.array(fc.array(mutation, { minLength: 1, maxLength: 4 }), { minLength: PAIRS_PER_RUN, maxLength: PAIRS_PER_RUN });
  await fc.assert(
    fc.asyncProperty(damaged, async (changes) => {
      const sender = await Hl7Sender.open(port);
      const base = pairs;
      for (const [n, list] of changes.entries()) {
        const bad = list.reduce(mutate, frame(oru({ controlId: `BAD${base + n}` })));
        sender.write(Buffer.concat([bad, frame(oru({ controlId: `GOOD${base + n}` }))]));
      }
      pairs += changes.length;
      for (let n = 0; n < changes.length; n++) {
        const wanted = `GOOD${base + n}`;
        let answer = await sender.answer();
        while (answer.controlId !== wanted) answer = await sender.answer();
        assert.equal(answer.code, 'AA', wanted);
      }
      sender.close();
    }),
    // A failing run is not shrunk: each try needs a connection, and the seed repeats it.
    { numRuns: RUNS, endOnFailure: true },
  );
  assert.equal(pairs, PAIRS_PER_RUN * RUNS);
  const good = inbox.kept.filter(
    (kept) => kept.message.controlId.startsWith('GOOD') && kept.report?.text.endsWith('wedge deformity of T12.') && kept.unusable === null,
  );
  assert.equal(new Set(good.map((kept) => kept.message.controlId)).size, pairs, 'each intact message was kept as an intact report');
});
