/** Landmarks stay where they are seen: through strip, patch and back to the patient, for straight, tilted, scoliotic and off-centre spines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Volume } from '#src/case/volume.ts';
import { applyAffine, norm, subtract, type Vector } from '#src/measure/affine.ts';
import { lpsToStrip, sampleStrip, stripFrames, stripToLps } from '#src/measure/curved-strip.ts';
import type { BodyCandidate } from '#src/measure/find-bodies.ts';
import { makeSampler } from '#src/measure/sample-volume.ts';
import type { Networks } from '#src/systems/fracture-model/networks.ts';
import { placeLandmarks } from '#src/systems/fracture-model/place-landmarks.ts';
import { samplingOf } from '#src/systems/fracture-model/sampling.ts';

interface Spine {
  readonly name: string;
  readonly place: (n: number) => Vector;
  readonly affine: readonly number[];
}
const STRAIGHT = [1.2, 0, 0, -70, 0, 1.2, 0, -70, 0, 0, 1.5, -20];
const SPINES: readonly Spine[] = [
  { name: 'straight', place: (n) => [0, 0, 220 - 30 * n], affine: STRAIGHT },
  { name: 'leaning', place: (n) => [9 * n - 20, -5 * n, 220 - 29 * n], affine: STRAIGHT },
  { name: 'scoliotic and kyphotic', place: (n) => [16 * Math.sin(n / 2), 14 * Math.cos(n / 3), 220 - 29 * n], affine: STRAIGHT },
  {
    name: 'off centre in an oblique volume',
    place: (n) => [25 + 3 * n, 20, 200 - 28 * n],
    affine: [1.2, 0.1, 0.05, -60, -0.1, 1.2, 0.2, -75, 0.05, -0.15, 1.5, -10],
  },
];
const COUNT = 7;

/** Soft tissue with one small bright blob at each place. */
function blobs(spine: Spine): Volume {
  const [columns, rows, slices] = [120, 120, 180];
  const values = new Float32Array(columns * rows * slices);
  const places = Array.from({ length: COUNT }, (_, n) => spine.place(n));
  let at = 0;
  for (let k = 0; k < slices; k++) {
    for (let j = 0; j < rows; j++) {
      for (let i = 0; i < columns; i++) {
        const point = applyAffine(spine.affine, i, j, k);
        let value = 40;
        for (const place of places) {
          const d = Math.hypot(point[0] - place[0], point[1] - place[1], point[2] - place[2]);
          if (d < 12) value += 1000 * Math.exp(-0.5 * (d / 2.5) ** 2);
        }
        values[at++] = value;
      }
    }
  }
  return { columns, rows, slices, values, affine: spine.affine, modality: 'CT', quantity: 'HU', sliceSpacingMm: 1.5, notes: [] };
}

/** Centre of the brightest blob of a picture: (column, row). */
function brightest(values: Float32Array, columns: number): [number, number] {
  let peak = 0;
  values.forEach((value, i) => (peak = value > values[peak]! ? i : peak));
  let [sum, x, y] = [0, 0, 0];
  values.forEach((value, i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)];
    if (Math.hypot(column - (peak % columns), row - Math.floor(peak / columns)) > 5) return;
    sum += value - 40;
    x += (value - 40) * column;
    y += (value - 40) * row;
  });
  return [x / sum, y / sum];
}

/** A "network" that sees the blob: corners 12 pixels around it, so that the body's centre is the blob. */
const BLOB_SEEKER: Networks = {
  localize: () => Promise.reject(new Error('not asked')),
  detect: () => Promise.reject(new Error('not asked')),
  landmarks: async ({ count, make }) => {
    const patches = await make([]);
    const xy = new Float32Array(20 * count);
    for (let n = 0; n < count; n++) {
      const patch = patches.subarray(n * 4096, (n + 1) * 4096);
      // Only the middle rows: the blobs of the neighbours show above and below.
      const [x, inside] = brightest(patch.subarray(18 * 64, 46 * 64), 64);
      const y = inside + 18;
      for (let point = 0; point < 10; point++) {
        xy[20 * n + 2 * point] = x + 6 * ((point % 5) - 2);
        xy[20 * n + 2 * point + 1] = y + (point < 5 ? -10 : 10);
      }
    }
    return { xy, sigma: new Float32Array(10 * count).fill(0.5), quality: new Float32Array(count).fill(3) };
  },
};

for (const spine of SPINES) {
  test(`${spine.name}: what is bright in the strip and in the patch lies at its place in the patient`, async () => {
    const volume = blobs(spine);
    const sample = makeSampler(volume);
    const points = Array.from({ length: COUNT * 3 - 2 }, (_, n) => spine.place(n / 3));
    const frames = stripFrames({ points, rotation: points.map(() => 0.1), strength: 1, sacrumTopMm: null, lastRibMm: null }, 25);
    const strip = sampleStrip(sample, frames, [-2, -1, 0, 1, 2]);

    const bodies = Array.from({ length: COUNT }, (_, n): BodyCandidate => {
      const at = lpsToStrip(strip, spine.place(n));
      // The bright spot of the picture is where the mapping says it is.
      const from = Math.round(at.row) - 10;
      const [column, row] = brightest(strip.channels[1].subarray(from * 128, (from + 21) * 128), 128);
      assert.ok(Math.hypot(column - at.column, row + from - at.row) < 0.6, `body ${n}: ${column} ${row + from} for ${at.column} ${at.row}`);
      // The detector's word is a few pixels and degrees off: the looks at the patch have to make up for it.
      return { column: at.column + 3, row: at.row - 2, depthPx: 30, heightPx: 22, tiltRad: 0.12, score: 1, levelLogits: [], complete: 1 };
    });
    const placed = await placeLandmarks(
      strip,
      bodies,
      samplingOf(volume, null),
      { offsetsMm: [-2, 0, 2], scales: [1, 0.85], depthsMm: [-1, 0, 1] },
      BLOB_SEEKER,
      new AbortController().signal,
    );
    placed.forEach((body, n) => {
      const off = subtract(body.centreLps, spine.place(n));
      assert.ok(norm(off) < 1, `body ${n} is ${norm(off).toFixed(2)} mm off`);
      for (const landmark of body.landmarks) {
        // Drawn on the strip and taken back to the patient, a landmark is where it was (the plane of the patch may lie a little beside the strip's).
        const at = lpsToStrip(strip, landmark.lps!);
        assert.deepEqual(landmark.picture, [at.column, at.row]);
        assert.ok(norm(subtract(stripToLps(strip, landmark.picture[0], landmark.picture[1], at.leftMm), landmark.lps!)) < 0.05);
        assert.ok(Math.abs(at.leftMm) < 1.5, 'the landmark lies in the picture’s plane');
      }
    });
  });
}
