/** Names vertebrae by their order: forward-backward and Viterbi over T1..L6, S1 with the anchors that are in view. */
import { LEVELS, type Level } from '../case/vertebra.ts';

export const NAMES = [...LEVELS, 'L6', 'S1'] as const;
export type LevelName = (typeof NAMES)[number];
const L4 = NAMES.indexOf('L4');
const L5 = NAMES.indexOf('L5');
const L6 = NAMES.indexOf('L6');
const S1 = NAMES.indexOf('S1');
const T11 = NAMES.indexOf('T11');
const T12 = NAMES.indexOf('T12');
const L1 = NAMES.indexOf('L1');

/** What the network and the geometry say of one body. */
export interface LevelEvidence {
  /** Logits T1..T12, L1..L6, S1 (19). */
  readonly logits: readonly number[];
  /** Bodies that seem to be missing between this one and the one above (0 = none). */
  readonly missingAbove: number;
}

/** Index of the body next to an anchor, or null when the anchor is not in view. */
export interface Anchors {
  /** The lowest body above the sacrum. */
  readonly aboveSacrum: number | null;
  /** Each body's height above the middle of the last rib's heat, mm; null when no last rib is in view. */
  readonly aboveLastRibMm: readonly number[] | null;
}

export interface NamedLevel {
  readonly name: LevelName;
  readonly probability: number;
  /** The name, or "T12/L1?" when the posterior is below 0.90. */
  readonly text: string;
}

/** Below this posterior a name is printed with a question mark (design/model.md). */
export const SURE_NAME = 0.9;
/**
 * Transitional anatomy is 9-16 % of people, and the last rib is told weakly: a name that one anchor or none gives is never surer than this, so it is
 * printed with a question mark (reference/model.md 6.1).
 */
export const MOST_WITHOUT_ANCHOR = 0.88;
/**
 * Bodies of one picture are misread together (a large person looks like lower levels): all their logits count as so many independent ones, and
 * none more than half. Half a body: the detector knows sizes of few people, so an anchor must outweigh it.
 */
const INDEPENDENT_BODIES = 0.5;
const MOST_WEIGHT = 0.5;

const logSum = (values: readonly number[]): number => {
  const most = Math.max(...values);
  return most === -Infinity ? -Infinity : most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
};

/** log P(next level | this level) when `missing` bodies lie between. Four and six lumbar vertebrae are rare but possible. */
function logStep(from: number, to: number, missing: number): number {
  const expected = from + 1 + missing;
  // Everything below S1 is sacrum as well: several of its segments may be seen as bodies.
  if (from === S1) return to === S1 ? Math.log(0.9) : -Infinity;
  if (to <= from) return -Infinity;
  if (from === L5 && to === S1) return missing === 0 ? Math.log(0.95) : Math.log(0.02);
  if (from === L5 && to === L6) return Math.log(0.05);
  if (from === L6 && to === S1) return Math.log(0.95);
  if (from === L4 && to === S1 && missing === 0) return Math.log(0.03);
  // Eleven thoracic vertebrae.
  if (from === T11 && to === L1 && missing === 0) return Math.log(0.01);
  // Where the step is of normal length no body is missing; where it is long, their number may be misjudged by one.
  const off = Math.abs(to - expected);
  const [one, more] = missing === 0 ? [1e-4, 1e-7] : [0.05, 1e-4];
  return Math.log(off === 0 ? 0.96 : off === 1 ? one : more);
}

/**
 * How far T12 lies below the middle of the last rib's heat, mm: the heat smears upwards, over ribs that look alike. Measured with localizer 0.2:
 * 30 to 35 on phantoms, 19 on a real chest; the heat's own target is 4.
 */
const T12_BELOW_RIB_MM = 25;
const T12_RIB_SD_MM = 15;
/** A heat of no meaning would lie anywhere along this length. */
const ANYWHERE_MM = 400;

/** log of how much more probable this place is for T12 than any other place. */
function logRib(aboveRibMm: number): number {
  const z = (aboveRibMm + T12_BELOW_RIB_MM) / T12_RIB_SD_MM;
  return Math.max(-6, -0.5 * z * z - Math.log(T12_RIB_SD_MM * Math.sqrt(2 * Math.PI)) + Math.log(ANYWHERE_MM));
}

function logEmission(evidence: LevelEvidence, state: number, index: number, anchors: Anchors, weight: number): number {
  const norm = logSum(evidence.logits);
  let log = weight * Math.max(-8, evidence.logits[state]! - norm);
  // That six lumbar vertebrae are rare is said by the step to L6; where there are six, the sixth stands on the sacrum.
  if (anchors.aboveSacrum === index) log += Math.log(state === L5 || state === L6 ? 0.88 : state === L4 ? 0.06 : 1e-4);
  if (anchors.aboveSacrum !== null && index > anchors.aboveSacrum) log += Math.log(state === S1 ? 0.98 : 1e-3);
  if (anchors.aboveLastRibMm && state === T12) log += logRib(anchors.aboveLastRibMm[index]!);
  return log;
}

/** A doubt is told between levels this near: all evidence of one picture is weak, so farther ones keep a little probability that says nothing. */
const DOUBT_LEVELS = 2;

/** Two names joined for print, the more cranial first, then a question mark; no name is surer than `cap`. */
function textFor(posterior: readonly number[], best: number, cap: number): string {
  if (Math.min(cap, posterior[best]!) >= SURE_NAME) return NAMES[best]!;
  const near = NAMES.map((_, state) => state).filter((state) => state !== best && Math.abs(state - best) <= DOUBT_LEVELS);
  const second = near.reduce((a, b) => (posterior[b]! > posterior[a]! ? b : a));
  return `${NAMES[Math.min(best, second)]!}/${NAMES[Math.max(best, second)]!}?`;
}

/** Names for bodies ordered from cranial to caudal. The path is the most probable one; probabilities are the posteriors along it. */
export function nameLevels(bodies: readonly LevelEvidence[], anchors: Anchors): NamedLevel[] {
  if (bodies.length === 0) return [];
  const states = NAMES.map((_, state) => state);
  const weight = Math.min(MOST_WEIGHT, INDEPENDENT_BODIES / bodies.length);
  const emit = bodies.map((body, i) => states.map((state) => logEmission(body, state, i, anchors, weight)));
  const forward = [emit[0]!.map((log) => log)];
  const viterbi = [emit[0]!.map((log) => log)];
  const back: number[][] = [states.map(() => -1)];
  for (let i = 1; i < bodies.length; i++) {
    const missing = bodies[i]!.missingAbove;
    forward[i] = states.map((to) => emit[i]![to]! + logSum(states.map((from) => forward[i - 1]![from]! + logStep(from, to, missing))));
    back[i] = states.map((to) => {
      const price = (from: number): number => viterbi[i - 1]![from]! + logStep(from, to, missing);
      return states.reduce((best, from) => (price(from) > price(best) ? from : best), 0);
    });
    viterbi[i] = states.map((to) => emit[i]![to]! + viterbi[i - 1]![back[i]![to]!]! + logStep(back[i]![to]!, to, missing));
  }
  const backward: number[][] = [];
  backward[bodies.length - 1] = states.map(() => 0);
  for (let i = bodies.length - 2; i >= 0; i--) {
    const missing = bodies[i + 1]!.missingAbove;
    backward[i] = states.map((from) => logSum(states.map((to) => logStep(from, to, missing) + emit[i + 1]![to]! + backward[i + 1]![to]!)));
  }
  const last = viterbi.at(-1)!;
  let state = last.reduce((best, value, at) => (value > last[best]! ? at : best), 0);
  const cap = anchors.aboveSacrum !== null && anchors.aboveLastRibMm !== null ? 1 : MOST_WITHOUT_ANCHOR;
  const named: NamedLevel[] = [];
  for (let i = bodies.length - 1; i >= 0; i--) {
    const logs = states.map((at) => forward[i]![at]! + backward[i]![at]!);
    const norm = logSum(logs);
    const posterior = logs.map((log) => Math.exp(log - norm));
    named[i] = { name: NAMES[state]!, probability: Math.min(cap, posterior[state]!), text: textFor(posterior, state, cap) };
    state = back[i]![state]!;
  }
  return named;
}

/** T1 to L5 only: L6 and S1 are named so that the order holds, but never graded. */
export function isGradedLevel(name: LevelName): name is Level {
  return (LEVELS as readonly string[]).includes(name);
}
