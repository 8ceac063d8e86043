/** A person's answer on a page: stored once, and the case goes where the rules send it. */
import type { CaseId } from '../case/ids.ts';
import type { HumanAnswer } from '../case/referral.ts';
import type { CaseStore } from '../ports.ts';
import { applyAnswer } from '../rules/apply-answer.ts';

const TRIES = 3;

/** The case may move between reading and storing (a step ends): then it is read again. */
export function peopleAnswers(
  store: Pick<CaseStore, 'load' | 'recordAnswer'>,
): (id: CaseId, answer: HumanAnswer) => Promise<'recorded' | 'known' | 'gone'> {
  return async (id, answer) => {
    for (let attempt = 1; ; attempt++) {
      const current = await store.load(id);
      if (!current) return 'gone';
      if (current.facts.answers.some((known) => known.key === answer.key)) return 'known';
      try {
        return (await store.recordAnswer(id, answer, applyAnswer(current, answer).to)) ? 'recorded' : 'known';
      } catch (error) {
        const moved = (await store.load(id))?.state !== current.state;
        if (!moved || attempt >= TRIES) throw error;
      }
    }
  };
}
