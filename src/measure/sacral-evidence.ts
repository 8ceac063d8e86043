/**
 * How much each found body looks like the sacrum, from the detector alone: its word for S1, and the body's depth against those above it. The anchor
 * of pictures that no localizer sees (design/model.md, step 5 of the pipeline: names).
 */

export interface SacralClues {
  readonly depthPx: number;
  /** Logits T1..T12, L1..L6, S1 (19). */
  readonly levelLogits: readonly number[];
}

/**
 * A logistic regression over generated phantoms of other seeds than those of the model's card (training/EXPERIMENTS.md, 26): S1 of CT, MR and
 * X-ray against the bodies above it. The constant has the share of S1 in that set taken off, so that the sum is a log likelihood ratio.
 */
const PER_LOGIT = 0.85;
const PER_LOG_DEPTH = -15;
const CONSTANT = 4.2;
/** Phantoms are cleaner than patients: the evidence never counts for more than this. */
const MOST = 6;

/** Log odds of S1 among the level classes, kept from infinity. */
function logOddsOfS1(logits: readonly number[]): number {
  const most = Math.max(...logits);
  const rest = logits.slice(0, -1).reduce((sum, logit) => sum + Math.exp(logit - most), 0);
  return Math.max(-9, Math.min(9, logits.at(-1)! - most - Math.log(Math.max(1e-9, rest))));
}

/**
 * For each body from cranial to caudal: log P(clues | S1) - log P(clues | a vertebra above it). The first two bodies have too few above them to
 * compare with: nothing is said of them.
 */
export function sacralEvidence(bodies: readonly SacralClues[]): number[] {
  return bodies.map((body, i) => {
    if (i < 2) return 0;
    const above = (bodies[i - 1]!.depthPx + bodies[i - 2]!.depthPx) / 2;
    const depth = Math.log(Math.max(1, body.depthPx) / Math.max(1, above));
    const ratio = PER_LOGIT * logOddsOfS1(body.levelLogits) + PER_LOG_DEPTH * depth + CONSTANT;
    return Math.max(-MOST, Math.min(MOST, ratio));
  });
}
