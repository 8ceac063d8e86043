/** Loss against tables, neighbours and the person's own bodies; grades and their probability at each boundary. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LEVELS, type Level, type Sex } from '#src/case/vertebra.ts';
import type { BodyHeights } from '#src/measure/body-heights.ts';
import { genantGrade, gradeProbabilities, gradeText } from '#src/rules/genant-grade.ts';
import { heightLoss, type LevelHeights } from '#src/rules/height-loss.ts';
import { normalAnteriorRatio, normalMiddleRatio } from '#src/rules/normal-shape.ts';
import { NORMAL_POSTERIOR_MM } from '#src/rules/thresholds.ts';

/** An intact body exactly as the tables say, `size` times larger, with front, middle and back cut by shares. */
function asTable(level: Level, sex: Sex, cut: { front?: number; middle?: number; back?: number } = {}, size = 1): LevelHeights {
  const posterior = NORMAL_POSTERIOR_MM[level] * size;
  const heights: BodyHeights = {
    anterior: posterior * normalAnteriorRatio(level, sex) * (1 - (cut.front ?? 0)),
    middle: posterior * normalMiddleRatio(level, sex) * (1 - (cut.middle ?? 0)),
    posterior: posterior * (1 - (cut.back ?? 0)),
    anteriorSd: 0.7,
    middleSd: 0.7,
    posteriorSd: 0.7,
    superiorDepth: 0.7,
    inferiorDepth: 1.5,
    superiorDepths: [0.5, 0.7, 0.5],
    inferiorDepths: [1.1, 1.5, 1.1],
    depth: 30,
    wedgeDegrees: 3,
  };
  return { level, heights };
}

const SPINE: readonly Level[] = ['T7', 'T8', 'T9', 'T10', 'T11', 'T12', 'L1', 'L2', 'L3'];
const healthy = (sex: Sex, size = 1): LevelHeights[] => SPINE.map((level) => asTable(level, sex, {}, size));
const withOne = (sex: Sex, level: Level, cut: { front?: number; middle?: number; back?: number }): LevelHeights[] =>
  healthy(sex).map((body) => (body.level === level ? asTable(level, sex, cut) : body));

test('an intact spine has no loss at any level, for either sex and any size of person', () => {
  for (const sex of ['female', 'male'] as const) {
    for (const size of [0.85, 1, 1.2]) {
      const all = healthy(sex, size);
      for (const body of all) assert.ok(heightLoss(body, all, sex).loss.percent < 1e-6, `${sex} ${body.level}`);
    }
  }
});

test('physiological wedging of T11 in a man is 14 % raw and no adjusted loss', () => {
  const all = healthy('male');
  const { loss } = heightLoss(all.find((body) => body.level === 'T11')!, all, 'male');
  assert.ok(loss.raw > 13 && loss.percent < 1);
});

test('a wedge, a biconcave and a crush fracture are told with their loss and shape', () => {
  const cases = [
    { cut: { front: 0.3, middle: 0.15 }, shape: 'wedge', percent: 30 },
    { cut: { middle: 0.28 }, shape: 'biconcave', percent: 28 },
    { cut: { front: 0.45, middle: 0.45, back: 0.45 }, shape: 'crush', percent: 45 },
  ] as const;
  for (const level of ['T8', 'T12', 'L2'] as const) {
    for (const { cut, shape, percent } of cases) {
      const all = withOne('female', level, cut);
      const result = heightLoss(all.find((body) => body.level === level)!, all, 'female');
      assert.equal(result.shape, shape, level);
      assert.ok(Math.abs(result.loss.percent - percent) < 3, `${level} ${shape}: ${result.loss.percent}`);
    }
  }
});

test('broken neighbours do not hide a fracture and do not make one', () => {
  const broken = { front: 0.35, middle: 0.2 };
  const all = healthy('female').map((body) => (['T11', 'T12', 'L1'].includes(body.level) ? asTable(body.level, 'female', broken) : body));
  for (const body of all) {
    const { loss } = heightLoss(body, all, 'female');
    if (['T11', 'T12', 'L1'].includes(body.level)) assert.ok(loss.percent > 28, `${body.level} ${loss.percent}`);
    else assert.ok(loss.percent < 10, `${body.level} ${loss.percent}`);
  }
});

test('a person whose bodies are all a little flat-fronted is not called broken, but a person in whom all are crushed in front is', () => {
  const mild = healthy('female').map((body) => asTable(body.level, 'female', { front: 0.05 }));
  assert.ok(mild.every((body) => heightLoss(body, mild, 'female').loss.percent < 5));
  const severe = healthy('female').map((body) => asTable(body.level, 'female', { front: 0.35, middle: 0.2 }));
  assert.ok(severe.every((body) => heightLoss(body, severe, 'female').loss.percent > 25));
});

test('more collapse never gives less loss', () => {
  const share = fc.double({ min: 0, max: 0.6, noNaN: true });
  fc.assert(
    fc.property(fc.constantFrom(...SPINE), share, share, (level, a, b) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)];
      const loss = (front: number): number => {
        const all = withOne('female', level, { front, middle: front / 2 });
        return heightLoss(all.find((body) => body.level === level)!, all, 'female').loss.percent;
      };
      assert.ok(loss(less) <= loss(more) + 1e-9);
    }),
  );
});

test('wider landmark errors give a wider loss', () => {
  const all = healthy('female');
  const body = all[3]!;
  const unsure = { ...body, heights: { ...body.heights, anteriorSd: 2, middleSd: 2, posteriorSd: 2 } };
  assert.ok(heightLoss(unsure, all, 'female').loss.sd > heightLoss(body, all, 'female').loss.sd);
});

test('every level has normal values that bone can have', () => {
  for (const level of LEVELS) {
    for (const sex of ['female', 'male', 'unknown'] as const) {
      assert.ok(normalAnteriorRatio(level, sex) > 0.8 && normalAnteriorRatio(level, sex) < 1.25);
      assert.ok(normalMiddleRatio(level, sex) > 0.75 && normalMiddleRatio(level, sex) < 1.05);
    }
  }
});

test('Genant’s boundaries: 20, 25 and 40 belong to the higher grade', () => {
  const table = [
    [0, 0],
    [19.99, 0],
    [20, 1],
    [24.99, 1],
    [25, 2],
    [39.99, 2],
    [40, 3],
    [100, 3],
  ] as const;
  for (const [percent, grade] of table) assert.equal(genantGrade(percent), grade, String(percent));
});

test('within three points of a boundary both grades are printed', () => {
  const table = [
    [10, '0'],
    [18, '0-1'],
    [21, '0-1'],
    [23, '1-2'],
    [26, '1-2'],
    [33, '2'],
    [38, '2-3'],
    [42, '2-3'],
    [43, '3'],
    [60, '3'],
  ] as const;
  for (const [percent, text] of table) assert.equal(gradeText(percent), text, String(percent));
});

test('probabilities fall from grade to grade, and are one half at the boundary', () => {
  assert.ok(Math.abs(gradeProbabilities(25, 6)[1] - 0.5) < 1e-6);
  assert.ok(Math.abs(gradeProbabilities(25 + 6 * 1.959964, 6)[1] - 0.975) < 1e-5);
  const percent = fc.double({ min: 0, max: 100, noNaN: true });
  fc.assert(
    fc.property(percent, fc.double({ min: 0.5, max: 20, noNaN: true }), (loss, sd) => {
      const [one, two, three] = gradeProbabilities(loss, sd);
      assert.ok(one >= two && two >= three && one <= 1 && three >= 0);
    }),
  );
});
