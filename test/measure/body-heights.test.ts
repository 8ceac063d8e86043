/** Heights, depths and wedge from ten points, by drawn bodies with known sizes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LANDMARK_NAMES, type Landmark } from '#src/case/vertebra.ts';
import { type BodyPoints, measureHeights, planePoints } from '#src/measure/body-heights.ts';

/** A body with straight walls, front and back height, parabolic hollows. */
function drawnBody(front: number, back: number, depth: number, roof: number, floor: number, node = 0): BodyPoints {
  const points: Record<string, { x: number; y: number; sigma: number }> = {};
  LANDMARK_NAMES.forEach((name, i) => {
    const share = (i % 5) / 4;
    const half = (front + share * (back - front)) / 2;
    const hollow = 4 * share * (1 - share);
    const superior = i < 5;
    const extra = superior && name === 'MS' ? node : 0;
    points[name] = { x: depth * share, y: superior ? -half + roof * hollow + extra : half - floor * hollow, sigma: 0.5 };
  });
  return points as BodyPoints;
}

test('a plain body: heights are what was drawn', () => {
  const heights = measureHeights(drawnBody(20, 24, 30, 1, 2));
  assert.ok(Math.abs(heights.anterior - 20) < 1e-9 && Math.abs(heights.posterior - 24) < 1e-9);
  assert.ok(Math.abs(heights.middle - 19) < 0.05, String(heights.middle));
  assert.ok(Math.abs(heights.depth - 30) < 1e-9);
  assert.ok(Math.abs(heights.wedgeDegrees - 2 * ((Math.atan(2 / 30) * 180) / Math.PI)) < 1e-9, 'wedged ventrally is positive');
  assert.equal(heights.anteriorSd, Math.hypot(0.5, 0.5));
});

test('a focal pit in the middle moves the middle height by less than a quarter of its depth', () => {
  const plain = measureHeights(drawnBody(24, 24, 30, 1, 1));
  const pitted = measureHeights(drawnBody(24, 24, 30, 1, 1, 5));
  assert.ok(plain.middle - pitted.middle < 1.25, `${plain.middle} ${pitted.middle}`);
  assert.ok(pitted.superiorDepths[1] > 5);
});

test('a collapse counts whole at mid-body, round or straight-sided; a pit at a quarter point does not count there', () => {
  const round = measureHeights(drawnBody(24, 24, 30, 8, 0));
  assert.ok(Math.abs(round.middle - 16) < 1e-9, String(round.middle));
  const flat = drawnBody(24, 24, 30, 0, 0);
  const sunk = (name: 'S1' | 'MS' | 'S3', mm: number) => ({ ...flat[name], y: flat[name].y + mm });
  const straight = measureHeights({ ...flat, S1: sunk('S1', 4), MS: sunk('MS', 8), S3: sunk('S3', 4) });
  assert.ok(Math.abs(straight.middle - 16) < 1e-9, String(straight.middle));
  const quarter = measureHeights({ ...flat, S1: sunk('S1', 5) });
  assert.ok(Math.abs(quarter.middle - 24) < 1e-9, String(quarter.middle));
});

test('heights do not change when the body is turned and moved', () => {
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  fc.assert(
    fc.property(
      number(12, 30),
      number(12, 30),
      number(20, 38),
      number(0, 4),
      number(0, 4),
      number(-1.2, 1.2),
      (front, back, depth, roof, floor, turn) => {
        const body = drawnBody(front, back, depth, roof, floor);
        const turned = Object.fromEntries(
          Object.entries(body).map(([name, { x, y, sigma }]) => [
            name,
            { x: 50 + x * Math.cos(turn) - y * Math.sin(turn), y: -9 + x * Math.sin(turn) + y * Math.cos(turn), sigma },
          ]),
        ) as BodyPoints;
        const [a, b] = [measureHeights(body), measureHeights(turned)];
        for (const key of ['anterior', 'middle', 'posterior', 'depth', 'wedgeDegrees'] as const) assert.ok(Math.abs(a[key] - b[key]) < 1e-6, key);
      },
    ),
  );
});

test('points in the patient give the heights of the plane they lie in; without millimetres the picture is used', () => {
  const body = drawnBody(21, 25, 31, 1, 2);
  const tilt = 0.4;
  const landmark = (name: (typeof LANDMARK_NAMES)[number], inPatient: boolean): Landmark => {
    const { x, y } = body[name];
    // posterior = (sin, cos, 0) in LPS, caudal = -z: a body turned about the long axis.
    return { name, picture: [x * 2, y * 2], lps: inPatient ? [10 + x * Math.sin(tilt), 5 + x * Math.cos(tilt), 100 - y] : null, sigma: 0.4 };
  };
  const mm = planePoints(LANDMARK_NAMES.map((name) => landmark(name, true)));
  const px = planePoints(LANDMARK_NAMES.map((name) => landmark(name, false)));
  assert.ok(mm && px);
  assert.ok(Math.abs(measureHeights(mm).anterior - 21) < 1e-9);
  assert.ok(Math.abs(measureHeights(mm).wedgeDegrees - measureHeights(body).wedgeDegrees) < 1e-9);
  assert.ok(Math.abs(measureHeights(px).anterior - 42) < 1e-9);
  const film = planePoints(LANDMARK_NAMES.map((name) => ({ ...landmark(name, false), film: [body[name].x * 3, body[name].y * 3] })));
  assert.ok(film && Math.abs(measureHeights(film).anterior - 63) < 1e-9, 'the film goes before the picture, which is straightened');
  assert.equal(planePoints([]), null);
});
