/** Names vertebrae by their order: forward-backward and Viterbi over T1..L6, S1 with the anchors that are in view. */
import { LEVELS, type Level } from '../case/vertebra.ts';
import { logHeight } from './body-size.ts';
import { type Anchors, anchorsAgree, logLastRib, logSacrum } from './level-anchors.ts';
import { BELOW_S1, classOf, type LevelName, NAMES, printedAs, STATES, stateOf } from './level-states.ts';

const L4 = stateOf('L4');
const L5 = stateOf('L5');
const L6 = stateOf('L6');
const S1 = stateOf('S1');
const C7 = stateOf('C7');
const T11 = stateOf('T11');
const L1 = stateOf('L1');

/** What the network and the geometry say of one body. */
export interface LevelEvidence {
  /** Logits T1..T12, L1..L6, S1 (19). */
  readonly logits: readonly number[];
  /** Bodies that seem to be missing between this one and the one above (0 = none). */
  readonly missingAbove: number;
  /** How much it looks like the sacrum: log likelihood ratio of S1 against a vertebra above it (sacralEvidence); 0 = not known. */
  readonly sacral: number;
  /** Height as the detector sees it; null where the picture has no millimetres. */
  readonly heightMm: number | null;
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
 * Transitional anatomy is 9-16 % of people, and the last rib is told weakly: a name is never surer than this, so it is printed with a question mark,
 * unless both anchors are in view and agree (reference/model.md 6.1).
 */
export const MOST_WITHOUT_ANCHOR = 0.88;
/**
 * Bodies of one picture are misread together (a large person looks like lower levels): all their logits count as half of an independent one, because
 * the detector knows sizes of few people and an anchor must outweigh it; all their heights count as one.
 */
const INDEPENDENT_BODIES = 0.5;

const logSum = (values: readonly number[]): number => {
  const most = Math.max(...values);
  return most === -Infinity ? -Infinity : most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
};

/** log P(next level | this level) when `missing` bodies lie between. Four and six lumbar vertebrae are rare but possible. */
function logStep(from: number, to: number, missing: number): number {
  const expected = from + 1 + missing;
  // Everything below S1 is sacrum as well: several of its segments may be seen as bodies.
  if (from >= S1 || to === BELOW_S1) return from >= S1 && to === BELOW_S1 ? Math.log(0.9) : -Infinity;
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

/** The detector was taught to pass cervical bodies over: it sees about one in seven. */
const CERVICAL_SEEN = Math.log(0.15);

function logEmission(evidence: LevelEvidence, state: number, index: number, anchors: Anchors, share: number): number {
  const norm = logSum(evidence.logits);
  let log = share * INDEPENDENT_BODIES * Math.max(-8, evidence.logits[classOf(state)]! - norm);
  log += share * logHeight(evidence.heightMm, state);
  if (state === BELOW_S1 && index === 0) return -Infinity;
  if (state === S1) log += evidence.sacral;
  // A lower segment may look like the first one, or like nothing: only the first one must.
  if (state === BELOW_S1) log += 0.5 * Math.max(0, evidence.sacral);
  if (state <= C7) log += CERVICAL_SEEN;
  if (anchors.aboveSacrumMm) log += logSacrum(anchors.aboveSacrumMm[index]!, state);
  if (anchors.aboveLastRibMm) log += logLastRib(anchors.aboveLastRibMm[index]!, state);
  return log;
}

/** A doubt is told between levels this near: all evidence of one picture is weak, so farther ones keep a little probability that says nothing. */
const DOUBT_LEVELS = 2;
/** Transitional anatomy shifts names by one: a level two away is told only when it is this much more probable than those beside. */
const BESIDE = 0.02;

/** Two names joined for print, the more cranial first, then a question mark; no name is surer than `cap`. */
function textFor(posterior: readonly number[], best: number, cap: number): string {
  if (Math.min(cap, posterior[best]!) >= SURE_NAME) return NAMES[best]!;
  const near = [...NAMES.keys()].filter((state) => state !== best && Math.abs(state - best) <= DOUBT_LEVELS);
  const weight = (state: number): number => posterior[state]! + (Math.abs(state - best) === 1 ? BESIDE : 0);
  const second = near.reduce((a, b) => (weight(b) > weight(a) ? b : a));
  return `${NAMES[Math.min(best, second)]!}/${NAMES[Math.max(best, second)]!}?`;
}

/** Names for bodies ordered from cranial to caudal. The path is the most probable one; probabilities are the posteriors along it. */
export function nameLevels(bodies: readonly LevelEvidence[], anchors: Anchors): NamedLevel[] {
  if (bodies.length === 0) return [];
  const emit = bodies.map((body, i) => STATES.map((state) => logEmission(body, state, i, anchors, 1 / bodies.length)));
  const forward = [emit[0]!.map((log) => log)];
  const viterbi = [emit[0]!.map((log) => log)];
  const back: number[][] = [STATES.map(() => -1)];
  for (let i = 1; i < bodies.length; i++) {
    const missing = bodies[i]!.missingAbove;
    forward[i] = STATES.map((to) => emit[i]![to]! + logSum(STATES.map((from) => forward[i - 1]![from]! + logStep(from, to, missing))));
    back[i] = STATES.map((to) => {
      const price = (from: number): number => viterbi[i - 1]![from]! + logStep(from, to, missing);
      return STATES.reduce((best, from) => (price(from) > price(best) ? from : best), 0);
    });
    viterbi[i] = STATES.map((to) => emit[i]![to]! + viterbi[i - 1]![back[i]![to]!]! + logStep(back[i]![to]!, to, missing));
  }
  const backward: number[][] = [];
  backward[bodies.length - 1] = STATES.map(() => 0);
  for (let i = bodies.length - 2; i >= 0; i--) {
    const missing = bodies[i + 1]!.missingAbove;
    backward[i] = STATES.map((from) => logSum(STATES.map((to) => logStep(from, to, missing) + emit[i + 1]![to]! + backward[i + 1]![to]!)));
  }
  const last = viterbi.at(-1)!;
  const path = [last.reduce((best, value, at) => (value > last[best]! ? at : best), 0)];
  for (let i = bodies.length - 1; i > 0; i--) path.unshift(back[i]![path[0]!]!);
  const cap = anchorsAgree(path, anchors) ? 1 : MOST_WITHOUT_ANCHOR;
  return path.map((state, i) => {
    const logs = STATES.map((at) => forward[i]![at]! + backward[i]![at]!);
    const norm = logSum(logs);
    const each = logs.map((log) => Math.exp(log - norm));
    const posterior = NAMES.map((_, at) => each[at]! + (at === S1 ? each[BELOW_S1]! : 0));
    const at = printedAs(state);
    return { name: NAMES[at]!, probability: Math.min(cap, posterior[at]!), text: textFor(posterior, at, cap) };
  });
}

/** T1 to L5 only: L6 and S1 are named so that the order holds, but never graded. */
export function isGradedLevel(name: LevelName): name is Level {
  return (LEVELS as readonly string[]).includes(name);
}
