/** The short way to a component of a field (HL7 v2 chapter 2, 2.5.3): most are a few letters and digits, and need one look. Pure. */
import type { Delimiters } from './delimiters.ts';

/** The double quote, of which HL7 makes its "delete this value". */
const QUOTE = 0x22;

/**
 * Component `number`, from 1, of the field between `start` and `end`, without blank space around it. Null when it needs a closer look: with
 * subcomponents, an escape, a quote or a character beyond ASCII in it.
 */
export function plainValue(text: string, start: number, end: number, number: number, delimiters: Delimiters): string | null {
  const component = delimiters.component.charCodeAt(0);
  const subcomponent = delimiters.subcomponent.charCodeAt(0);
  const escape = delimiters.escape.charCodeAt(0);
  let from = start;
  for (let n = 1; n < number; n += 1) {
    while (from < end && text.charCodeAt(from) !== component) from += 1;
    if (from >= end) return '';
    from += 1;
  }
  let at = from;
  for (; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === component) break;
    if (code < 0x20 || code > 0x7e || code === QUOTE || code === escape || code === subcomponent) return null;
  }
  if (at === from) return '';
  const isBlank = text.charCodeAt(from) === 0x20 || text.charCodeAt(at - 1) === 0x20;
  return isBlank ? text.slice(from, at).trim() : text.slice(from, at);
}
