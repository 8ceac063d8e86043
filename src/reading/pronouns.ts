/** Gives a fracture without a level those of the sentence before it, which its pronoun stands for: "T10 shows low signal. This may be a fracture." */
import type { Statement } from '#src/case/reading.ts';
import type { LevelMention } from './levels.ts';
import type { Said } from './read-sentence.ts';
import type { Sentence } from './sentences.ts';
import type { Tokens } from './tokens.ts';
import { WordSet, wordSet } from './word-set.ts';

const PRONOUNS = new WordSet(['this', 'these', 'it', 'they', 'both', 'appearances', 'appearance', 'findings']);
/** A sentence with these may speak of something else at its level. */
const OTHERS = wordSet(`
  disk; disks; stenosis; facet; facets; nerve; root; listhesis; anterolisthesis; retrolisthesis; spondylolisthesis; conus; fusion; screw; screws; rod; rods; laminectomy; process; processes; pars; protrusion;
  bulge; herniation; level; levels; counted; numbered; normal; intact; unremarkable; rib; ribs
`);

const isOpen = ({ statement }: Said): boolean =>
  statement.target === 'vertebral-fracture' &&
  statement.certainty !== 'denied' &&
  statement.levels.length === 0 &&
  statement.otherLevels.length === 0;

/** The sayings of a sentence with the levels of the sentence before, when a pronoun points there and nothing else can be meant. */
export function followPronoun(
  tokens: Tokens,
  sentence: Sentence,
  own: readonly Said[],
  before: { readonly sentence: Sentence; readonly levels: readonly LevelMention[] },
): readonly Said[] {
  if (!sentence.continues || before.levels.length !== 1 || !PRONOUNS.holds(tokens, sentence.first) || !own.some(isOpen)) return own;
  if (OTHERS.holdsAny(tokens, before.sentence.first, before.sentence.last)) return own;
  const levels: Statement['levels'] = before.levels[0]?.levels ?? [];
  return own.map((said) => (isOpen(said) ? { ...said, statement: { ...said.statement, levels } } : said));
}
