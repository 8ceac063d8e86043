/** From the detector's maps to a chain of vertebral bodies, ordered from cranial to caudal. */

export const STRIDE = 4;
export const LEVEL_CLASSES = 19;

/** The detector's tensors for one picture, `cells` = (columns / 4) x (rows / 4), row by row. */
export interface DetectorMaps {
  readonly cellColumns: number;
  readonly cellRows: number;
  readonly centre: Float32Array;
  /** Five planes: column offset, row offset (px from the cell's centre), AP depth px, mid height px, tilt rad. */
  readonly geometry: Float32Array;
  /** 19 planes of logits: T1..T12, L1..L6, S1. */
  readonly level: Float32Array;
  readonly complete: Float32Array;
}

export interface BodyCandidate {
  readonly column: number;
  readonly row: number;
  readonly depthPx: number;
  readonly heightPx: number;
  readonly tiltRad: number;
  readonly score: number;
  readonly levelLogits: readonly number[];
  readonly complete: number;
}

const MIN_SCORE = 0.2;
/** Neighbouring centres closer than this share of the taller one's height are one body seen twice. */
const MIN_STEP = 0.8;
/** A step longer than this many mean heights has a body missing between. */
const LONG_STEP = 1.9;

function isPeak(maps: DetectorMaps, column: number, row: number): boolean {
  const { centre, cellColumns, cellRows } = maps;
  const here = centre[row * cellColumns + column]!;
  if (!(here >= MIN_SCORE)) return false;
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const [x, y] = [column + dx, row + dy];
      if ((dx === 0 && dy === 0) || x < 0 || y < 0 || x >= cellColumns || y >= cellRows) continue;
      const other = centre[y * cellColumns + x]!;
      if (other > here || (other === here && (dy < 0 || (dy === 0 && dx < 0)))) return false;
    }
  }
  return true;
}

/** Local maxima of the centre map with what the other maps say there. */
export function candidatesFrom(maps: DetectorMaps): BodyCandidate[] {
  const { cellColumns, cellRows } = maps;
  const cells = cellColumns * cellRows;
  const found: BodyCandidate[] = [];
  for (let row = 0; row < cellRows; row++) {
    for (let column = 0; column < cellColumns; column++) {
      if (!isPeak(maps, column, row)) continue;
      const at = row * cellColumns + column;
      const geometry = (plane: number): number => maps.geometry[plane * cells + at]!;
      found.push({
        column: column * STRIDE + 1.5 + geometry(0),
        row: row * STRIDE + 1.5 + geometry(1),
        depthPx: geometry(2),
        heightPx: geometry(3),
        tiltRad: geometry(4),
        score: maps.centre[at]!,
        levelLogits: Array.from({ length: LEVEL_CLASSES }, (_, plane) => maps.level[plane * cells + at]!),
        complete: maps.complete[at]!,
      });
    }
  }
  return found.sort((a, b) => a.row - b.row);
}

/** Price of going from one body to the next: impossible when they overlap, dear when the line jumps sideways or a body is left out. */
function stepPrice(above: BodyCandidate, below: BodyCandidate): number {
  const height = Math.max(6, (above.heightPx + below.heightPx) / 2);
  const distance = Math.hypot(below.column - above.column, below.row - above.row);
  // The taller of the two counts: a disc taken for a body lies half a step from its neighbours, a crushed body does not.
  if (below.row <= above.row || distance < MIN_STEP * Math.max(above.heightPx, below.heightPx, 8)) return Infinity;
  const sideways = Math.abs(below.column - above.column) / distance;
  const missing = Math.max(0, Math.round(distance / (1.28 * height)) - 1);
  const jump = sideways > 0.85 ? 1.5 : 0;
  return jump + (distance > LONG_STEP * height ? 0.35 * Math.min(4, missing) : 0);
}

/**
 * Non-maximum suppression by the order of the spine: the chain with the largest sum of evidence in which bodies follow one another
 * without overlap. `minScore` is where a candidate counts for nothing.
 */
export function chainBodies(candidates: readonly BodyCandidate[], minScore = 0.3): BodyCandidate[] {
  const gain = candidates.map((candidate) => (candidate.score - minScore) / (1 - minScore));
  const total: number[] = [];
  const before: number[] = [];
  candidates.forEach((candidate, i) => {
    total[i] = gain[i]!;
    before[i] = -1;
    for (let j = 0; j < i; j++) {
      const sum = total[j]! + gain[i]! - stepPrice(candidates[j]!, candidate);
      if (sum > total[i]!) [total[i], before[i]] = [sum, j];
    }
  });
  let at = total.reduce((best, sum, i) => (best < 0 || sum > total[best]! ? i : best), -1);
  const chain: BodyCandidate[] = [];
  while (at >= 0) {
    chain.push(candidates[at]!);
    at = before[at]!;
  }
  return chain.reverse().filter((candidate) => candidate.score >= minScore);
}
