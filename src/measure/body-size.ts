/** How well a body's height goes with a level: a lumbar body of 26 mm is no T5, whatever the detector says (posterior heights, reference/model.md 4.1). */
import { classOf } from './level-states.ts';

/** T1..T12, L1..L6, S1; mm. */
const HEIGHT_MM = [14.1, 15.6, 15.7, 16.2, 16.2, 17.4, 18.2, 18.7, 19.3, 20.2, 21.3, 22.7, 23.8, 24.3, 23.8, 24.1, 22.9, 22.9, 24] as const;
/** The detector reads bodies this much taller than the table, over women and men. */
const SCALE = 1.06;
/** Spread of the logarithm: people differ by about 7 %, bodies of one person by as much, and a broken one by more. */
const SD = 0.12;
/** Beyond three standard deviations it is a broken body, not another level. */
const MOST_OFF = 3;

/** log P(height | level), without its constant; 0 where the picture has no millimetres. */
export function logHeight(heightMm: number | null, state: number): number {
  if (heightMm === null) return 0;
  const off = Math.log(Math.max(1, heightMm) / (SCALE * HEIGHT_MM[classOf(state)]!)) / SD;
  return -0.5 * Math.min(MOST_OFF, Math.abs(off)) ** 2;
}
