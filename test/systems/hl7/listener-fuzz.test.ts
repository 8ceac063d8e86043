/** 10,000 damaged messages over real sockets: no death, and the intact message behind each is answered AA. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frame, Hl7Sender } from '#test/hospital/hl7-sender.ts';
import { oru } from './messages.ts';
import { damage, damages } from './mutations.ts';
import { withListener } from './with-listener.ts';

const PAIRS_PER_RUN = 100;
const RUNS = 100;

test(`${PAIRS_PER_RUN * RUNS} mutations`, async (t) => {
  const { port, inbox } = await withListener(t, { limits: { crWaitMs: 50 } });
  let pairs = 0;
  const damaged = fc.array(damages, { minLength: PAIRS_PER_RUN, maxLength: PAIRS_PER_RUN });
  await fc.assert(
    fc.asyncProperty(damaged, async (changes) => {
      const sender = await Hl7Sender.open(port);
      const base = pairs;
      for (const [n, list] of changes.entries()) {
        const bad = damage(frame(oru({ controlId: `BAD${base + n}` })), list);
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
  assert.ok(
    inbox.kept.every((kept) => kept.unusable?.code !== 'HL7_PARSER_FAULT'),
    'the reader itself never threw',
  );
  const good = inbox.kept.filter(
    (kept) => kept.message.controlId.startsWith('GOOD') && kept.report?.text.endsWith('wedge deformity of T12.') && kept.unusable === null,
  );
  assert.equal(new Set(good.map((kept) => kept.message.controlId)).size, pairs, 'each intact message was kept as an intact report');
});
