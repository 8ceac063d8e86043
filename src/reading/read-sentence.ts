/** Reads one sentence: finds what it names, judges each in its context, and adds level, grade, loss and age. */

import type { Acuity, Statement } from '#src/case/reading.ts';
import { LEVELS, type Level } from '#src/case/vertebra.ts';
import { attachLevels } from './attach-levels.ts';
import { CANCER } from './concepts.ts';
import { findReaches, type Judgement, judge, type Reach } from './context.ts';
import { describePlace, ownAcuity } from './describe-place.ts';
import { eachLevel, type LevelGroup } from './each-level.ts';
import { findExceptions } from './except-for.ts';
import { findMentions, type Place } from './find-mentions.ts';
import type { LevelMention } from './levels.ts';
import type { Mention } from './mention.ts';
import { sectionOf } from './read-phrase.ts';
import type { Sentence } from './sentences.ts';
import type { Tokens } from './tokens.ts';
import { windowOf } from './window-of.ts';
import { WordSet, wordSet } from './word-set.ts';

/** A statement, and what the verdict needs to know of it beyond that. */
export interface Said {
  readonly statement: Statement;
  /** The denial covers only some fractures ("no acute", "no other", "no displaced fracture"). */
  readonly narrow: boolean;
  /** The denial implies that there is one already ("no new compression fracture"). */
  readonly implies: boolean;
  /** An ambiguous shape that the sentence itself explains otherwise ("wedging, likely physiological"). */
  readonly explained: boolean;
  /** In the report's own words, not in its title, history, technique or comparison. */
  readonly reported: boolean;
}

const NARROWING = wordSet(`
  acute; subacute; recent; fresh; new; other; additional; further; interval; displaced; pathological; traumatic; unstable; more; burst;
  chance; second; adjacent; healing; posttraumatic; retropulsed; malignant; else; comminuted; unhealed; occult
`);
const ELSEWHERE = new WordSet(['other', 'others', 'additional', 'elsewhere', 'else', 'remaining', 'rest', 'remainder']);
const WIDENING = new WordSet(['old', 'chronic', 'healed', 'remote']);
const IMPLYING = new WordSet(['new', 'interval', 'further', 'additional']);
const EXPLAINING = wordSet(`
  physiological; developmental; degenerative; congenital; positional; scheuermann; variant; constitutional; remodeling; remodelling; schmorl; variation;
  limbus; limits
`);
/** A shape that "may be" physiological is not explained yet. */
const HEDGES = new WordSet(['may', 'might', 'could', 'possible', 'possibly', 'versus', 'vs', 'or']);
const GUESSES = new WordSet(['likely', 'probably', 'possibly', 'presumably', 'probable', 'possible', 'presumed']);
/** Before a treatment these make it a plan. */
const PLANNING = new WordSet([
  'consider',
  'considered',
  'considering',
  'candidate',
  'scheduled',
  'planned',
  'plan',
  'recommend',
  'recommended',
  'suggest',
  'suggested',
  'for',
  'benefit',
  'referral',
  'discuss',
  'offer',
  'request',
  'potential',
]);
const NOS = new WordSet(['no', 'not']);
const LOOSE_CANCER = new WordSet(['malignancy', 'malignant', 'neoplasm', 'tumor', 'cancer']);
const NONE: readonly never[] = [];
const FAMILY = new Set<Statement['target']>(['vertebral-fracture', 'ambiguous-deformity']);
const PLACED = new Set<Statement['target']>(['vertebral-fracture', 'ambiguous-deformity', 'other-fracture', 'mimic', 'treated', 'red-flag']);

interface Scene {
  readonly tokens: Tokens;
  readonly sentence: Sentence;
  readonly reaches: readonly Reach[];
  readonly mentions: readonly Mention[];
  readonly owned: ReadonlyMap<Mention, readonly LevelMention[]>;
}

/** The first token of the words between a denial and what it denies. */
function deniedFrom(scene: Scene, mention: Mention): number {
  let from = Math.max(scene.sentence.first, mention.first - 3);
  for (const each of scene.reaches)
    if (each.effect === 'deny' && each.last <= mention.first && each.from <= mention.first && each.to >= mention.last) from = each.first;
  return Math.max(from, mention.first - 12);
}

const NO_LEVELS: readonly LevelMention[] = [];

function levelsOf(scene: Scene, mention: Mention, certainty: Statement['certainty']): readonly LevelMention[] {
  const own = scene.owned.get(mention) ?? NO_LEVELS;
  if (scene.owned.size === 0 || own.length > 0 || certainty === 'denied' || !FAMILY.has(mention.target)) return own;
  // "Fracture versus Schmorl node at L2": what it may be instead has the same level.
  const inherits = (other: Mention): boolean =>
    FAMILY.has(other.target) ||
    ((other.target === 'treated' || other.target === 'red-flag') && other.first < mention.first) ||
    (other.target === 'mimic' && (certainty === 'uncertain' || isRuledOut(scene, other, mention)));
  const owners = scene.mentions.filter((other) => inherits(other) && scene.owned.has(other));
  const before = owners.filter((other) => other.first < mention.first).at(-1);
  return scene.owned.get(before ?? owners[0] ?? mention) ?? NO_LEVELS;
}

/** "L1 is not a Schmorl node, it is a fracture": what it is instead has the level, too. */
const isRuledOut = (scene: Scene, mimic: Mention, mention: Mention): boolean =>
  mimic.last <= mention.first && judge(scene.reaches, mimic.first, mimic.last).certainty === 'denied';

function isExplained(scene: Scene, mention: Mention): boolean {
  if (mention.target !== 'ambiguous-deformity' || mention.denies === true) return false;
  const window = windowOf(scene.tokens, scene.sentence, scene.mentions, mention);
  for (let at = Math.max(window.from, mention.first - 4); at < Math.min(window.to, mention.last + 14); at += 1) {
    const text = scene.tokens.text[at] as string;
    if (!EXPLAINING.holds(scene.tokens, at)) continue;
    const next = scene.tokens.text[at + 1] ?? '';
    if (text === 'limits' && scene.tokens.text[at - 1] !== 'normal') continue;
    if (
      text === 'degenerative' &&
      ['disk', 'change', 'changes', 'disease', 'facet', 'spondylosis', 'endplate'].includes(next) &&
      !['due', 'from', 'to', 'reflecting', 'with'].includes(scene.tokens.text[at - 1] ?? '')
    )
      continue;
    const hedged = HEDGES.holdsAny(scene.tokens, Math.max(window.from, at - 4), at);
    if (!hedged && judge(scene.reaches, at, at + 1).certainty !== 'denied') return true;
  }
  return false;
}

function timeOf(judgement: Judgement, mention: Mention, sentence: Sentence, acuity: Acuity): Statement['time'] {
  if (sentence.meaning.sort === 'past') return 'historical';
  // "Patient denies prior fractures" is what the patient says, not what the pictures show.
  if (mention.target === 'vertebral-fracture' && judgement.certainty === 'denied' && judgement.bySaying) return 'historical';
  // "History of L1 fracture, which is again seen": it is looked at now.
  if (FAMILY.has(mention.target) && sentence.meaning.section !== 'history' && (acuity === 'unchanged' || acuity === 'progressed')) return 'current';
  if (FAMILY.has(mention.target) && judgement.pastByAdjective && sentence.meaning.section !== 'history') return 'current';
  return judgement.time;
}

function certaintyOf(scene: Scene, judgement: Judgement, mention: Mention): Statement['certainty'] {
  const { tokens, sentence } = scene;
  if (mention.denies === true) return 'denied';
  if (mention.concept === CANCER && judgement.certainty === 'denied' && isBackAgain(tokens, mention)) return 'affirmed';
  const before = (count: number, words: WordSet): boolean => words.holdsAny(tokens, Math.max(sentence.first, mention.first - count), mention.first);
  if (mention.target === 'treated' && judgement.certainty === 'affirmed' && before(6, PLANNING)) return 'hypothetical';
  if (mention.target === 'vertebral-fracture' && judgement.certainty === 'affirmed' && (isGuess(scene, mention) || isOneOfTwo(scene, mention)))
    return 'uncertain';
  if (mention.target !== 'advice') return judgement.certainty;
  if (sentence.meaning.section === 'history' || sentence.meaning.sort === 'title') return 'hypothetical';
  return judgement.certainty === 'denied' || before(4, NOS) ? 'denied' : 'affirmed';
}

/** "Fracture or limbus vertebra", "Schmorl node or fracture": one of the two. */
function isOneOfTwo({ tokens, mentions }: Scene, mention: Mention): boolean {
  const joined = (from: number, to: number): boolean => to - from <= 3 && tokens.text.slice(from, to).includes('or');
  return mentions.some((other) => other.target === 'mimic' && (joined(mention.last, other.first) || joined(other.last, mention.first)));
}

const RETURNING = new WordSet(['recurrent', 'recurring', 'residual', 'relapsed', 'recurrence', 'relapse', 'return', 'progressive']);
/** "No evidence of recurrent lymphoma": what did not come back was there. */
const isBackAgain = (tokens: Tokens, { first }: Mention): boolean => RETURNING.holdsAny(tokens, Math.max(0, first - 3), first);

/** "Compression deformities, likely old fractures": the guess is what the deformities are, not how old. */
function isGuess(scene: Scene, mention: Mention): boolean {
  const shape = scene.mentions.some((other) => other.target === 'ambiguous-deformity' && other.last <= mention.first && other.denies !== true);
  if (!shape) return false;
  return GUESSES.holdsAny(scene.tokens, Math.max(scene.sentence.first, mention.first - 4), mention.first);
}

/** "L1 fracture, suspicious for malignancy" is about the fracture; a cancer that the patient is known to have is not. */
function conceptHere(scene: Scene, mention: Mention, certainty: Statement['certainty']): string {
  const loose =
    mention.concept === CANCER && (certainty === 'uncertain' || certainty === 'denied') && LOOSE_CANCER.holds(scene.tokens, mention.first);
  return loose && scene.mentions.some((other) => FAMILY.has(other.target)) ? 'pathological fracture' : mention.concept;
}

/** "No fracture of any other vertebra", "no fracture elsewhere". */
function isElsewhere(scene: Scene, mention: Mention, certainty: Statement['certainty']): boolean {
  if (certainty !== 'denied') return false;
  for (let at = mention.last; at < Math.min(scene.sentence.last, mention.last + 7); at += 1) {
    const text = scene.tokens.text[at] as string;
    if (ELSEWHERE.holds(scene.tokens, at)) return true;
    if (text === ',' || text === ';' || text === 'or') return false;
  }
  return false;
}

function inColumnOrder(levels: readonly LevelMention[]): readonly Level[] {
  if (levels.length < 2) return levels[0]?.levels ?? NONE;
  return LEVELS.filter((level) => levels.some((each) => each.levels.includes(level)));
}

function othersOf(levels: readonly LevelMention[]): readonly string[] {
  return levels.length < 2 ? (levels[0]?.otherLevels ?? NONE) : [...new Set(levels.flatMap((each) => each.otherLevels))];
}

/** What the mention says, once for each group of levels that has words of its own. */
function say(scene: Scene, mention: Mention): Said[] {
  const { tokens } = scene;
  const judgement = judge(scene.reaches, mention.first, mention.last);
  const certainty = certaintyOf(scene, judgement, mention);
  const window = isFractureLike(mention) ? windowOf(scene.tokens, scene.sentence, scene.mentions, mention) : null;
  const levels = PLACED.has(mention.target) ? levelsOf(scene, mention, certainty) : NO_LEVELS;
  const detail =
    window === null || certainty === 'denied' ? { ...UNSAID, acuity: deniedAcuity(scene, mention, certainty) } : describePlace(tokens, window);
  // "Heights are preserved except at L1": there they are not.
  if (certainty === 'denied' && (mention.target === 'vertebral-fracture' || mention.denies === true)) {
    const except = findExceptions(tokens, mention, levels, scene.sentence.last);
    if (except !== null) {
      const rest = levels.filter((level) => !except.levels.includes(level));
      const there = { levels: except.levels, detail: describePlace(tokens, { from: except.from, to: scene.sentence.last }), denied: false };
      const others = { ...sayOf(scene, mention, judgement, certainty, { levels: rest, detail, denied: false }), narrow: true, implies: false };
      return [others, sayOf(scene, mention, judgement, 'affirmed', there)];
    }
  }
  const parts = FAMILY.has(mention.target) && certainty !== 'denied' && window !== null && levels === scene.owned.get(mention);
  if (!parts) return [sayOf(scene, mention, judgement, certainty, { levels, detail, denied: false })];
  return eachLevel(tokens, window, mention, levels, detail).map((group) =>
    sayOf(scene, mention, judgement, group.denied ? 'denied' : certainty, group),
  );
}

const isFractureLike = ({ target }: Mention): boolean => FAMILY.has(target) || target === 'other-fracture';
const UNSAID = { grade: null, severity: null, lossPercent: null } as const;

function deniedAcuity({ tokens, sentence }: Scene, mention: Mention, certainty: Statement['certainty']): Acuity {
  return certainty === 'denied' ? ownAcuity(tokens, Math.max(sentence.first, mention.first - 4), mention.last) : 'unknown';
}

function sayOf(scene: Scene, mention: Mention, judgement: Judgement, certainty: Statement['certainty'], group: LevelGroup): Said {
  const { tokens, sentence } = scene;
  const { levels, detail } = group;
  const from = certainty === 'denied' && !group.denied && isFractureLike(mention) ? deniedFrom(scene, mention) : mention.last;
  const denied = (words: WordSet): boolean => words.holdsAny(tokens, from, mention.last);
  const narrow = (denied(NARROWING) || isElsewhere(scene, mention, certainty)) && !denied(WIDENING);
  const time = timeOf(judgement, mention, sentence, detail.acuity);
  const isOld = detail.acuity === 'unknown' && judgement.pastByAdjective && time === 'current' && certainty !== 'denied';
  const section = sectionOf(sentence);
  const statement: Statement = {
    target: mention.target,
    concept: conceptHere(scene, mention, certainty),
    certainty,
    time,
    who: sentence.meaning.sort === 'family' ? 'someone-else' : judgement.who,
    acuity: isOld ? 'old' : detail.acuity,
    levels: inColumnOrder(levels),
    otherLevels: othersOf(levels),
    grade: detail.grade,
    severity: detail.severity,
    lossPercent: detail.lossPercent,
    section,
    span: { start: tokens.start[mention.first] as number, end: tokens.end[mention.last - 1] as number },
    sentence: sentence.span,
  };
  const reported = sentence.meaning.sort !== 'title' && !['history', 'technique', 'comparison'].includes(section);
  return {
    statement,
    narrow,
    implies: narrow && mention.explicit && denied(IMPLYING),
    explained: isExplained(scene, mention),
    reported,
  };
}

const NOTHING_OWNED: ReadonlyMap<Mention, readonly LevelMention[]> = new Map();

/** All that the sentence says. */
export function readSentence(tokens: Tokens, sentence: Sentence, place: Place): Said[] {
  const mentions = findMentions(tokens, sentence, place);
  if (mentions.length === 0) return [];
  const reaches = findReaches(tokens, sentence.first, sentence.last);
  const owned =
    place.levels.length === 0
      ? NOTHING_OWNED
      : attachLevels(
          tokens,
          place.levels,
          mentions.filter(({ target }) => PLACED.has(target)),
          sentence,
        );
  const scene: Scene = { tokens, sentence, reaches, mentions, owned };
  return mentions.flatMap((mention) => say(scene, mention));
}
