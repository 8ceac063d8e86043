/** How much height has a body lost? Against its own posterior wall, the tables of level and sex, and its neighbours. */
import type { HeightLoss, Level, Sex, Shape } from '../case/vertebra.ts';
import type { BodyHeights } from '../measure/body-heights.ts';
import { expectedPosterior, normalAnteriorRatio, normalMiddleRatio, ownFactor } from './normal-shape.ts';
import { MEASUREMENT } from './thresholds.ts';

export interface LevelHeights {
  readonly level: Level;
  readonly heights: BodyHeights;
}

export interface AdjustedLoss {
  readonly loss: HeightLoss;
  /** What the loss looks like; null below the first grade. */
  readonly shape: Shape;
}

/** How far the person's own bodies may move the table, as a factor: [broken-looking spine, flat endplates]. */
const ANTERIOR_LIMITS = [0.95, 1.08] as const;
const MIDDLE_LIMITS = [0.92, 1.16] as const;
/** Between these posterior losses the neighbours' height slowly replaces the body's own as the yardstick of front and middle, points. */
const NEIGHBOURS_FROM = 8;
const NEIGHBOURS_FULL = 16;

/** Loss in points with its sd from the landmarks (delta method) and from the spread of normal bodies. */
function lossOf(
  height: number,
  heightSd: number,
  reference: number,
  referenceSd: number,
  factor: number,
  normalSd: number,
): { points: number; sd: number } {
  const share = height / (reference * factor);
  const measured = share * Math.hypot(heightSd / height, referenceSd / reference);
  return { points: 100 * (1 - share), sd: 100 * Math.hypot(measured, normalSd) };
}

/** Losses of one body among all bodies of the study that can be evaluated. Heights may be in any unit, the same for all. */
export function heightLoss(body: LevelHeights, all: readonly LevelHeights[], sex: Sex): AdjustedLoss {
  const { level, heights } = body;
  const anteriorNormal =
    normalAnteriorRatio(level, sex) *
    ownFactor(
      level,
      all.map((b) => ownAnterior(b, sex)),
      ANTERIOR_LIMITS,
    );
  const middleNormal =
    normalMiddleRatio(level, sex) *
    ownFactor(
      level,
      all.map((b) => ownMiddle(b, sex)),
      MIDDLE_LIMITS,
    );
  const expected = expectedPosterior(
    level,
    all.map((b) => ({ level: b.level, posterior: b.heights.posterior })),
  );
  const normalSd = MEASUREMENT.normalRatioSd.value;
  const { posterior, posteriorSd } = heights;
  const back = lossOf(posterior, posteriorSd, expected ?? posterior, 0, 1, MEASUREMENT.posteriorProfileSd.value);
  const share = expected === null ? 0 : Math.max(0, Math.min(1, (back.points - NEIGHBOURS_FROM) / (NEIGHBOURS_FULL - NEIGHBOURS_FROM)));
  const yardstick = posterior + share * ((expected ?? posterior) - posterior);
  const front = lossOf(heights.anterior, heights.anteriorSd, yardstick, posteriorSd, anteriorNormal, normalSd);
  const middle = lossOf(heights.middle, heights.middleSd, yardstick, posteriorSd, middleNormal, normalSd);
  const worst = [front, middle, back].reduce((a, b) => (b.points > a.points ? b : a));
  const crushed = back.points >= MEASUREMENT.crushLoss.value;
  return {
    loss: {
      anterior: front.points,
      middle: middle.points,
      posterior: back.points,
      percent: Math.max(0, worst.points),
      raw: 100 * (1 - Math.min(heights.anterior, heights.middle) / posterior),
      sd: worst.sd,
    },
    shape: crushed ? 'crush' : front.points >= middle.points ? 'wedge' : 'biconcave',
  };
}

const ownAnterior = ({ level, heights }: LevelHeights, sex: Sex) => ({
  level,
  ratio: heights.anterior / heights.posterior / normalAnteriorRatio(level, sex),
});
const ownMiddle = ({ level, heights }: LevelHeights, sex: Sex) => ({
  level,
  ratio: heights.middle / heights.posterior / normalMiddleRatio(level, sex),
});
