/** What else could make this body look broken? Signs of mimics from the ten points (reference/model.md 4.5). */
import type { Level, MimicFlag } from '../case/vertebra.ts';
import type { BodyHeights } from '../measure/body-heights.ts';
import { MEASUREMENT } from './thresholds.ts';

export interface MimicEvidence {
  readonly level: Level;
  readonly heights: BodyHeights;
  readonly loss: { readonly anterior: number; readonly middle: number; readonly posterior: number };
  /** mm of one height unit; null: depths in mm cannot be told and focal signs are not looked for. */
  readonly mmPerUnit: number | null;
  /** mm between the front corners of this body and its neighbours; null when there is none. */
  readonly frontGapMm: number | null;
  /** Wedge of all bodies in order (degrees, and the adjusted loss in front), this one's index given. */
  readonly wedges: readonly { readonly degrees: number; readonly anteriorLoss: number }[];
  readonly index: number;
}

/** One inner point lies far deeper than the other two lead one to expect: a focal pit, not a collapse. */
function isFocal(depths: readonly [number, number, number], mm: number): boolean {
  const limit = MEASUREMENT.schmorlDepth.value;
  const expected = [Math.max(depths[2], 0.75 * depths[1]), Math.max(depths[0], depths[2]) / 0.75, Math.max(depths[0], 0.75 * depths[1])] as const;
  // A quarter point beside a deep middle belongs to the same bowl, so only the others may explain it.
  return depths.some((depth, i) => (depth - expected[i as 0 | 1 | 2]) * mm > limit);
}

/** The front corner has come off: the first inner point lies far outside the chord that starts at that corner. */
function isLimbus(depths: readonly [number, number, number], mm: number): boolean {
  return (depths[1] - depths[0]) * mm > MEASUREMENT.limbusStep.value && depths[0] * mm < -1;
}

/** L3-L5: the floor alone is hollow, deepest at the back. */
function isCupidsBow(level: Level, heights: BodyHeights, mm: number): boolean {
  if (level !== 'L3' && level !== 'L4' && level !== 'L5') return false;
  const [front, , back] = heights.inferiorDepths;
  return (back - front) * mm > MEASUREMENT.cupidsBowDepth.value && heights.superiorDepth * mm < 2.5;
}

/** Three adjacent bodies, this one among them, wedged by 5 degrees or more and beyond what is normal at their level. */
function isScheuermann(wedges: MimicEvidence['wedges'], index: number): boolean {
  const isWedged = (at: number): boolean => {
    const wedge = wedges[at];
    return wedge !== undefined && wedge.degrees >= MEASUREMENT.scheuermannWedge.value && wedge.anteriorLoss >= MEASUREMENT.scheuermannLoss.value;
  };
  return [index - 2, index - 1, index].some((start) => isWedged(start) && isWedged(start + 1) && isWedged(start + 2));
}

export function whichMimics(body: MimicEvidence): MimicFlag[] {
  const flags: MimicFlag[] = [];
  const { heights, mmPerUnit, loss } = body;
  if (mmPerUnit !== null) {
    if (isFocal(heights.superiorDepths, mmPerUnit) || isFocal(heights.inferiorDepths, mmPerUnit)) flags.push('schmorl-node');
    if (isLimbus(heights.superiorDepths, mmPerUnit)) flags.push('limbus');
    if (isCupidsBow(body.level, heights, mmPerUnit)) flags.push('cupids-bow');
    if (body.frontGapMm !== null && body.frontGapMm < MEASUREMENT.bridgingGap.value) flags.push('bridging');
  }
  if (isScheuermann(body.wedges, body.index)) flags.push('scheuermann-pattern');
  const isShort = loss.posterior >= MEASUREMENT.grade1Loss.value;
  const uneven = Math.max(loss.anterior, loss.middle) - loss.posterior;
  if (isShort && uneven < MEASUREMENT.shortVertebraEndplate.value) flags.push('short-vertebra');
  return flags;
}
