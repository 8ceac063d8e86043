/** Decides which finding of a sentence each level mention belongs to. */

import type { LevelMention } from './levels.ts';
import type { Mention } from './mention.ts';
import { toldOfOthers } from './other-subject.ts';
import type { Tokens } from './tokens.ts';
import { WordSet, wordSet } from './word-set.ts';

/** What crossing a word between a finding and a level costs, in tokens. */
const CROSSING: Readonly<Record<string, number>> = {
  ';': 50,
  but: 20,
  however: 20,
  '.': 30,
  ',': 3,
  and: 2,
  with: 4,
  without: 8,
  or: 1,
  no: 12,
  also: 2,
};
const POINTING = new WordSet(['of', 'at', 'in', 'involving', 'affecting', '(', ':', '-', 'the', 'from', 'within', 'through']);
/** After a level these make it one of a disc, a joint or a nerve. */
const NOT_A_BODY = wordSet(`
  disk; disks; facet; facets; foraminal; foramen; nerve; root; intervertebral; interspace; laminectomy; fusion; anterolisthesis;
  retrolisthesis; spondylolisthesis; listhesis; discectomy; diskectomy; interbody; normal; unremarkable; intact; preserved; maintained; spared
`);

/** "Fractures of the L2 transverse process and the T12 body": the level of a process is none of a fractured body. */
const POSTERIOR = new WordSet(['transverse', 'spinous', 'articular', 'pars', 'lamina', 'laminae']);
const PROCESSES = new WordSet(['process', 'processes', 'lamina', 'laminae']);

function cost(tokens: Tokens, level: LevelMention, mention: Mention, others: readonly Mention[]): number {
  if (level.first >= mention.first && level.last <= mention.last) return -10;
  const after = mention.first >= level.last;
  const from = after ? level.last : mention.last;
  const to = after ? mention.first : level.first;
  let sum = Math.max(0, to - from);
  if (sum > 60) return Infinity;
  for (let at = from; at < to; at += 1) {
    const text = tokens.text[at] as string;
    if (Object.hasOwn(CROSSING, text)) sum += CROSSING[text] ?? 0;
  }
  for (const other of others) if (other !== mention && other.first >= from && other.last <= to) sum += 6;
  if (!after && to > from && POINTING.holds(tokens, to - 1)) sum -= 2;
  return sum;
}

function own(owned: Map<Mention, LevelMention[]>, mention: Mention, level: LevelMention): void {
  const levels = owned.get(mention);
  if (levels === undefined) owned.set(mention, [level]);
  else levels.push(level);
}

/** A finding of a body, and not the words that say its height is kept. */
const isPresent = ({ target, denies }: Mention): boolean => (target === 'vertebral-fracture' || target === 'ambiguous-deformity') && denies !== true;

/** The mention that a level costs least to reach, of those that may have it; null when none may. */
function nearest(tokens: Tokens, level: LevelMention, mentions: readonly Mention[], mayHave: (mention: Mention) => boolean): Mention | null {
  const isBodys = !POSTERIOR.holds(tokens, level.last) && !(tokens.text[level.first - 1] === 'of' && PROCESSES.holds(tokens, level.first - 2));
  let best: Mention | null = null;
  let bestCost = Infinity;
  for (const mention of mentions) {
    if ((!isBodys && mention.target === 'vertebral-fracture') || !mayHave(mention)) continue;
    const price = cost(tokens, level, mention, mentions);
    if (price < bestCost) {
      best = mention;
      bestCost = price;
    }
  }
  return best;
}

const anyone = (): boolean => true;

/** For each mention the level mentions that belong to it; a mention without any is not in the map. */
export function attachLevels(
  tokens: Tokens,
  levels: readonly LevelMention[],
  mentions: readonly Mention[],
  sentence: { readonly first: number; readonly last: number },
): Map<Mention, LevelMention[]> {
  const owned = new Map<Mention, LevelMention[]>();
  const give = (level: LevelMention, best: Mention): void => {
    // "rib or L1 fracture" is two mentions at one place: a T or L level is the vertebral one's.
    for (const mention of mentions) if (mention === best || (mention.first === best.first && mention.last === best.last)) own(owned, mention, level);
  };
  const bodies = mentions.filter(isPresent);
  const told = bodies.length === 0 ? [] : toldOfOthers(tokens, levels, bodies, sentence);
  const loose: LevelMention[] = [];
  for (const [index, level] of levels.entries()) {
    if (NOT_A_BODY.holds(tokens, level.last)) continue;
    const isOthers = (told[index] ?? null) !== null;
    const best = nearest(tokens, level, mentions, isOthers ? (mention) => !isPresent(mention) : anyone);
    if (best !== null) give(level, best);
    else if (told[index] === 'loosely') loose.push(level);
  }
  // "Fracture with stenosis at L1": the fracture has no other level.
  if (loose.length > 0 && !bodies.some((mention) => owned.has(mention))) {
    for (const level of loose) {
      const best = nearest(tokens, level, mentions, anyone);
      if (best !== null) give(level, best);
    }
  }
  return owned;
}
