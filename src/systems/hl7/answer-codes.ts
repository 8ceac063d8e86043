/** Which acknowledgements a message asks for: original and enhanced mode (HL7 v2 chapter 2, 2.9.2 and 2.9.3, MSH-15 and MSH-16). Pure. */
import type { AckCode } from './ack.ts';
import { type MshHeader, mshComponent } from './msh-header.ts';

export type Outcome = 'accepted' | 'try-again' | 'refused';
const LETTER: Readonly<Record<Outcome, 'A' | 'E' | 'R'>> = { accepted: 'A', 'try-again': 'E', refused: 'R' };

/** Codes to send, in order; none when the sender wants none. */
export function answerCodes(header: MshHeader | null, outcome: Outcome, mode: 'auto' | 'original' | 'enhanced'): AckCode[] {
  const accept = header ? mshComponent(header, 15, 1).toUpperCase() : '';
  const application = header ? mshComponent(header, 16, 1).toUpperCase() : '';
  const letter = LETTER[outcome];
  const isEnhanced = mode === 'enhanced' || (mode === 'auto' && (accept !== '' || application !== ''));
  if (!isEnhanced) return [`A${letter}`];
  const codes: AckCode[] = [];
  if (isWanted(accept || (mode === 'enhanced' ? 'AL' : 'NE'), outcome)) codes.push(`C${letter}`);
  // A message that was not accepted is not processed: then only a sender without accept acknowledgements gets the bad news here.
  if (isWanted(application || 'NE', outcome) && (outcome === 'accepted' || codes.length === 0)) codes.push(`A${letter}`);
  return codes;
}

/** Table 0155: AL always, NE never, ER on error or reject, SU on success. Another word counts as AL. */
function isWanted(condition: string, outcome: Outcome): boolean {
  if (condition === 'NE') return false;
  if (condition === 'ER') return outcome !== 'accepted';
  return condition === 'SU' ? outcome === 'accepted' : true;
}
