/** Years that stand bare after what they date: "TIA 2004", "bypass 1998, well since". */
import { NUMBER, type Tokens, WORD } from './tokens.ts';
import { wordSet } from './word-set.ts';

/** A date: the token [first, last) of the year and the tokens [from, to) before it that it dates. */
export interface BareYear {
  readonly first: number;
  readonly last: number;
  readonly from: number;
  readonly to: number;
}

const YEAR = /^(?:19[3-9]\d|20[0-4]\d)$/;
/** After these a year is part of a date, of a comparison or of the name of a picture. */
const OTHER_USES = wordSet(`
  january; february; march; april; may; june; july; august; september; october; november; december; jan; feb; mar; apr; jun; jul; aug; sep; sept; oct; nov; dec;
  in; of; from; since; to; than; on; by; dated; circa; for; until; till; before; after; at; and; with; or; the; year; ct; mri; mr; xr; xray; ray; radiograph; radiographs; study;
  scan; film; films; exam; examination; report; dxa; imaging; ultrasound; echo; vs; versus; spring; summer; autumn; fall; winter; early; late; mid; unchanged; stable; room; code; hrs
`);
const ENDS = wordSet(',; .; ); and', [';']);
const BREAKS = wordSet(',; :; (; .; and; or; is; are; was; were; has; have; had; with; no; not; without; but', [';']);
const LONGEST_NAME_TOKENS = 4;
const NONE: readonly BareYear[] = [];

/** All bare years of the sentence [first, end). */
export function findBareYears(tokens: Tokens, first: number, end: number): readonly BareYear[] {
  let found: BareYear[] | null = null;
  for (let at = first + 1; at < end; at += 1) {
    if (tokens.kind[at] !== NUMBER || tokens.kind[at - 1] !== WORD || !YEAR.test(tokens.text[at] as string)) continue;
    if (OTHER_USES.holds(tokens, at - 1) || (at + 1 < end && !ENDS.holds(tokens, at + 1))) continue;
    let from = at;
    while (from > first && at - from < LONGEST_NAME_TOKENS && !BREAKS.holds(tokens, from - 1)) from -= 1;
    if (from < at) (found ??= []).push({ first: at, last: at + 1, from, to: at });
  }
  return found ?? NONE;
}
