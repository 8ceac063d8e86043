/** Names by order and anchors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CLASSES, NAMES } from '#src/measure/level-states.ts';
import { isGradedLevel, type LevelEvidence, nameLevels } from '#src/measure/name-levels.ts';

/** Evidence that leans to one class by `strength`, with neighbours half as likely. */
const lean = (state: number, strength: number, missingAbove = 0): LevelEvidence => ({
  logits: CLASSES.map((_, at) => -strength * Math.min(4, Math.abs(at - state))),
  missingAbove,
  sacral: 0,
  heightMm: null,
});
const flat = (sacral = 0): LevelEvidence => ({ logits: CLASSES.map(() => 0), missingAbove: 0, sacral, heightMm: null });
const flats = (count: number): LevelEvidence[] => Array.from({ length: count }, () => flat());
const NONE = { aboveSacrumMm: null, aboveLastRibMm: null };
/** Bodies 33 mm apart; body `lowest` stands on the sacrum, 27 mm above its top. */
const sacrum = (count: number, lowest: number): number[] => Array.from({ length: count }, (_, n) => 33 * (lowest - n) + 27);
/** Bodies 30 mm apart; body `t12` lies 5 mm above the lower edge of the last rib's heat. */
const rib = (count: number, t12: number): number[] => Array.from({ length: count }, (_, n) => 30 * (t12 - n) + 5);
const at = (name: (typeof CLASSES)[number]): number => CLASSES.indexOf(name);
const names = (named: readonly { readonly name: string }[]): string[] => named.map((each) => each.name);

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
  const named = nameLevels(flats(4), { aboveSacrumMm: sacrum(4, 3), aboveLastRibMm: null });
  assert.deepEqual(names(named), ['L2', 'L3', 'L4', 'L5']);
  assert.ok(
    named.every((each) => each.probability <= 0.88 && each.text.endsWith('?')),
    'one anchor alone is never quite sure, and says so: transitional anatomy is common',
  );
});

test('segments of the sacrum that are seen as bodies do not push the names up', () => {
  const named = nameLevels(flats(6), { aboveSacrumMm: sacrum(6, 2), aboveLastRibMm: null });
  assert.deepEqual(names(named), ['L3', 'L4', 'L5', 'S1', 'S1', 'S1']);
});

test('a picture without a localizer: the body that looks like the sacrum names those above it, and is no vertebra', () => {
  // The detector's sizes say two levels higher; S1 and S2 look like the sacrum.
  const spine = ['T8', 'T9', 'T10', 'T11', 'T12'].map((name) => lean(at(name as 'T8'), 1));
  const named = nameLevels([...spine.map((body) => ({ ...body, sacral: -4 })), flat(5), flat(4)], NONE);
  assert.deepEqual(names(named), ['L1', 'L2', 'L3', 'L4', 'L5', 'S1', 'S1']);
  assert.ok(
    named.every((each) => each.text.endsWith('?')),
    'names by the sacrum alone are told as doubts',
  );
  assert.deepEqual(
    named.map((each) => isGradedLevel(each.name)),
    [true, true, true, true, true, false, false],
  );
});

test('weak signs of a sacrum in a chest do not turn it into a lumbar spine', () => {
  const spine = ['T4', 'T5', 'T6', 'T7', 'T8', 'T9'].map((name) => lean(at(name as 'T4'), 2));
  const named = nameLevels(
    spine.map((body, i) => ({ ...body, sacral: i === 5 ? 1 : -5 })),
    NONE,
  );
  assert.deepEqual(names(named), ['T4', 'T5', 'T6', 'T7', 'T8', 'T9']);
});

test('bodies as tall as lumbar ones take no names of the upper chest, whatever the detector says of some of them', () => {
  // The detector names the upper three of six rightly, the lower three T7 to T9.
  const spine = [lean(at('L1'), 2), lean(at('L2'), 2), lean(at('L3'), 2), lean(at('T7'), 3), lean(at('T8'), 3), lean(at('T9'), 3)];
  const tall = spine.map((body) => ({ ...body, heightMm: 26 }));
  const [without, taught] = [nameLevels(spine, NONE), nameLevels(tall, NONE)];
  assert.ok(at(without[3]!.name as 'T7') < at('T11'), `without heights ${without[3]!.name}`);
  assert.ok(at(taught[3]!.name as 'T7') >= at('T11'), `with heights ${taught[3]!.name}`);
  assert.ok(taught.every((each) => each.text.endsWith('?')));
});

test('a broken body among tall ones is no smaller level', () => {
  const spine = (['T11', 'T12', 'L1', 'L2', 'L3'] as const).map((name, i) => ({ ...lean(at(name), 1), heightMm: i === 2 ? 12 : 24 + i / 2 }));
  assert.deepEqual(names(nameLevels(spine, NONE)), ['T11', 'T12', 'L1', 'L2', 'L3']);
});

test('the last rib names T12, and both anchors together are surer than either', () => {
  const alone = nameLevels(flats(8), { aboveSacrumMm: null, aboveLastRibMm: rib(8, 2) });
  assert.equal(alone[2]!.name, 'T12');
  const both = nameLevels(flats(8), { aboveSacrumMm: sacrum(8, 7), aboveLastRibMm: rib(8, 2) });
  assert.deepEqual(names(both), ['T10', 'T11', 'T12', 'L1', 'L2', 'L3', 'L4', 'L5']);
  assert.ok(both[3]!.probability > alone[3]!.probability && both[3]!.probability > 0.9);
});

test('a body of the neck takes no thoracic name: the last rib holds T12 where it is', () => {
  // C7 to L1; the detector has no class for C7 and calls it T1 like the next one.
  const spine = [lean(at('T1'), 1), ...CLASSES.slice(0, 13).map((_, i) => lean(i, 1))];
  const named = nameLevels(spine, { aboveSacrumMm: null, aboveLastRibMm: rib(14, 12) });
  assert.deepEqual(names(named), ['C7', ...CLASSES.slice(0, 13)]);
  assert.equal(isGradedLevel(named[0]!.name), false);
});

test('anchors that contradict each other give a question mark', () => {
  const named = nameLevels(flats(7), { aboveSacrumMm: sacrum(7, 6), aboveLastRibMm: rib(7, 2) });
  assert.ok(named[3]!.probability < 0.9);
  assert.match(named[3]!.text, /^[TL]\d+\/[TL]\d+\?$/);
});

test('four or six lumbar vertebrae: the rib contradicts the count from the sacrum, and no wrong name is printed without a doubt', () => {
  // T11, T12 and the lumbar bodies; the last rib is beside the second one.
  for (const lumbar of [4, 6]) {
    const count = 2 + lumbar;
    const named = nameLevels(flats(count), { aboveSacrumMm: sacrum(count, count - 1), aboveLastRibMm: rib(count, 1) });
    const truth = ['T11', 'T12', 'L1', 'L2', 'L3', 'L4', 'L5', 'L6'];
    for (const [i, each] of named.entries()) assert.ok(each.name === truth[i] || each.text.endsWith('?'), `${lumbar}: ${each.text}`);
  }
});

test('an anchor that lies between two bodies counts for neither: the names are doubted', () => {
  const shifted = rib(8, 2).map((mm) => mm + 16);
  const named = nameLevels(flats(8), { aboveSacrumMm: sacrum(8, 7), aboveLastRibMm: shifted });
  assert.ok(named.every((each) => each.text.endsWith('?')));
});

test('a doubt is told between near levels, whatever little the far ones keep', () => {
  const states = ['T9', 'T10', 'T11', 'T12'] as const;
  const named = nameLevels(
    states.map((name) => lean(at(name), 60)),
    NONE,
  );
  for (const each of named) {
    const [upper, lower] = each.text.slice(0, -1).split('/');
    assert.ok(at(lower as (typeof CLASSES)[number]) - at(upper as (typeof CLASSES)[number]) <= 2, each.text);
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
