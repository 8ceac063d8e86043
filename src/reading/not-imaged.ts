/** Whether the text says that the spine is not in the picture at all: what is then "not seen" is not denied. */
import type { Said } from './read-sentence.ts';
import type { Sentence } from './sentences.ts';
import { MARK, type Tokens } from './tokens.ts';
import { WordSet, wordSet } from './word-set.ts';

const SPINE = new WordSet(['spine', 'vertebra', 'vertebrae', 'column', 'bodies', 'bones']);
/** Before "spine" these name a part of it, which leaves the rest. */
const PART = wordSet(`
  cervical; upper; lower; part; parts; portion; portions; most; much; some; sacral; c; remaining; remainder; rest; mid; half; third; aspect; inferior; superior; other
`);
/** A region: it counts only as the reason for a denial in the same sentence. */
const REGION = new WordSet(['lumbar', 'thoracic', 'dorsal', 'thoracolumbar', 'dorsolumbar', 't', 'l', 'ls', 'tl']);
const COPULAS = new WordSet(['is', 'are', 'was', 'were', 'being', 'has', 'have', 'lies', 'lie']);
const PASSED_OVER = wordSet(`
  not; been; outside; beyond; largely; entirely; completely; wholly; all; both; out; excluded; from; of; the; scan; scanned; imaged; imaging; current; fully; adequately; this; on; in; within;
  included
`);
const NOT = new WordSet(['not', 'outside', 'beyond', 'excluded', 'out', 'isnt', 'arent', 'wasnt', 'werent']);
/** "Not fully", "not entirely": some of it is there. */
const PARTLY = new WordSet(['fully', 'entirely', 'completely', 'wholly', 'all', 'largely', 'adequately']);
const IN_VIEW = wordSet(`
  imaged; included; covered; field; fov; view; volume; range; coverage; scanned; study; scan; assessable; evaluable; assessed; evaluated; visible; visualized
`);
const BECAUSE = new WordSet(['as', 'because', 'since', 'given', 'though', 'although', 'but']);
const LONGEST_CLAUSE_TOKENS = 9;

type Unseen = 'all' | 'part' | null;

/** What the clause says whose subject ends at the spine word `at`: all of it out of view, a region of it, or nothing of the kind. */
function clauseAt(tokens: Tokens, at: number, first: number, end: number): Unseen {
  let region = false;
  for (let before = at - 1; before >= Math.max(first, at - 4); before -= 1) {
    if (PART.holds(tokens, before)) return null;
    if (tokens.kind[before] === MARK || BECAUSE.holds(tokens, before)) break;
    region ||= REGION.holds(tokens, before);
  }
  if (!COPULAS.holds(tokens, at + 1)) return null;
  let denied = false;
  for (let next = at + 2; next < Math.min(end, at + 2 + LONGEST_CLAUSE_TOKENS); next += 1) {
    const isNot = NOT.holds(tokens, next);
    if (denied && !isNot && PARTLY.holds(tokens, next)) return null;
    denied ||= isNot;
    if (denied && IN_VIEW.holds(tokens, next) && !isNot && !NOT.holds(tokens, next + 1)) return region ? 'part' : 'all';
    if (!isNot && !PASSED_OVER.holds(tokens, next)) return null;
  }
  return null;
}

/**
 * The sayings with those denials made narrow that cannot be meant: the spine is not in the picture. `may` tells which sentences can speak of a spine at all.
 */
export function narrowUnseen(
  tokens: Tokens,
  sentences: readonly Sentence[],
  sayings: readonly (readonly Said[])[],
  may: (index: number) => boolean,
): readonly (readonly Said[])[] {
  let everywhere = false;
  const reasons = new Set<number>();
  for (const [index, sentence] of sentences.entries()) {
    if (!may(index)) continue;
    const found = spineIsNotImaged(tokens, sentence);
    everywhere ||= found.everywhere;
    if (found.asReason) reasons.add(index);
  }
  if (!everywhere && reasons.size === 0) return sayings;
  return sayings.map((sentence, index) =>
    everywhere || reasons.has(index) ? sentence.map((said) => (said.statement.certainty === 'denied' ? { ...said, narrow: true } : said)) : sentence,
  );
}

/** Is the spine said to be out of the picture: in any sentence of the report (the whole spine), or as the reason in this one (a region, too)? */
function spineIsNotImaged(tokens: Tokens, { first, last }: Sentence): { readonly everywhere: boolean; readonly asReason: boolean } {
  let everywhere = false;
  let asReason = false;
  let because = false;
  for (let at = first; at < last; at += 1) {
    because ||= BECAUSE.holds(tokens, at);
    if (!SPINE.holds(tokens, at)) continue;
    const said = clauseAt(tokens, at, first, last);
    everywhere ||= said === 'all';
    asReason ||= said !== null && because;
  }
  return { everywhere, asReason };
}
