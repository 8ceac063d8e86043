/** Where a reader's six points of a vertebra stand at first. */
import { type AnnotatedVertebra, type Annotation, type Proposal, SIX_POINTS, type SixOnPicture } from '#src/case/annotation.ts';
import { LEVELS, type Level } from '#src/case/vertebra.ts';

export interface Marks {
  readonly proposal: Proposal;
  readonly mine: Annotation;
  readonly others: readonly { readonly vertebrae: readonly AnnotatedVertebra[] }[];
}

/** Usual distance from one body's middle to the next, and half of a body's usual depth and height, mm. */
const [PITCH_MM, HALF_DEPTH_MM, HALF_HEIGHT_MM] = [33, 15, 12];

/** The reader's own, else another reader's (adjudication), else the model's, else a box of usual size beside the nearest body. */
export function startingPoints({ proposal, mine, others }: Marks, level: Level): SixOnPicture {
  const marked = (vertebrae: readonly AnnotatedVertebra[]): SixOnPicture | null | undefined =>
    vertebrae.find((one) => one.study === proposal.study && one.level === level)?.points;
  const theirs = others.flatMap((one) => marked(one.vertebrae) ?? [])[0];
  return marked(mine.vertebrae) ?? theirs ?? proposal.bodies.find((one) => one.level === level)?.points ?? boxFor(proposal, level);
}

function boxFor(proposal: Proposal, level: Level): SixOnPicture {
  const perMm = 1 / (proposal.mmPerPixel ?? 1);
  const at = LEVELS.indexOf(level);
  const away = (other: Level): number => Math.abs(LEVELS.indexOf(other) - at);
  const near = proposal.bodies.toSorted((a, b) => away(a.level) - away(b.level))[0];
  const middle = (axis: 0 | 1): number => SIX_POINTS.reduce((sum, name) => sum + near!.points[name][axis], 0) / SIX_POINTS.length;
  const column = near ? middle(0) : proposal.columns / 2;
  const row = near ? middle(1) + PITCH_MM * perMm * (at - LEVELS.indexOf(near.level)) : proposal.rows / 2;
  const inside = Math.max(15, Math.min(proposal.rows - 15, row));
  const [x, y] = [HALF_DEPTH_MM * perMm, HALF_HEIGHT_MM * perMm];
  const corner = (dx: number, dy: number): readonly [number, number] => [column + dx, inside + dy];
  return { AS: corner(-x, -y), MS: corner(0, -y), PS: corner(x, -y), AI: corner(-x, y), MI: corner(0, y), PI: corner(x, y) };
}
