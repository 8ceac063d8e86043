/** Finds fractures in a sentence and whether each is one of a vertebral body (T1 to L5) or of another bone. */
import type { Bone, BoneMention } from './anatomy.ts';
import type { Mention } from './mention.ts';
import { list, phraseBook } from './phrase-book.ts';
import type { Token } from './tokens.ts';

/** What the words around a sentence say, when the sentence itself names no bone. */
export type Surroundings = 'vertebral' | 'other' | 'unknown';

const HEADS = phraseBook<'fracture' | 'vertebral' | 'other' | 'none'>([
  // Not fractures: services, risks, and words that only sound like it.
  [
    'none',
    list(`
  fracture
  (liaison|clinic|risk|service|prevention|protocol|precautions|precaution|table|unit|team|series|reduction|assessment|fixation|pathway);
  fracture risk assessment; fragility fracture (liaison|service|network|clinic|risk|prevention); fracture liaison (service|nurse|); major
  osteoporotic fracture (risk|probability); osteoporotic fracture risk; year fracture (risk|probability); (probability|risk) of (a |)(major |)osteoporotic (fracture|fractures); ejection fraction
`),
  ],
  [
    'vertebral',
    list(`
  vcf; vcfs; ovcf; ovcfs; vff; vffs; (vertebra|vertebrae) (plana|fracta); (compression|wedge|crush|vertebral)
  (fraction|factor|fractions); wedge (compression |)(fracture|fractures); chance (type |)(fracture|fractures); burst (type
  |)(fracture|fractures); burst
`),
  ],
  ['other', ['spondylolysis', 'hill sachs']],
  [
    'fracture',
    list(`
  fracture; fractures; fractured; fracturing; break; broken bone; broken bones; broken; #; insufficiency fracture; insufficiency fractures;
  pathological fracture; pathological fractures
`),
  ],
]);

/** Kinds of fracture that only a vertebral body has, unless another bone is named. */
const VERTEBRAL_KINDS = new Set(
  list(`
  compression; compressive; wedge; crush; burst; chance; biconcave; codfish; endplate; anterior-wedge; vertebral
`),
);
const OTHER_KINDS = new Set(
  list(`
  sided; stress; avulsion; spiral; greenstick; buckle; torus; comminuted; boxer; smith; barton; jones; lisfranc; weber; bony bankart
`),
);
const KIND_WORDS = new Set([
  ...VERTEBRAL_KINDS,
  'insufficiency',
  'fragility',
  'osteoporotic',
  'pathological',
  'low-energy',
  'benign',
  'malignant',
  'traumatic',
  'stress',
  'pincer',
  'split',
  'flexion',
  'distraction',
  'superior',
  'inferior',
  'anterior',
  'body',
  'bodies',
  'type',
  'plate',
  'end',
  '-',
  'osteoporosis',
  'related',
  'avulsion',
]);

const BLOCKERS = new Set([
  'of',
  'in',
  'at',
  'with',
  'without',
  'for',
  'from',
  'to',
  'by',
  'on',
  'due',
  'after',
  'since',
  'involving',
  'no',
  'not',
  'but',
  'is',
  'are',
  'was',
  'were',
  'has',
  'have',
  'had',
  'shows',
  'show',
  'demonstrates',
  'demonstrate',
  'reveals',
  'there',
  ':',
  ';',
  '.',
  '?',
  'denies',
  'than',
  'which',
  'that',
  'who',
  'as',
  'represents',
  'representing',
  'represent',
  'reflecting',
  'suggesting',
  'causing',
  'resulting',
  'associated',
  'however',
  'if',
  'because',
  'although',
  'although',
]);
const TOWARDS = new Set(
  list(`
  of; at; in; involving; within; through; to; affecting; along; from; on; (; :; -; throughout; ,; across; including; between
`),
);
const BETWEEN = new Set(
  list(`
  is; are; was; were; noted; seen; again; identified; present; demonstrated; visualized; also; evident; line; lines; deformity; deformities;
  (; s; ); known; shown; redemonstrated; involvement; type; found; changes; change; now; both
`),
);

/** Which bones were met on one side of a fracture. */
interface Sides {
  readonly vertebral: boolean;
  readonly level: boolean;
  readonly other: boolean;
  readonly part: boolean;
}

const NONE: Sides = { vertebral: false, level: false, other: false, part: false };
const add = (sides: Sides, bone: Bone): Sides => ({ ...sides, [bone]: true });
const has = (sides: Sides): boolean => sides.vertebral || sides.level || sides.other || sides.part;

/** A vertebral body's, another bone's, or both. */
interface Answer {
  readonly vertebral: boolean;
  readonly other: boolean;
}

/** Weighs the two sides: a level beside a rib or a transverse process only says where that is. */
function weigh(left: Sides, right: Sides): Answer {
  const word = left.vertebral || right.vertebral;
  if ((left.part || right.part) && !word) return { vertebral: false, other: true };
  const otherAtLevel = left.other && !left.vertebral && !left.level && !right.vertebral;
  if (otherAtLevel) return { vertebral: false, other: true };
  return { vertebral: word || left.level || right.level, other: left.other || right.other };
}

/** The sentence [first, end), the bones named in it, and at which tokens fractures stand. */
interface Scene {
  readonly tokens: readonly Token[];
  readonly first: number;
  readonly end: number;
  readonly boneAt: ReadonlyMap<number, BoneMention>;
  readonly boneEndingAt: ReadonlyMap<number, BoneMention>;
  readonly heads: ReadonlySet<number>;
}

/** Bones and kinds in front of the head: "rib or vertebral compression fracture". Also tells where the phrase begins. */
function lookLeft(scene: Scene, head: number): { readonly sides: Sides; readonly kinds: Sides; readonly first: number } {
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
function lookRight(scene: Scene, last: number): Sides {
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
function headSoon(scene: Scene, from: number): boolean {
  for (let at = from; at < Math.min(scene.end, from + 9); at += 1) {
    if (scene.heads.has(at)) return true;
    if (BLOCKERS.has((scene.tokens[at] as Token).text)) return false;
  }
  return false;
}

/** The nearest bone elsewhere in the sentence, before the head first: "Ribs: old fractures." */
function lookAround(scene: Scene, bones: readonly BoneMention[], head: number): Sides {
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

function stopsBetween(scene: Scene, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const text = (scene.tokens[at] as Token).text;
    if (text === ';' || text === 'but' || text === 'however') return true;
  }
  return false;
}

/** Is "#" a fracture here? Before or after a bone or a kind it is ("# NOF", "L1 #"); before a number it is not. */
function isHash(scene: Scene, at: number): boolean {
  return (
    scene.boneAt.has(at + 1) ||
    scene.boneEndingAt.has(at) ||
    VERTEBRAL_KINDS.has(scene.tokens[at - 1]?.text ?? '') ||
    VERTEBRAL_KINDS.has(scene.tokens[at + 1]?.text ?? '')
  );
}

const isLooseWord = (text: string): boolean => text === 'break' || text === 'broken' || text === 'burst' || text === 'fracturing';

/** All fractures in the sentence [first, end). One that is of both ("rib or vertebral fracture") gives two mentions. */
export function findFractures(
  tokens: readonly Token[],
  first: number,
  end: number,
  bones: readonly BoneMention[],
  surroundings: Surroundings,
): Mention[] {
  const matches = HEADS.findAll(tokens, first, end);
  if (matches.length === 0) return [];
  const heads = new Set(
    matches
      .filter((match) => match.meaning !== 'none')
      .flatMap((match) => Array.from({ length: match.last - match.first }, (_, i) => match.first + i)),
  );
  const scene: Scene = {
    tokens,
    first,
    end,
    boneAt: new Map(bones.map((bone) => [bone.first, bone])),
    boneEndingAt: new Map(bones.map((bone) => [bone.last, bone])),
    heads,
  };
  const mentions: Mention[] = [];
  for (const match of matches) {
    const text = (tokens[match.first] as Token).text;
    if (match.meaning === 'none' || (text === '#' && !isHash(scene, match.first))) continue;
    const left = lookLeft(scene, match.first);
    const right = lookRight(scene, match.last);
    const near = has(left.sides) || has(right);
    if (isLooseWord(text) && !near) continue;
    let sides = weigh(left.sides, right);
    if (!near) sides = { vertebral: left.kinds.vertebral, other: left.kinds.other && !left.kinds.vertebral };
    if (match.meaning === 'vertebral' && !sides.other) sides = { vertebral: true, other: false };
    if (match.meaning === 'other') sides = { vertebral: false, other: true };
    const explicit = sides.vertebral;
    if (!sides.vertebral && !sides.other) sides = weigh(NONE, lookAround(scene, bones, match.first));
    if (!sides.vertebral && !sides.other) sides = { vertebral: surroundings !== 'other', other: surroundings === 'other' };
    const from = Math.min(left.first, match.first);
    const concept = conceptOf(tokens, from, match.last);
    if (sides.vertebral) mentions.push({ target: 'vertebral-fracture', concept, first: from, last: match.last, explicit });
    if (sides.other) mentions.push({ target: 'other-fracture', concept, first: from, last: match.last, explicit: true });
  }
  return mentions;
}

/** The fracture's name without its level: "compression fracture". */
function conceptOf(tokens: readonly Token[], first: number, last: number): string {
  let words: string[] = [];
  for (let at = first; at < last; at += 1) {
    const token = tokens[at] as Token;
    if (token.text === 'and' || token.text === 'or' || token.text === ',') words = [];
    else if (token.kind === 'word' && !/^(?:[ctdls]|th)\d{1,2}$/.test(token.text)) words.push(token.text);
  }
  return words.length === 0 ? 'fracture' : words.join(' ').replace(/fractures$|fractured$|fracture$/, 'fracture');
}
