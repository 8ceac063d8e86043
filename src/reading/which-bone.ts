/** Looks left and right of a fracture for the bone that it is of. */

import type { Bone, BoneMention } from './anatomy.ts';
import { BETWEEN, BLOCKERS, KIND_WORDS, OTHER_KINDS, TOWARDS, VERTEBRAL_KINDS } from './fracture-words.ts';
import type { Match } from './phrase-book.ts';
import { MARK, NUMBER, type Tokens } from './tokens.ts';
import { WordSet } from './word-set.ts';

/** Which bones were met on one side of a fracture. */
export interface Sides {
  readonly vertebral: boolean;
  readonly level: boolean;
  readonly other: boolean;
  readonly part: boolean;
}

export const NONE: Sides = { vertebral: false, level: false, other: false, part: false };
const add = (sides: Sides, bone: Bone): Sides => ({
  vertebral: sides.vertebral || bone === 'vertebral',
  level: sides.level || bone === 'level',
  other: sides.other || bone === 'other',
  part: sides.part || bone === 'part',
});
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
  readonly tokens: Tokens;
  readonly first: number;
  readonly end: number;
  readonly bones: readonly BoneMention[];
  readonly heads: readonly Match<string>[];
}

function lastOf(bones: readonly BoneMention[], edge: 'first' | 'last', at: number): BoneMention | undefined {
  for (let index = bones.length - 1; index >= 0; index -= 1) if (bones[index]?.[edge] === at) return bones[index];
  return undefined;
}

/** The bone that begins at a token. Sentences name few: a look along the list is quicker than a table. */
const boneAt = ({ bones }: FractureScene, at: number): BoneMention | undefined => lastOf(bones, 'first', at);
const boneEndingAt = ({ bones }: FractureScene, at: number): BoneMention | undefined => lastOf(bones, 'last', at);
const isHead = ({ heads }: FractureScene, at: number): boolean => heads.some((head) => head.first <= at && at < head.last && head.meaning !== 'none');

/** Bones and kinds in front of the head: "rib or vertebral compression fracture". Also tells where the phrase begins. */
export function lookLeft(scene: FractureScene, head: number): { readonly sides: Sides; readonly kinds: Sides; readonly first: number } {
  let sides = NONE;
  let kinds = NONE;
  let first = head;
  let crossedOr = false;
  for (let at = head; at > Math.max(scene.first, head - 16); ) {
    const bone = boneEndingAt(scene, at);
    if (bone !== undefined) {
      sides = add(sides, bone.bone);
      if (at === first) first = bone.first;
      at = bone.first;
      continue;
    }
    const text = scene.tokens.text[at - 1] as string;
    if (BLOCKERS.holds(scene.tokens, at - 1) || isHead(scene, at - 1)) break;
    // "Of the fifth rib and a wedge fracture": the article begins the fracture's own phrase.
    if ((text === ',' && !crossedOr) || ARTICLES.holds(scene.tokens, at - 1)) break;
    if (text === 'or' || text === 'and' || text === '/') crossedOr = true;
    if (VERTEBRAL_KINDS.holds(scene.tokens, at - 1)) kinds = add(kinds, 'vertebral');
    if (OTHER_KINDS.holds(scene.tokens, at - 1) || text === 'left' || text === 'right' || text === 'bilateral') kinds = add(kinds, 'other');
    if (KIND_WORDS.holds(scene.tokens, at - 1) && at === first) first = at - 1;
    at -= 1;
  }
  while (first < head && scene.tokens.kind[first] === MARK) first += 1;
  return { sides, kinds, first };
}

const ARTICLES = new WordSet(['a', 'an', 'another']);
const COPULAS = new WordSet(['is', 'are', 'was', 'were', 'be', 'been', 'appears', 'appear', 'appeared', 'looks', 'remains', 'remain']);
const BEFORE_PREDICATE = new WordSet([
  'not',
  'also',
  'acutely',
  'newly',
  'minimally',
  'mildly',
  'likely',
  'probably',
  'possibly',
  'again',
  'both',
  'to',
]);

/** What is said to be fractured: "the transverse process of L2 is fractured", "the left hip was not broken". */
export function lookAtSubject(scene: FractureScene, head: number): Sides {
  const { tokens, first } = scene;
  if (tokens.text[head] !== 'fractured' && tokens.text[head] !== 'broken') return NONE;
  let at = head;
  while (at > first && at > head - 4 && (BEFORE_PREDICATE.holds(tokens, at - 1) || COPULAS.holds(tokens, at - 1))) at -= 1;
  const isPredicate = tokens.text.slice(at, head).some((_, index) => COPULAS.holds(tokens, at + index));
  if (!isPredicate) return NONE;
  let sides = NONE;
  for (const least = Math.max(first, at - 16); at > least; ) {
    const bone = boneEndingAt(scene, at);
    if (bone !== undefined) sides = add(sides, bone.bone);
    else if (isHead(scene, at - 1) || (BLOCKERS.holds(tokens, at - 1) && !TOWARDS.holds(tokens, at - 1))) break;
    at = bone?.first ?? at - 1;
  }
  return sides;
}

const SIDES = new WordSet(['left', 'right', 'both', 'bilateral', 'sided', 'the']);

/** "Fractured left L3 lamina": the bones that follow each other are one thing's names. */
function bonesInARow(scene: FractureScene, from: number): Sides {
  let sides = NONE;
  for (let bone = boneAt(scene, from); bone !== undefined; bone = boneAt(scene, bone.last)) sides = add(sides, bone.bone);
  return sides;
}

/** Bones after the head: "fractures of the ribs and L1", "fracture is noted at T12". */
export function lookRight(scene: FractureScene, last: number): Sides {
  // "a fractured pedicle screw": the bone follows at once and is the only one meant.
  const direct = boneAt(scene, last);
  const adjective = ['fractured', 'broken'].includes(scene.tokens.text[last - 1] as string);
  if (direct !== undefined && adjective) return add(NONE, direct.bone);
  if (adjective && SIDES.holds(scene.tokens, last)) return bonesInARow(scene, last + 1);
  let at = last;
  while (at < Math.min(scene.end, last + 6) && BETWEEN.holds(scene.tokens, at)) at += 1;
  if (scene.tokens.text[at] === ',' && (boneAt(scene, at + 1)?.bone ?? 'part') === 'part') return NONE;
  if (at < scene.end && !TOWARDS.holds(scene.tokens, at) && boneAt(scene, at) === undefined) return NONE;
  let sides = NONE;
  const stop = Math.min(scene.end, at + 18);
  for (let next = at; next < stop; ) {
    const bone = boneAt(scene, next);
    if (bone !== undefined) {
      if (!(sides.other && isPlaceOnly(scene, bone))) sides = add(sides, bone.bone);
      next = bone.last;
      continue;
    }
    const text = scene.tokens.text[next] as string;
    if (isHead(scene, next) || (BLOCKERS.holds(scene.tokens, next) && !TOWARDS.holds(scene.tokens, next))) break;
    if ((text === ',' || text === 'and' || text === 'or') && headSoon(scene, next + 1)) break;
    if (text === ',' && boneAt(scene, next + 1) === undefined && has(sides)) break;
    next += 1;
  }
  return sides;
}

/** "The first rib at the level of T1": the level says where the other bone is. */
const isPlaceOnly = ({ tokens }: FractureScene, bone: BoneMention): boolean =>
  bone.bone === 'level' && tokens.text[bone.first - 1] === 'of' && tokens.text[bone.first - 2] === 'level';

/** Another fracture follows before any preposition: the bones up to it are its own. */
function headSoon(scene: FractureScene, from: number): boolean {
  for (let at = from; at < Math.min(scene.end, from + 9); at += 1) {
    if (isHead(scene, at)) return true;
    if (BLOCKERS.holds(scene.tokens, at)) return false;
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
    const text = scene.tokens.text[at] as string;
    if (text === ';' || text === 'but' || text === 'however') return true;
  }
  return false;
}

const BEFORE_HASH = new WordSet([
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
  'of',
  'o',
  '?',
]);

const AFTER_HASH = new WordSet(['seen', 'noted', 'present', 'identified', 'visible', 'demonstrated', 'evident']);

/** Is "#" a fracture here? Before or after a bone or a kind it is ("# NOF", "L1 #"); before a number it is not. */
export function isHash(scene: FractureScene, at: number): boolean {
  return (
    (BEFORE_HASH.holds(scene.tokens, at - 1) && scene.tokens.kind[at + 1] !== NUMBER) ||
    AFTER_HASH.holds(scene.tokens, at + 1) ||
    boneAt(scene, at + 1) !== undefined ||
    boneEndingAt(scene, at) !== undefined ||
    VERTEBRAL_KINDS.holds(scene.tokens, at - 1) ||
    VERTEBRAL_KINDS.holds(scene.tokens, at + 1)
  );
}
