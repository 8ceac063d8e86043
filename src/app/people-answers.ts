/** A person's answer on a page: stored once, with who gave it, and the case goes where the rules send it. */
import type { CaseId } from '../case/ids.ts';
import type { HumanAnswer } from '../case/referral.ts';
import type { CaseStore, TrailEntry } from '../ports.ts';
import { applyAnswer } from '../rules/apply-answer.ts';

/** Where the case stands is asked when it is locked: a step that ends at the same moment changes nothing of it. */
export function peopleAnswers(
  store: Pick<CaseStore, 'load' | 'recordAnswer'>,
): (id: CaseId, answer: HumanAnswer, trail: TrailEntry) => Promise<'recorded' | 'known' | 'gone'> {
  return async (id, answer, trail) => {
    if (!(await store.load(id))) return 'gone';
    return (await store.recordAnswer(id, answer, (held) => applyAnswer(held, answer).to, trail)) ? 'recorded' : 'known';
  };
}
