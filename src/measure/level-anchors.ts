/**
 * What the localizer's sacrum and last rib say of each body's name: how much more probable its height above them is for one name than for any place
 * along the spine. Means and spreads were measured on generated phantoms of other seeds than those of the model's card (training/EXPERIMENTS.md, 27).
 */
import { stateOf } from './level-states.ts';

/** Heights of all bodies above an anchor, mm; null when the anchor is not in view. */
export interface Anchors {
  readonly aboveSacrumMm: readonly number[] | null;
  /** Above the lower edge of the last rib's heat. */
  readonly aboveLastRibMm: readonly number[] | null;
}

const L4 = stateOf('L4');
const L5 = stateOf('L5');
const L6 = stateOf('L6');
const S1 = stateOf('S1');
const T12 = stateOf('T12');

/** Heat of no meaning would lie anywhere along this length. */
const ANYWHERE_MM = 400;
const likelier = (mm: number, mean: number, sd: number): number =>
  (ANYWHERE_MM * Math.exp(-0.5 * ((mm - mean) / sd) ** 2)) / (sd * Math.sqrt(2 * Math.PI));

/** The anchor means nothing (heat in the wrong place) in so many pictures: no place is impossible. */
const MEANINGLESS = 0.03;
const mixed = (value: number): number => Math.log(MEANINGLESS + (1 - MEANINGLESS) * value);

/** The centre of the body that stands on the sacrum lies so far above the heat's top; measured 27, sd 7, and -5, sd 6, for S1. */
const ON_SACRUM_MM = 27;
const onSacrum = (mm: number): number => likelier(mm, ON_SACRUM_MM, 9);
const secondAboveSacrum = (mm: number): number => likelier(mm, 63, 12);
const firstOfSacrum = (mm: number): number => likelier(mm, -5, 8);
/** Above this height stands none of the two lowest lumbar bodies, below 10 mm none but the sacrum itself. */
const ABOVE_BOTH_MM = 75;
const WITHIN_SACRUM_MM = 10;

/** That four or six lumbar vertebrae are rare is said by the steps of the order; here it only counts for a chain that ends above the sacrum. */
export function logSacrum(mm: number, state: number): number {
  if (state === S1) return mixed(firstOfSacrum(mm));
  if (state > S1) return mixed(mm < WITHIN_SACRUM_MM ? 1 : 0);
  if (state === L6) return mixed(onSacrum(mm));
  if (state === L5) return mixed(0.9 * onSacrum(mm) + 0.1 * secondAboveSacrum(mm));
  if (state === L4) return mixed(0.1 * onSacrum(mm) + 0.9 * secondAboveSacrum(mm));
  return mixed(mm > ABOVE_BOTH_MM ? 1 : 0);
}

/** T12 against the lower edge of the heat: measured 4 to 8 mm above it, sd 5 to 6; a real chest is not a phantom. */
const T12_ABOVE_RIB_MM = 5;
const T12_SD_MM = 8;

export function logLastRib(mm: number, state: number): number {
  return state === T12 ? mixed(likelier(mm, T12_ABOVE_RIB_MM, T12_SD_MM)) : 0;
}

/** Half of the way to the next body, less a little: nearer than this the anchor means this body and no other. */
const AGREES_MM = 14;

/** Both anchors are in view, and the named chain puts its lowest lumbar body on the sacrum and its T12 beside the last rib. */
export function anchorsAgree(states: readonly number[], { aboveSacrumMm, aboveLastRibMm }: Anchors): boolean {
  const lowest = states.findLastIndex((state) => state < S1);
  const t12 = states.indexOf(T12);
  if (!aboveSacrumMm || !aboveLastRibMm || lowest < 0 || t12 < 0) return false;
  return Math.abs(aboveSacrumMm[lowest]! - ON_SACRUM_MM) <= AGREES_MM && Math.abs(aboveLastRibMm[t12]! - T12_ABOVE_RIB_MM) <= AGREES_MM;
}
