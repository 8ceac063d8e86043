/** Names by order and anchors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LevelEvidence, NAMES, nameLevels } from '#src/measure/name-levels.ts';

/** Evidence that leans to one state by `strength`, with neighbours half as likely. */
const lean = (state: number, strength: number, missingAbove = 0): LevelEvidence => ({
  logits: NAMES.map((_, at) => -strength * Math.min(4, Math.abs(at - state))),
  missingAbove,
});
const flat = (): LevelEvidence => ({ logits: NAMES.map(() => 0), missingAbove: 0 });
const NONE = { aboveSacrum: null, aboveLastRibMm: null };
/** Bodies 30 mm apart; the last rib's heat 25 mm above body `t12`. */
const rib = (count: number, t12: number): number[] => Array.from({ length: count }, (_, n) => 30 * (t12 - n) - 25);
const at = (name: (typeof NAMES)[number]): number => NAMES.indexOf(name);

test('one wrong name among right ones is put right by the order', () => {
  const states = ['T9', 'T10', 'T11', 'T12', 'L1', 'L2'] as const;
  const evidence = states.map((name) => lean(at(name), 2));
  evidence[2] = lean(at('L3'), 2);
  assert.deepEqual(
    nameLevels(evidence, NONE).map((each) => each.name),
    states,
  );
});

test('with no evidence but the sacrum, names count up from L5', () => {
  const named = nameLevels([flat(), flat(), flat(), flat()], { aboveSacrum: 3, aboveLastRibMm: null });
  assert.deepEqual(
    named.map((each) => each.name),
    ['L2', 'L3', 'L4', 'L5'],
  );
  assert.ok(
    named.every((each) => each.probability <= 0.88 && each.text.endsWith('?')),
    'one anchor alone is never quite sure, and says so: transitional anatomy is common',
  );
});

test('segments of the sacrum that are seen as bodies do not push the names up', () => {
  const named = nameLevels([flat(), flat(), flat(), flat(), flat(), flat()], { aboveSacrum: 2, aboveLastRibMm: null });
  assert.deepEqual(
    named.map((each) => each.name),
    ['L3', 'L4', 'L5', 'S1', 'S1', 'S1'],
  );
});

test('the last rib names T12, and both anchors together are surer than either', () => {
  const spine = Array.from({ length: 8 }, flat);
  const alone = nameLevels(spine, { aboveSacrum: null, aboveLastRibMm: rib(8, 2) });
  assert.equal(alone[2]!.name, 'T12');
  const both = nameLevels(spine, { aboveSacrum: 7, aboveLastRibMm: rib(8, 2) });
  assert.deepEqual(
    both.map((each) => each.name),
    ['T10', 'T11', 'T12', 'L1', 'L2', 'L3', 'L4', 'L5'],
  );
  assert.ok(both[3]!.probability > alone[3]!.probability && both[3]!.probability > 0.9);
});

test('anchors that contradict each other give a question mark', () => {
  const named = nameLevels(Array.from({ length: 7 }, flat), { aboveSacrum: 6, aboveLastRibMm: rib(7, 2) });
  assert.ok(named[3]!.probability < 0.9);
  assert.match(named[3]!.text, /^[TL]\d+\/[TL]\d+\?$/);
});

test('a sixth lumbar vertebra on the sacrum: the rib says so, and the names are right or doubted', () => {
  // T11, T12 and six lumbar bodies; the last rib is beside the second one.
  const named = nameLevels(Array.from({ length: 8 }, flat), { aboveSacrum: 7, aboveLastRibMm: rib(8, 1) });
  const truth = ['T11', 'T12', 'L1', 'L2', 'L3', 'L4', 'L5', 'L6'];
  for (const [i, each] of named.entries()) assert.ok(each.name === truth[i] || each.text.endsWith('?'), each.text);
});

test('a doubt is told between near levels, whatever little the far ones keep', () => {
  const states = ['T9', 'T10', 'T11', 'T12'] as const;
  const named = nameLevels(
    states.map((name) => lean(at(name), 60)),
    NONE,
  );
  for (const each of named) {
    const [upper, lower] = each.text.slice(0, -1).split('/');
    assert.ok(at(lower as (typeof NAMES)[number]) - at(upper as (typeof NAMES)[number]) <= 2, each.text);
  }
});

test('a body missing in between is counted', () => {
  const named = nameLevels([lean(at('T8'), 3), lean(at('T9'), 3), lean(at('T11'), 3, 1), lean(at('T12'), 3)], NONE);
  assert.deepEqual(
    named.map((each) => each.name),
    ['T8', 'T9', 'T11', 'T12'],
  );
});

test('without both anchors every name is doubted; names always go down the spine', () => {
  const spine = fc.array(fc.tuple(fc.integer({ min: 0, max: 18 }), fc.double({ min: 0, max: 6, noNaN: true })), { minLength: 1, maxLength: 17 });
  fc.assert(
    fc.property(spine, (bodies) => {
      const named = nameLevels(
        bodies.map(([state, strength]) => lean(state, strength)),
        NONE,
      );
      named.forEach((each, i) => {
        assert.ok(each.probability <= 0.88 && each.probability >= 0 && each.text.endsWith('?'));
        if (i > 0 && each.name !== 'S1') assert.ok(NAMES.indexOf(each.name) > NAMES.indexOf(named[i - 1]!.name));
      });
    }),
    { numRuns: 60 },
  );
});
