/** Whether a level is told of something other than a broken body: "with stenosis at L3-L4", "the conus ends at L2", "L5 nerve root", "sparing L1". */
import type { LevelMention } from './levels.ts';
import type { Mention } from './mention.ts';
import { MARK, type Tokens } from './tokens.ts';
import { WordSet, wordSet } from './word-set.ts';

/** Things that have a level of their own, and bodies that are said to be well. */
const FIRM = wordSet(`
  disk; disks; diskal; facet; facets; retrolisthesis; anterolisthesis; spondylolisthesis; listhesis; slip; fusion; fused; laminectomy; laminectomies; diskectomy; decompression; bulge; bulges; bulging;
  protrusion; herniation; extrusion; normal; sparing; spares; spared; unremarkable; intact; conus; carina; nerve; root; roots; pars; spondylolysis; compared; relative; than; hu; attenuation; density;
  ganglion; celiac; bifurcation; modic; ligament; spacer; screws; rods; hardware; instrumentation
`);
/** Things that may go with a fracture at the same level: the level is theirs when the fracture has one of its own. */
const LOOSE = wordSet(`
  stenosis; narrowing; kyphosis; scoliosis; lordosis; arthropathy; arthrosis; spondylosis; spondylotic; osteophyte; osteophytes; impingement; phenomenon; island; islands; lesion; lesions; focus; foci;
  changes; change; degeneration; degenerative; sclerosis; edema; cement; hemangioma; hemangiomas; cyst; fixation; metastasis
`);
/** Words over which such a thing leads to its level. */
const LEADING = wordSet(`
  at; of; in; from; the; level; levels; involving; most; marked; pronounced; severe; prominent; worst; especially; particularly; notably; mainly; to; between; within; on; is; was; are; ends; end; terminates;
  lies; located; seen; noted; measures; measuring; around; opposite; compression; disease; loss; height; joint; joints; hypertrophy; prolapse; space; vertebra; body; :; (; -; spinal; canal; foraminal; central;
  severe; moderate; mild
`);
/** A level that only goes on from the one before it: "of L1 on L2", "of L4 relative to L5", "L4-L5 and L5-S1". */
const GOING_ON = wordSet('on; over; upon; relative; to; with; respect; and; &; /');
const MOST_BETWEEN = 3;
const LONGEST_LEAD_TOKENS = 8;
const LONGEST_COMPOUND_TOKENS = 4;

export type Told = 'firmly' | 'loosely' | null;

const kindAt = (tokens: Tokens, at: number): Told => (FIRM.holds(tokens, at) ? 'firmly' : LOOSE.holds(tokens, at) ? 'loosely' : null);
const isIn = (mentions: readonly Mention[], at: number): boolean => mentions.some(({ first, last }) => first <= at && at < last);

/** Of the firm words those that speak of the level behind them alone. */
const ONWARDS = new WordSet(['sparing', 'spares', 'compared', 'relative', 'than']);

/** What stands in front of the level and leads to it. */
function toldBefore(tokens: Tokens, level: LevelMention, mentions: readonly Mention[], first: number): Told {
  for (let at = level.first - 1; at >= Math.max(first, level.first - LONGEST_LEAD_TOKENS); at -= 1) {
    // "At L3 rather than at L2" denies L2 of the fracture itself (each-level.ts); "no fracture other than at L1" leaves it L1 (except-for.ts).
    if (isIn(mentions, at) || ['rather', 'other'].includes(tokens.text[at - 1] ?? '')) return null;
    const kind = kindAt(tokens, at);
    if (kind !== null) return kind;
    if (!LEADING.holds(tokens, at)) return null;
  }
  return null;
}

const COPULAS = new WordSet(['is', 'are', 'appears', 'appear', 'remains', 'remain', 'was', 'were']);
const BEFORE_WELL = new WordSet(['otherwise', 'also', 'entirely', 'completely', 'again', 'both', 'within', 'of']);
const WELL = wordSet('intact; normal; spared; unremarkable; preserved; maintained; unaffected; uninvolved');

/** "L2 is intact", "the L4 body remains normal": the level is a well body's. */
function isWell(tokens: Tokens, level: LevelMention, end: number): boolean {
  let at = level.last;
  while (at < Math.min(end, level.last + 3) && ['vertebra', 'vertebral', 'body', 'bodies'].includes(tokens.text[at] as string)) at += 1;
  if (at >= end || !COPULAS.holds(tokens, at)) return false;
  at += 1;
  while (at < end && BEFORE_WELL.holds(tokens, at)) at += 1;
  return at < end && WELL.holds(tokens, at);
}

/** What the level stands in front of: "L4-5 canal stenosis". */
function toldAfter(tokens: Tokens, level: LevelMention, mentions: readonly Mention[], end: number): Told {
  if (isWell(tokens, level, end)) return 'firmly';
  for (let at = level.last; at < Math.min(end, level.last + LONGEST_COMPOUND_TOKENS); at += 1) {
    if (isIn(mentions, at) || tokens.kind[at] === MARK) return null;
    // "T12 and L2 sparing L1": what follows is spared.
    if (ONWARDS.holds(tokens, at)) return null;
    const kind = kindAt(tokens, at);
    if (kind !== null) return kind;
    if (GOING_ON.holds(tokens, at) || ['is', 'are', 'at', 'of', 'in', 'shows', 'has', 'from', 'rather'].includes(tokens.text[at] as string))
      return null;
  }
  return null;
}

function goesOn(tokens: Tokens, before: LevelMention, level: LevelMention): boolean {
  if (level.first - before.last > MOST_BETWEEN) return false;
  for (let at = before.last; at < level.first; at += 1) if (!GOING_ON.holds(tokens, at)) return false;
  return level.first > before.last;
}

/** For each level of a sentence whether it is another thing's; `mentions` are the findings of bodies in the sentence, tokens [first, last). */
export function toldOfOthers(
  tokens: Tokens,
  levels: readonly LevelMention[],
  mentions: readonly Mention[],
  { first, last: end }: { readonly first: number; readonly last: number },
): readonly Told[] {
  const told: Told[] = [];
  for (const [index, level] of levels.entries()) {
    const before = levels[index - 1];
    const inside = isIn(mentions, level.first);
    const own = inside ? null : (toldBefore(tokens, level, mentions, first) ?? toldAfter(tokens, level, mentions, end));
    const inherited = !inside && own === null && before !== undefined && goesOn(tokens, before, level) ? (told[index - 1] ?? null) : null;
    told.push(own ?? inherited);
  }
  return told;
}
