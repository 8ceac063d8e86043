/** Words for the addendum after a radiologist has looked: their levels and grades, with the measured losses that go with them. */
import type { Case } from '../case/case.ts';
import { addendumText } from './addendum-text.ts';
import { fracturesSeen, whichFractures } from './which-fractures.ts';
import { whoConfirmed } from './who-confirmed.ts';

export function reviewedAddendum(subject: Pick<Case, 'facts'>): string {
  const { report, reading, finding, answers } = subject.facts;
  if (!reading) return addendumText([], fracturesSeen(finding));
  return addendumText(whichFractures(reading, finding, whoConfirmed({ report, reading, answers })), fracturesSeen(finding));
}
