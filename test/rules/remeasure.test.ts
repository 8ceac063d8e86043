/** Points moved by a person: the losses follow by the rules of measurement, and only for the vertebra that was moved. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Measured } from '#src/case/finding.ts';
import { remeasure } from '#src/rules/remeasure.ts';
import { picturedFinding } from '#test/web/invented-cases.ts';
import { SAMPLE_STUDIES } from '../../tools/samples/sample-studies.ts';

let finding: Measured;
before(async () => {
  const sample = SAMPLE_STUDIES[0];
  assert.ok(sample);
  const made = (await picturedFinding(sample.phantom)).finding;
  assert.equal(made.state, 'measured');
  finding = made as Measured;
});

const vertebra = (level: string) => {
  const found = finding.vertebrae.find((one) => one.level === level);
  assert.ok(found);
  return found;
};
const point = (level: string, name: string) => {
  const found = vertebra(level).landmarks.find((one) => one.name === name)?.picture;
  assert.ok(found);
  return found;
};

test('no point moved: the same loss within a point, the same grade and unit', () => {
  for (const level of ['T12', 'L2'] as const) {
    const again = remeasure(finding, level, {}, 'female');
    assert.ok(again?.loss && Math.abs(again.loss.percent - (vertebra(level).loss?.percent ?? Number.NaN)) < 1, level);
    assert.equal(again.grade, vertebra(level).grade);
    assert.equal(again.heights?.unit, 'mm');
  }
});

test('the front edge lowered: the anterior height falls by as many millimetres, and the grade rises', () => {
  const [column, row] = point('L2', 'AS');
  const again = remeasure(finding, 'L2', { AS: [column, row + 10] }, 'female');
  assert.ok(again?.heights && again.loss);
  assert.ok(Math.abs(again.heights.anterior - ((vertebra('L2').heights?.anterior ?? 0) - 10)) < 0.5);
  assert.equal(vertebra('L2').grade, 0);
  assert.ok((again.grade ?? 0) >= 2, `grade ${again.grade} of ${again.loss.percent} %`);
  assert.equal(again.shape, 'wedge');
});

test('a straightened picture bends: what was measured in the patient stays, although the picture shows other heights', () => {
  // The picture as it would look where its rows fan out over the body: the front taller by a fifth of its distance from the middle.
  const centre = vertebra('T12').centrePicture;
  const bent = (at: readonly [number, number]): readonly [number, number] => [
    at[0],
    centre[1] + (at[1] - centre[1]) * (1 - (at[0] - centre[0]) / 80),
  ];
  const landmarks = vertebra('T12').landmarks.map((one) => ({ ...one, picture: bent(one.picture) }));
  const fanned: Measured = { ...finding, vertebrae: finding.vertebrae.map((one) => (one.level === 'T12' ? { ...one, landmarks } : one)) };
  const again = remeasure(fanned, 'T12', {}, 'female');
  assert.ok(again?.loss && Math.abs(again.loss.percent - (vertebra('T12').loss?.percent ?? Number.NaN)) < 1, `${again?.loss?.percent}`);
  // A point that is moved moves in the patient as the picture is bent there.
  const [column, row] = landmarks.find((one) => one.name === 'AS')!.picture;
  const moved = remeasure(fanned, 'T12', { AS: [column, row + 2] }, 'female');
  const stretch = 1 - (column - centre[0]) / 80;
  assert.ok(Math.abs((again.heights?.anterior ?? 0) - (moved?.heights?.anterior ?? 0) - 2 / stretch) < 0.15);
});

test("on a film too: the picture is straightened, heights are the film's, in its unit", () => {
  const { picture, vertebrae } = finding;
  const half = vertebrae.map((one) => ({
    ...one,
    heights: one.heights && { ...one.heights, unit: 'magnified mm' as const },
    // The film shows every body at half the size, and the picture twice as tall as it is wide.
    landmarks: one.landmarks.map(({ name, sigma, picture: [x, y] }) => ({
      name,
      sigma,
      lps: null,
      picture: [x, 2 * y] as const,
      film: [x / 2, y / 2] as const,
    })),
  }));
  const filmed: Measured = { ...finding, vertebrae: half, picture: { ...picture, mmPerPixel: 1 } };
  const [still, moved] = [{}, { AS: [point('L2', 'AS')[0], 2 * point('L2', 'AS')[1] + 8] as const }].map((points) =>
    remeasure(filmed, 'L2', points, 'female'),
  );
  assert.ok(still?.heights && moved?.heights);
  assert.ok(Math.abs(still.heights.anterior - (vertebra('L2').heights?.anterior ?? 0) / 2) < 1, `${still.heights.anterior}`);
  assert.equal(still.heights.unit, 'magnified mm');
  assert.ok(Math.abs(still.heights.anterior - moved.heights.anterior - 2) < 0.2, 'eight rows of the picture are two of the film');
});

test('points that make no body, and a level that was not measured, give nothing', () => {
  const [column, row] = point('L2', 'AI');
  assert.equal(remeasure(finding, 'L2', { AS: [column, row] }, 'female'), null);
  assert.equal(remeasure(finding, 'T1', {}, 'female'), null);
});
