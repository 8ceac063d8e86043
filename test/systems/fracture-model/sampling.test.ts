/** Two threads sample to the last bit what one does; when the second one is not there, or dies, the first does all of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Volume } from '#src/case/volume.ts';
import { makeLog } from '#src/lib/log.ts';
import { stripFrames } from '#src/measure/curved-strip.ts';
import { resampleToGrid } from '#src/measure/localizer-grid.ts';
import { patchFrame } from '#src/measure/vertebra-patch.ts';
import { samplingOf } from '#src/systems/fracture-model/sampling.ts';
import { openSecondThread, type SecondThread } from '#src/systems/fracture-model/second-thread.ts';

const STRAIGHT = [1.2, 0, 0, -48, 0, 1.2, 0, -48, 0, 0, 1.5, -90];
const OBLIQUE = [1.2, 0.1, 0.05, -48, -0.1, 1.2, 0.2, -48, 0.05, -0.15, 1.5, -90];
const NORMALIZE = [
  { op: 'clipPercentile', lo: 1, hi: 99 },
  { op: 'rescale', from: 'minmax', to: [0, 1] },
] as const;

function volume(affine: readonly number[], Kind: typeof Int16Array | typeof Float32Array, isShared = true): Volume {
  const [columns, rows, slices] = [80, 80, 120];
  const size = columns * rows * slices;
  const bytes = size * Kind.BYTES_PER_ELEMENT;
  const memory = isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  const values = Kind === Int16Array ? new Int16Array(memory) : new Float32Array(memory);
  for (let at = 0; at < size; at += 1) values[at] = ((at * 7919) % 2003) - 800;
  return { columns, rows, slices, values, affine, modality: 'CT', quantity: 'HU', sliceSpacingMm: 1.5, notes: [] };
}

const points = Array.from({ length: 30 }, (_, n) => [3 * Math.sin(n / 5), n / 4, 60 - 4 * n] as const);
const frames = stripFrames({ points, rotation: points.map(() => 0.05), strength: 1, sacrumTopMm: null, lastRibMm: null }, 20);
const patches = [10, 30, 50, 70, 90].map((row) => patchFrame(frames[row]!.origin, frames[row]!, 0.1, 0.9));

async function all(of: Volume, second: SecondThread | null) {
  const sampling = samplingOf(of, second);
  const seen = {
    grid: await sampling.grid(),
    strip: await sampling.strip(frames, [-2, 0, 2]),
    patches: await sampling.patches(patches, [-1, 0, 1], NORMALIZE),
    single: await sampling.patches(patches.slice(0, 1), [0], []),
  };
  sampling.end();
  return seen;
}

/** A log whose events can be read. */
function told() {
  const events: string[] = [];
  return { events, log: makeLog({ level: 'silent', sinks: [(_severity, event) => void events.push(event)] }) };
}

test('two threads give the numbers of one: straight and oblique, whole numbers and fractions', async () => {
  const { events, log } = told();
  const second = openSecondThread(log);
  try {
    for (const affine of [STRAIGHT, OBLIQUE])
      for (const Kind of [Int16Array, Float32Array]) {
        const study = volume(affine, Kind);
        assert.ok(second.begin(study), 'the second thread takes part');
        const [one, two] = [await all(study, null), await all(study, second)];
        assert.deepEqual(two, one);
        assert.deepEqual(one.grid, resampleToGrid(study));
        assert.ok(new Set(one.patches).size > 100);
      }
  } finally {
    await second.close();
  }
  assert.deepEqual(events, []);
});

test('two studies at once do not mix', async () => {
  const second = openSecondThread(told().log);
  try {
    const [a, b] = [volume(STRAIGHT, Int16Array), volume(OBLIQUE, Float32Array)];
    const together = await Promise.all([all(a, second), all(b, second)]);
    assert.deepEqual(together, [await all(a, null), await all(b, null)]);
  } finally {
    await second.close();
  }
});

test('voxels that only one thread can see, and a thread that is closed, leave all to the first', async () => {
  const second = openSecondThread(told().log);
  assert.equal(second.begin(volume(STRAIGHT, Int16Array, false)), null);
  const study = volume(STRAIGHT, Int16Array);
  const hand = second.begin(study);
  const under = hand?.run({ kind: 'strip', frames, depthsMm: [0], columns: 128, mmPerPixel: 1 });
  await second.close();
  assert.ok(hand && under);
  await under;
  assert.equal(await hand.run({ kind: 'strip', frames, depthsMm: [0], columns: 128, mmPerPixel: 1 }), null);
  assert.deepEqual(await all(study, second), await all(study, null));
});

test('a thread that dies costs nothing but its help: the study is measured, the log tells it, the next study has a new one', async () => {
  const { events, log } = told();
  const second = openSecondThread(log, new URL('./dying-thread.ts', import.meta.url));
  try {
    const study = volume(STRAIGHT, Int16Array);
    assert.deepEqual(await all(study, second), await all(study, null));
    assert.deepEqual(await all(study, second), await all(study, null));
    assert.deepEqual(events, ['model.second-thread-ended', 'model.second-thread-ended']);
  } finally {
    await second.close();
  }
});
