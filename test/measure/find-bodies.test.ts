/** The detector's maps to bodies, and the chain that leaves doubles and strays out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BodyCandidate, candidatesFrom, chainBodies, LEVEL_CLASSES } from '#src/measure/find-bodies.ts';

const body = (row: number, more: Partial<BodyCandidate> = {}): BodyCandidate => ({
  column: 63,
  row,
  depthPx: 30,
  heightPx: 22,
  tiltRad: 0,
  score: 0.9,
  levelLogits: [],
  complete: 1,
  ...more,
});

test('a peak gives centre, size, tilt and level logits of its own cell', () => {
  const [columns, rows] = [8, 16];
  const cells = columns * rows;
  const at = 5 * columns + 3;
  const maps = {
    cellColumns: columns,
    cellRows: rows,
    centre: new Float32Array(cells),
    geometry: new Float32Array(5 * cells),
    level: new Float32Array(LEVEL_CLASSES * cells),
    complete: new Float32Array(cells),
  };
  maps.centre[at] = 0.8;
  maps.centre[at + 1] = 0.6;
  [0.5, -1, 31, 22, 0.2].forEach((value, plane) => (maps.geometry[plane * cells + at] = value));
  maps.level[11 * cells + at] = 5;
  maps.complete[at] = 0.7;
  const [found, ...others] = candidatesFrom(maps);
  assert.equal(others.length, 0, 'the weaker neighbour is no peak');
  assert.ok(found);
  assert.deepEqual([found.column, found.row, found.depthPx, found.heightPx], [14, 20.5, 31, 22]);
  assert.ok(Math.abs(found.tiltRad - 0.2) < 1e-6 && Math.abs(found.complete - 0.7) < 1e-6);
  assert.equal(found.levelLogits.indexOf(5), 11);
});

test('a plateau of equal values is one peak; NaN is none', () => {
  const maps = {
    cellColumns: 4,
    cellRows: 4,
    centre: new Float32Array(16).fill(0.9),
    geometry: new Float32Array(80),
    level: new Float32Array(19 * 16),
    complete: new Float32Array(16),
  };
  assert.equal(candidatesFrom(maps).length, 1);
  maps.centre.fill(Number.NaN);
  assert.equal(candidatesFrom(maps).length, 0);
});

test('a body seen twice counts once, with the better score', () => {
  const chain = chainBodies([body(20), body(48), body(55, { score: 0.5 }), body(77)]);
  assert.deepEqual(
    chain.map((each) => each.row),
    [20, 48, 77],
  );
});

test('a stray far to the side is left out, a tilted spine is kept', () => {
  const stray = chainBodies([body(20), body(34, { column: 5, score: 0.35 }), body(48), body(76)]);
  assert.deepEqual(
    stray.map((each) => each.row),
    [20, 48, 76],
  );
  const tilted = chainBodies([0, 1, 2, 3].map((n) => body(20 + 24 * n, { column: 40 + 14 * n })));
  assert.equal(tilted.length, 4);
});

test('a missing body does not end the chain', () => {
  assert.equal(chainBodies([body(20), body(48), body(104), body(132)]).length, 4);
});

test('any regular spine with any extra weak doubles comes back whole and in order', () => {
  const spine = fc.record({
    count: fc.integer({ min: 1, max: 17 }),
    height: fc.integer({ min: 12, max: 28 }),
    doubles: fc.array(fc.nat(16), { maxLength: 6 }),
  });
  fc.assert(
    fc.property(spine, ({ count, height, doubles }) => {
      const real = Array.from({ length: count }, (_, n) => body(30 + n * height * 1.28, { heightPx: height }));
      const extra = doubles.filter((n) => n < count).map((n) => body(real[n]!.row + 4, { heightPx: height, score: 0.4 }));
      const chain = chainBodies([...real, ...extra].sort((a, b) => a.row - b.row));
      assert.deepEqual(
        chain.map((each) => each.row),
        real.map((each) => each.row),
      );
    }),
  );
});
