/** Which body looks like the sacrum: the detector's word and the depth of the body against those above it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CLASSES } from '#src/measure/level-states.ts';
import { type SacralClues, sacralEvidence } from '#src/measure/sacral-evidence.ts';

/** A body whose level classes lean to one, with so much probability for S1. */
const body = (name: (typeof CLASSES)[number], depthPx: number, shareOfS1 = 1e-4): SacralClues => ({
  depthPx,
  levelLogits: CLASSES.map((each) => Math.log(each === 'S1' ? shareOfS1 : each === name ? 0.7 : 0.3 / CLASSES.length)),
});

test('S1, less deep and called S1, stands out; the lumbar bodies above it do not', () => {
  const found = sacralEvidence([body('L2', 35), body('L3', 35.5), body('L4', 35), body('L5', 34), body('L5', 29, 0.5)]);
  assert.deepEqual(found.slice(0, 2), [0, 0], 'nothing above them to compare with');
  assert.ok(found[4]! > 3, `S1: ${found[4]}`);
  assert.ok(
    found.slice(2, 4).every((ratio) => ratio < -1),
    `L4, L5: ${found.slice(2, 4)}`,
  );
});

test('a body called lumbar but as narrow as a sacrum, and one called S1 but as deep as the others, stay open', () => {
  const [, , narrow] = sacralEvidence([body('L3', 36), body('L4', 36), body('L5', 30, 1e-3)]);
  const [, , deep] = sacralEvidence([body('L3', 36), body('L4', 36), body('L5', 36, 0.05)]);
  for (const ratio of [narrow!, deep!]) assert.ok(Math.abs(ratio) < 3, String(ratio));
});

test('whatever the logits and depths, the evidence is a number within its limits', () => {
  const any = fc.record({
    depthPx: fc.double({ min: 0, max: 200, noNaN: true }),
    levelLogits: fc.array(fc.double({ min: -80, max: 80, noNaN: true }), { minLength: CLASSES.length, maxLength: CLASSES.length }),
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 8 }), (bodies) => {
      const found = sacralEvidence(bodies);
      assert.equal(found.length, bodies.length);
      assert.ok(found.every((ratio) => Math.abs(ratio) <= 6));
    }),
    { numRuns: 100 },
  );
});
