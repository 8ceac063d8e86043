/** The phantom's truth holds in its voxels: landmarks lie on the cortex, losses are what was asked for, densities and anatomy are right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PointLps } from '#src/case/vertebra.ts';
import type { Volume } from '#src/case/volume.ts';
import { makeMrPhantom } from '#test/hospital/phantom/make-mr-phantom.ts';
import { makePhantom, phantomTruth } from '#test/hospital/phantom/make-phantom.ts';
import { makeXrayPhantom } from '#test/hospital/phantom/make-xray-phantom.ts';
import type { PhantomParameters, VertebraTruth } from '#test/hospital/phantom/parameters.ts';

const SMALL: PhantomParameters = {
  seed: 21,
  sex: 'female',
  from: 'T11',
  to: 'L2',
  columns: 110,
  rows: 110,
  pixelMm: 1,
  sliceMm: 1.25,
  trabecularHu: 120,
  noiseHu: 5,
};

function at(volume: Volume, [x, y, z]: PointLps): number {
  const [mm = 1, , , x0 = 0, , , , y0 = 0, , , , z0 = 0] = volume.affine;
  const [i, j, k] = [Math.round((x - x0) / mm), Math.round((y - y0) / mm), Math.round((z - z0) / volume.sliceSpacingMm)];
  return volume.values[(k * volume.rows + j) * volume.columns + i] ?? Number.NaN;
}

function between(a: PointLps, b: PointLps, t: number): PointLps {
  return [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2])];
}

function vertebra(vertebrae: readonly VertebraTruth[], level: string): VertebraTruth {
  const found = vertebrae.find((candidate) => candidate.level === level);
  assert.ok(found, `${level} is in the truth`);
  return found;
}

test('landmarks lie on the outer edge of the endplates: bone just inside, disc just outside', () => {
  const { volume, truth } = makePhantom(SMALL);
  const whole = truth.vertebrae.filter((one) => one.wholeInView);
  assert.deepEqual(
    whole.map((one) => one.level),
    ['T11', 'T12', 'L1', 'L2'],
  );
  for (const { level, landmarksLps, heights } of whole) {
    for (const [upper, lower] of [
      ['S1', 'I1'],
      ['MS', 'MI'],
      ['S3', 'I3'],
    ] as const) {
      const [a, b] = [landmarksLps[upper], landmarksLps[lower]];
      const length = heights.middle;
      const along = (mm: number): number => at(volume, between(a, b, mm / length));
      assert.ok(Math.max(along(0.3), along(0.9), along(1.5)) > 210, `${level} ${upper}: cortex inside the landmark`);
      assert.ok(along(-2.5) < 150, `${level} ${upper}: disc above the landmark, ${along(-2.5)} HU`);
      assert.ok(Math.max(along(length - 0.3), along(length - 0.9), along(length - 1.5)) > 210, `${level} ${lower}: cortex inside`);
      assert.ok(along(length + 2.5) < 150, `${level} ${lower}: disc below`);
    }
  }
});

test('the trabecular density inside the bodies is the one asked for', () => {
  for (const trabecularHu of [70, 180]) {
    const { volume, truth } = makePhantom({ ...SMALL, trabecularHu, from: 'L1', to: 'L1' });
    const { centreLps } = vertebra(truth.vertebrae, 'L1');
    const values: number[] = [];
    for (let dx = -8; dx <= 8; dx++)
      for (let dy = -9; dy <= 0; dy++)
        for (let dz = -5; dz <= -2; dz++) values.push(at(volume, [centreLps[0] + dx, centreLps[1] + dy, centreLps[2] + dz]));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    assert.ok(Math.abs(mean - trabecularHu) < 10, `mean ${mean} HU for ${trabecularHu}`);
  }
});

test('a fracture takes the percentage asked for from the height its shape names, and nothing from its neighbours', () => {
  const intact = phantomTruth({ ...SMALL, from: 'T9', to: 'L4' });
  for (const [shape, part] of [
    ['wedge', 'anterior'],
    ['biconcave', 'middle'],
    ['crush', 'posterior'],
  ] as const) {
    for (const lossPercent of [22, 33, 48]) {
      const broken = phantomTruth({ ...SMALL, from: 'T9', to: 'L4', fractures: [{ level: 'T12', shape, lossPercent }] });
      const before = vertebra(intact.vertebrae, 'T12').heights;
      const { heights, ...after } = vertebra(broken.vertebrae, 'T12');
      const loss = 100 * (1 - heights[part] / before[part]);
      assert.ok(Math.abs(loss - lossPercent) < 1.5, `${shape} ${lossPercent} %: ${part} lost ${loss} %`);
      assert.ok(Math.abs(after.lossPercent - lossPercent) < 1.5);
      assert.equal(after.grade, lossPercent < 25 ? 1 : lossPercent <= 40 ? 2 : 3);
      assert.deepEqual(vertebra(broken.vertebrae, 'L1').heights, vertebra(intact.vertebrae, 'L1').heights);
      assert.equal(vertebra(broken.vertebrae, 'L1').grade, 0);
    }
  }
});

test('a Schmorl node moves the landmark above it and no height', () => {
  const plain = vertebra(phantomTruth(SMALL).vertebrae, 'L1');
  const noded = vertebra(phantomTruth({ ...SMALL, schmorlNodes: [{ level: 'L1', endplate: 'superior', depthMm: 4 }] }).vertebrae, 'L1');
  assert.deepEqual(noded.heights, plain.heights);
  assert.equal(noded.grade, 0);
  const sunk = Math.abs(plain.landmarksLps.MS[2] - noded.landmarksLps.MS[2]);
  assert.ok(sunk > 2.5, `MS sank by ${sunk} mm`);
});

test('the same seed gives the same voxels, another seed does not', () => {
  const tiny: PhantomParameters = { ...SMALL, columns: 64, rows: 64, from: 'L1', to: 'L1' };
  const first = makePhantom(tiny).volume.values;
  assert.deepEqual(makePhantom(tiny).volume.values, first);
  assert.notDeepEqual(makePhantom({ ...tiny, seed: 22 }).volume.values, first);
});

test('the count of vertebrae follows the parameters; a cut vertebra is not whole', () => {
  const levels = (parameters: Partial<PhantomParameters>): string[] =>
    phantomTruth({ ...SMALL, from: 'T1', to: 'S1', ...parameters }).vertebrae.map((one) => one.level);
  assert.equal(levels({}).length, 17);
  assert.deepEqual(levels({ lumbarVertebrae: 6 }).slice(-2), ['L5', 'L6']);
  assert.deepEqual(levels({ lumbarVertebrae: 4, thoracicVertebrae: 11 }).slice(-5), ['T11', 'L1', 'L2', 'L3', 'L4']);
  assert.throws(() => phantomTruth({ ...SMALL, lumbarVertebrae: 4, to: 'L5' }), RangeError);
  // T8's centre lies within the 12 mm above T9, its upper half does not.
  const { vertebrae } = phantomTruth({ ...SMALL, from: 'T9', to: 'L1' });
  assert.equal(vertebra(vertebrae, 'T8').wholeInView, false);
  assert.equal(vertebra(vertebrae, 'T9').wholeInView, true);
});

test('curves change tilts, not heights', () => {
  const long: PhantomParameters = { ...SMALL, from: 'T1', to: 'S1', columns: 300, rows: 300 };
  const straight = phantomTruth(long);
  const bent = phantomTruth({ ...long, kyphosisDegrees: 60, lordosisDegrees: 25, scoliosisMm: 18 });
  for (const one of straight.vertebrae) assert.deepEqual(vertebra(bent.vertebrae, one.level).heights, one.heights);
  const side = bent.vertebrae.map((one) => one.centreLps[0]);
  assert.ok(Math.max(...side) > 15 && Math.min(...side) < -10, 'the column swings to both sides');
});

test('a lytic lesion leaves soft tissue where bone was', () => {
  const parameters: PhantomParameters = { ...SMALL, trabecularHu: 170, from: 'L1', to: 'L1' };
  const healthy = makePhantom(parameters);
  const eaten = makePhantom({ ...parameters, lyticLevels: ['L1'] });
  const { PS, PI } = vertebra(healthy.truth.vertebrae, 'L1').landmarksLps;
  const wall = between(PS, PI, 0.4);
  const spot: PointLps = [wall[0] + 5, wall[1] - 7, wall[2]];
  assert.ok(at(healthy.volume, spot) > 110);
  assert.ok(at(eaten.volume, spot) < 90);
});

test('MR: a sagittal volume whose affine puts the landmarks between dark endplates', () => {
  const { volume, truth } = makeMrPhantom({ ...SMALL, columns: 160, rows: 160, weighting: 'T1', slices: 7, noiseHu: 4 });
  assert.equal(volume.quantity, 'signal');
  const [, , apart = 0, x0 = 0, mm = 1, , , y0 = 0, , down = 0, , top = 0] = volume.affine;
  const signal = ([x, y, z]: PointLps): number => {
    const [i, j, k] = [Math.round((y - y0) / mm), Math.round((z - top) / down), Math.round((x - x0) / apart)];
    return volume.values[(k * volume.rows + j) * volume.columns + i] ?? Number.NaN;
  };
  for (const { level, landmarksLps, heights } of truth.vertebrae.filter((one) => one.wholeInView)) {
    const along = (at: number): number => signal(between(landmarksLps.MS, landmarksLps.MI, at / heights.middle));
    const marrow = along(heights.middle * 0.3);
    assert.ok(Math.min(along(0), along(0.6), along(1.2)) < 0.75 * marrow, `${level}: a dark line at the superior endplate`);
  }
});

test('X-ray: anterior to the left, superior up, bone bright at the landmarks', () => {
  const { picture, truth, pictureLandmarks } = makeXrayPhantom({ ...SMALL, columns: 200, from: 'T12', to: 'L2', noiseHu: 4 });
  assert.equal(picture.magnified, true);
  const value = ([column, row]: readonly [number, number]): number =>
    picture.values[Math.round(row) * picture.columns + Math.round(column)] ?? Number.NaN;
  for (const { level } of truth.vertebrae.filter((one) => one.wholeInView)) {
    const p = pictureLandmarks(level);
    assert.ok(p.AS[0] < p.PS[0], 'anterior is left');
    assert.ok(p.MS[1] < p.MI[1], 'superior is up');
    const middle: [number, number] = [(p.MS[0] + p.MI[0]) / 2, (p.MS[1] + p.MI[1]) / 2];
    const disc: [number, number] = [p.MI[0], p.MI[1] + 4];
    const line = Math.max(value([p.MI[0], p.MI[1] - 1]), value(p.MI));
    assert.ok(line > (value(middle) + value(disc)) / 2, `${level}: the inferior endplate is a bright line`);
  }
});
