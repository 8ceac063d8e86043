/** What two percentages of height loss say of the course: "60 % compared with 30 % before", "from 30 % to 60 %". */
import type { Acuity } from '#src/case/reading.ts';
import { NUMBER, type Tokens } from './tokens.ts';
import { WordSet } from './word-set.ts';

const THEN = new WordSet(['previously', 'before', 'was', 'earlier', 'prior', 'compared', 'formerly', 'versus', 'initially']);
const NOW = new WordSet(['now', 'currently', 'today']);
const PERCENT = new WordSet(['%', 'percent']);

/** Tokens at which percentages stand. */
function percentagesIn(tokens: Tokens, from: number, to: number): number[] {
  const found: number[] = [];
  for (let at = from; at < to; at += 1) if (tokens.kind[at] === NUMBER && PERCENT.holds(tokens, at + 1)) found.push(at);
  return found;
}

/** 'progressed' when the later of two percentages is the larger one, 'unchanged' when they are equal; the window is tokens [from, to). */
export function courseIn(tokens: Tokens, { from, to }: { readonly from: number; readonly to: number }): Acuity {
  const [one, other, third] = percentagesIn(tokens, from, to);
  if (one === undefined || other === undefined || third !== undefined) return 'unknown';
  const values = [Number(tokens.text[one]), Number(tokens.text[other])] as const;
  const rises = tokens.text[one - 1] === 'from' && tokens.text[other - 1] === 'to';
  // "Previously 30 %, now 60 %": the word for now stands between.
  const laterIsSecond = rises || NOW.holdsAny(tokens, one, other);
  if (!laterIsSecond && !THEN.holdsAny(tokens, one, Math.min(to, other + 4))) return 'unknown';
  const [now, then] = laterIsSecond ? [values[1], values[0]] : values;
  return now > then ? 'progressed' : now === then ? 'unchanged' : 'unknown';
}
