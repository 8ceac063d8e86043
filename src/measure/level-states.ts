/** The names that the order of the spine knows, and the states of the chain that stand for them. */
import { LEVELS } from '../case/vertebra.ts';

/** The detector's classes, in order. */
export const CLASSES = [...LEVELS, 'L6', 'S1'] as const;
/** Two cervical bodies stand above: the detector has no class for them and rarely sees them, but they must not take the name T1. */
export const NAMES = ['C6', 'C7', ...CLASSES] as const;
export type LevelName = (typeof NAMES)[number];

/** Index of a name. */
export const stateOf = (name: LevelName): number => NAMES.indexOf(name);
const S1 = stateOf('S1');
/** A segment of the sacrum below the first: a state of its own, printed as S1. */
export const BELOW_S1 = NAMES.length;
export const STATES: readonly number[] = [...NAMES.keys(), BELOW_S1];
/** The state whose name a state is printed with. */
export const printedAs = (state: number): number => Math.min(state, S1);
/** The detector's class that is nearest to a state. */
export const classOf = (state: number): number => Math.max(0, printedAs(state) - stateOf('T1'));
