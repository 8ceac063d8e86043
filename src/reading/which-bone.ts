/** Looks left and right of a fracture for the bone that it is of. */
import type { Bone, BoneMention } from './anatomy.ts';
import { BETWEEN, BLOCKERS, KIND_WORDS, OTHER_KINDS, TOWARDS, VERTEBRAL_KINDS } from './fracture-words.ts';
import type { Token } from './tokens.ts';

/** Which bones were met on one side of a fracture. */
export interface Sides {
  readonly vertebral: boolean;
  readonly level: boolean;
  readonly other: boolean;
  readonly part: boolean;
}

export const NONE: Sides = { vertebral: false, level: false, other: false, part: false };
const add = (sides: Sides, bone: Bone): Sides => ({ ...sides, [bone]: true });
export const has = (sides: Sides): boolean => sides.vertebral || sides.level || sides.other || sides.part;

/** A vertebral body's, another bone's, or both. */
export interface Answer {
  readonly vertebral: boolean;
  readonly other: boolean;
}

/** Weighs the two sides: a level beside a rib or a transverse process only says where that is. */
export function weigh(left: Sides, right: Sides): Answer {
  const word = left.vertebral || right.vertebral;
  if ((left.part || right.part) && !word) return { vertebral: false, other: true };
  const otherAtLevel = left.other && !left.vertebral && !left.level && !right.vertebral;
  if (otherAtLevel) return { vertebral: false, other: true };
  return { vertebral: word || left.level || right.level, other: left.other || right.other };
}

/** The sentence [first, end), the bones named in it, and at which tokens fractures stand. */
export interface FractureScene {
  readonly tokens: readonly Token[];
  readonly first: number;
  readonly end: number;
  readonly boneAt: ReadonlyMap<number, BoneMention>;
  readonly boneEndingAt: ReadonlyMap<number, BoneMention>;
  readonly heads: ReadonlySet<number>;
}

/** Bones and kinds in front of the head: "rib or vertebral compression fracture". Also tells where the phrase begins. */
export function lookLeft(scene: FractureScene, head: number): { readonly sides: Sides; readonly kinds: Sides; readonly first: number } {
  let sides = NONE;
  let kinds = NONE;
  let first = head;
  let crossedOr = false;
  for (let at = head; at > Math.max(scene.first, head - 16); ) {
    const bone = scene.boneEndingAt.get(at);
    if (bone !== undefined) {
      sides = add(sides, bone.bone);
      if (at === first) first = bone.first;
      at = bone.first;
      continue;
    }
    const text = (scene.tokens[at - 1] as Token).text;
    if (BLOCKERS.has(text) || scene.heads.has(at - 1)) break;
    if (text === ',' && !crossedOr) break;
    if (text === 'or' || text === 'and' || text === '/') crossedOr = true;
    if (VERTEBRAL_KINDS.has(text)) kinds = add(kinds, 'vertebral');
    if (OTHER_KINDS.has(text) || text === 'left' || text === 'right' || text === 'bilateral') kinds = add(kinds, 'other');
    if (KIND_WORDS.has(text) && at === first) first = at - 1;
    at -= 1;
  }
  while (first < head && (scene.tokens[first] as Token).kind === 'mark') first += 1;
  return { sides, kinds, first };
}

/** Bones after the head: "fractures of the ribs and L1", "fracture is noted at T12". */
export function lookRight(scene: FractureScene, last: number): Sides {
  // "a fractured pedicle screw": the bone follows at once and is the only one meant.
  const direct = scene.boneAt.get(last);
  const adjective = ['fractured', 'broken'].includes((scene.tokens[last - 1] as Token).text);
  if (direct !== undefined && adjective) return add(NONE, direct.bone);
  let at = last;
  while (at < Math.min(scene.end, last + 6) && BETWEEN.has((scene.tokens[at] as Token).text)) at += 1;
  if (at < scene.end && !TOWARDS.has((scene.tokens[at] as Token).text) && !scene.boneAt.has(at)) return NONE;
  let sides = NONE;
  const stop = Math.min(scene.end, at + 18);
  for (let next = at; next < stop; ) {
    const bone = scene.boneAt.get(next);
    if (bone !== undefined) {
      sides = add(sides, bone.bone);
      next = bone.last;
      continue;
    }
    const text = (scene.tokens[next] as Token).text;
    if (scene.heads.has(next) || (BLOCKERS.has(text) && !TOWARDS.has(text))) break;
    if ((text === ',' || text === 'and' || text === 'or') && headSoon(scene, next + 1)) break;
    if (text === ',' && !scene.boneAt.has(next + 1) && has(sides)) break;
    next += 1;
  }
  return sides;
}

/** Another fracture follows before any preposition: the bones up to it are its own. */
function headSoon(scene: FractureScene, from: number): boolean {
  for (let at = from; at < Math.min(scene.end, from + 9); at += 1) {
    if (scene.heads.has(at)) return true;
    if (BLOCKERS.has((scene.tokens[at] as Token).text)) return false;
  }
  return false;
}

/** The nearest bone elsewhere in the sentence, before the head first: "Ribs: old fractures." */
export function lookAround(scene: FractureScene, bones: readonly BoneMention[], head: number): Sides {
  let best: BoneMention | null = null;
  let bestDistance = Infinity;
  for (const bone of bones) {
    const distance = bone.last <= head ? head - bone.last : (bone.first - head) * 2;
    if (distance < bestDistance && !stopsBetween(scene, Math.min(bone.last, head), Math.max(bone.first, head))) {
      best = bone;
      bestDistance = distance;
    }
  }
  return best === null ? NONE : add(NONE, best.bone);
}

function stopsBetween(scene: FractureScene, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const text = (scene.tokens[at] as Token).text;
    if (text === ';' || text === 'but' || text === 'however') return true;
  }
  return false;
}

const BEFORE_HASH = new Set([
  'no',
  'nil',
  'any',
  'old',
  'new',
  'acute',
  'other',
  'further',
  'obvious',
  'definite',
  'healed',
  'previous',
  'vertebral',
  'osteoporotic',
  'fragility',
  '?',
]);

/** Is "#" a fracture here? Before or after a bone or a kind it is ("# NOF", "L1 #"); before a number it is not. */
export function isHash(scene: FractureScene, at: number): boolean {
  return (
    (BEFORE_HASH.has(scene.tokens[at - 1]?.text ?? '') && scene.tokens[at + 1]?.kind !== 'number') ||
    scene.boneAt.has(at + 1) ||
    scene.boneEndingAt.has(at) ||
    VERTEBRAL_KINDS.has(scene.tokens[at - 1]?.text ?? '') ||
    VERTEBRAL_KINDS.has(scene.tokens[at + 1]?.text ?? '')
  );
}
