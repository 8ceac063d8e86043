/** The five delimiters of a message, which its MSH-1 and MSH-2 name (HL7 v2 chapter 2, 2.5.4). Pure. */
import { isDelimiters } from './msh-header.ts';

export interface Delimiters {
  readonly field: string;
  readonly component: string;
  readonly repetition: string;
  readonly escape: string;
  readonly subcomponent: string;
}

/** What HL7 recommends, and nearly everybody sends. */
const USUAL: Delimiters = { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' };

/** Null when the text does not begin with a readable MSH segment. */
export function readDelimiters(text: string): Delimiters | null {
  if (text.startsWith('MSH|^~\\&|')) return USUAL;
  const field = text.charAt(3);
  if (!text.startsWith('MSH') || !isDelimiters(field)) return null;
  const encoding = text.slice(4, 9).split(field)[0] ?? '';
  if (!isDelimiters(encoding)) return null;
  const at = (index: number, usual: string): string => encoding.charAt(index) || usual;
  return { field, component: at(0, '^'), repetition: at(1, '~'), escape: at(2, '\\'), subcomponent: at(3, '&') };
}
