/** Conditions that are told by the order of words and not by a phrase: "Should fever occur, ...", "hold metoprolol for low pressure". */
import { type Tokens, WORD } from './tokens.ts';
import { WordSet, wordSet } from './word-set.ts';

/** A condition: the tokens [first, last) of its word and the tokens [from, to) that it touches. */
export interface Inversion {
  readonly first: number;
  readonly last: number;
  readonly from: number;
  readonly to: number;
}

const NONE: readonly never[] = [];
const OPENERS = new WordSet(['should', 'hold', 'withhold', 'holding', 'omit']);
const SHOULD = new WordSet(['should']);
const HOLDING = new WordSet(['hold', 'withhold', 'holding', 'omit']);
const OCCURRING = wordSet(`
  occur; develop; arise; recur; persist; worsen; appear; return; emerge; happen; ensue; increase; become; supervene; fail
`);
/** What follows the verb "should": "the fracture should heal" is a sentence with its subject in front. */
const AFTER_A_SUBJECT = wordSet(
  `be; have; not; also; remain; undergo; follow; avoid; get; take; continue; see; return; call; heal; improve; resolve; include; consider`,
);
const CLAUSE_ENDS = new WordSet([',', ';', ':', '.']);
const LONGEST_CLAUSE_TOKENS = 12;
const LONGEST_DRUG_TOKENS = 4;

function clauseEnd(tokens: Tokens, from: number, end: number): number {
  let to = from;
  while (to < end && !CLAUSE_ENDS.holds(tokens, to)) to += 1;
  return to;
}

/** "Should pain recur": the word opens its clause, or its verb of occurring comes after what may occur. */
function shouldOccur(tokens: Tokens, at: number, first: number, end: number): Inversion | null {
  if (tokens.kind[at + 1] !== WORD || AFTER_A_SUBJECT.holds(tokens, at + 1)) return null;
  const to = clauseEnd(tokens, at + 1, end);
  const opens = at === first || CLAUSE_ENDS.holds(tokens, at - 1);
  const occurs = OCCURRING.holdsAny(tokens, at + 2, Math.min(to, at + LONGEST_CLAUSE_TOKENS));
  return opens || occurs ? { first: at, last: at + 1, from: at + 1, to } : null;
}

/** "Hold lisinopril for hypotension": what the drug is held for need not be there. */
function heldFor(tokens: Tokens, at: number, end: number): Inversion | null {
  for (let next = at + 2; next < Math.min(end, at + 2 + LONGEST_DRUG_TOKENS); next += 1) {
    if (CLAUSE_ENDS.holds(tokens, next)) return null;
    if (tokens.text[next] === 'for' || tokens.text[next] === 'if')
      return { first: at, last: next + 1, from: next + 1, to: clauseEnd(tokens, next, end) };
  }
  return null;
}

/** All such conditions in the sentence [first, end). */
export function findInversions(tokens: Tokens, first: number, end: number): readonly Inversion[] {
  if (!OPENERS.holdsAny(tokens, first, end)) return NONE;
  const found: Inversion[] = [];
  for (let at = first; at < end - 2; at += 1) {
    if (SHOULD.holds(tokens, at)) found.push(...[shouldOccur(tokens, at, first, end)].filter((each) => each !== null));
    else if (HOLDING.holds(tokens, at)) found.push(...[heldFor(tokens, at, end)].filter((each) => each !== null));
  }
  return found;
}
