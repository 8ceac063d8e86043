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
const OPENERS = new WordSet([
  'should',
  'were',
  'hold',
  'withhold',
  'holding',
  'omit',
  'call',
  'phone',
  'dial',
  'ring',
  'monitor',
  'check',
  'recheck',
  'watch',
]);
const SHOULD = new WordSet(['should']);
const HOLDING = new WordSet(['hold', 'withhold', 'holding', 'omit']);
const WERE = new WordSet(['were']);
const CALLING = new WordSet(['call', 'phone', 'dial', 'ring', 'monitor', 'check', 'recheck', 'watch']);
/** Before "call" and "monitor" these make it an order: "please call", "and call". */
const ORDERING = new WordSet(['please', 'and', 'or', 'to', 'should', 'must', 'immediately', 'then']);
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

/** "Were he to bleed": the verb opens its clause and its subject is to do what may never be done. */
function wereTo(tokens: Tokens, at: number, first: number, end: number): Inversion | null {
  if (at > first && !CLAUSE_ENDS.holds(tokens, at - 1)) return null;
  const to = clauseEnd(tokens, at + 1, end);
  for (let next = at + 2; next < Math.min(to, at + 2 + LONGEST_DRUG_TOKENS); next += 1)
    if (tokens.text[next] === 'to') return { first: at, last: at + 1, from: at + 1, to };
  return null;
}

/** "Call the ward for bleeding", "monitor levels for toxicity": an order for what may come. */
function callFor(tokens: Tokens, at: number, first: number, end: number): Inversion | null {
  const orders = at === first || CLAUSE_ENDS.holds(tokens, at - 1) || ORDERING.holds(tokens, at - 1);
  return orders ? heldFor(tokens, at, end) : null;
}

/** All such conditions in the sentence [first, end). */
export function findInversions(tokens: Tokens, first: number, end: number): readonly Inversion[] {
  if (!OPENERS.holdsAny(tokens, first, end)) return NONE;
  const found: Inversion[] = [];
  for (let at = first; at < end - 2; at += 1) {
    if (!OPENERS.holds(tokens, at)) continue;
    const condition = SHOULD.holds(tokens, at)
      ? shouldOccur(tokens, at, first, end)
      : HOLDING.holds(tokens, at)
        ? heldFor(tokens, at, end)
        : WERE.holds(tokens, at)
          ? wereTo(tokens, at, first, end)
          : CALLING.holds(tokens, at)
            ? callFor(tokens, at, first, end)
            : null;
    if (condition !== null) found.push(condition);
  }
  return found;
}
