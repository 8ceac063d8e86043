/**
 * Why a fracture liaison service does not take a patient: the reasons that services really give (Ong et al. 2020, Nottingham), coded, with the one
 * that the health record suggests. A suggestion is shown as such and never chosen by itself.
 */
import type { Known } from '#src/case/referral.ts';
import { isMildOnly, type PersonRow } from './person-rows.ts';

export const DECLINE_REASONS = {
  'cancer-assessment': 'cancer assessment',
  'mild-fractures': 'at most 2 mild fractures',
  'known-to-bone-service': 'known to the bone service',
  'terminal-illness': 'terminal illness',
  dependency: 'significant dependency',
  'life-expectancy': 'life expectancy under 12 months',
  other: 'other (say what)',
} as const;
export type DeclineReason = keyof typeof DECLINE_REASONS;

export function isDeclineReason(text: string): text is DeclineReason {
  return Object.hasOwn(DECLINE_REASONS, text);
}

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
