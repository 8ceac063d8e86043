/** The reason for declining that the health record or the images suggest. A suggestion is shown as such and never chosen by itself. */
import type { DeclineReason } from '#src/case/decline-reason.ts';
import type { Known } from '#src/case/referral.ts';
import { isMildOnly, type PersonRow } from './person-rows.ts';

/** What the record or the images suggest, with why; null when nothing does. */
export function suggestedReason(row: PersonRow): { readonly code: DeclineReason; readonly because: string } | null {
  const history = row.lead.history;
  if (history) {
    if (isTrue(history.endOfLifeCare)) return { code: 'terminal-illness', because: 'the record has end-of-life care' };
    const problems = history.redFlagProblems.known ? history.redFlagProblems.value : [];
    if (problems.length > 0) return { code: 'cancer-assessment', because: `the record has ${problems.join(', ')}` };
    if (isTrue(history.cancerHistory)) return { code: 'cancer-assessment', because: 'the record has a history of cancer' };
    const drugs = history.boneDrugs.known ? history.boneDrugs.value : [];
    if (drugs.length > 0) return { code: 'known-to-bone-service', because: `the record has ${drugs.join(', ')}` };
    if (isTrue(history.osteoporosisDiagnosed)) return { code: 'known-to-bone-service', because: 'the record has osteoporosis' };
  }
  return isMildOnly(row) ? { code: 'mild-fractures', because: 'only mild fractures were measured' } : null;
}

function isTrue(fact: Known<boolean>): boolean {
  return fact.known && fact.value;
}
