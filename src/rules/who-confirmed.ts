/** Is the fracture confirmed, and by whom? The report's own word, or a radiologist's answer to a review; never the model alone. */
import type { HumanAnswer } from '../case/referral.ts';
import type { DecisionFacts } from './decision-facts.ts';

export interface Confirmation {
  readonly by: 'report' | 'radiologist' | null;
  /** A radiologist looked at the model's finding and says it is no fracture. */
  readonly refuted: boolean;
  /** The radiologist's answer that counts: the newest of confirm, change, refute. */
  readonly answer: HumanAnswer | null;
}

const REVIEWS = ['finding-confirmed', 'finding-changed', 'finding-refuted'];

/** The report counts as confirming only when it states the fracture in plain words (not only wedging, collapse, loss of height). */
export function whoConfirmed(facts: Pick<DecisionFacts, 'report' | 'reading' | 'answers'>): Confirmation {
  const answer = newestReview(facts.answers);
  const refuted = answer !== null && isRefusal(answer);
  if (answer !== null && !refuted) return { by: 'radiologist', refuted: false, answer };
  const stated = facts.reading.fracture === 'stated' && !facts.reading.ambiguousOnly;
  return { by: stated && !(refuted && refutedByTwo(facts)) ? 'report' : null, refuted, answer };
}

/** Two people, after the report as it stands, and nobody who said otherwise since: then their word stands against the report's. */
function refutedByTwo({ report, answers }: Pick<DecisionFacts, 'report' | 'answers'>): boolean {
  const reported = report.reportedAt?.slice(0, 10) ?? '';
  const reviews = answers.filter((answer) => REVIEWS.includes(answer.kind)).toSorted((a, b) => a.at.localeCompare(b.at));
  const since = reviews.slice(reviews.findLastIndex((answer) => !isRefusal(answer)) + 1).filter((answer) => answer.at.slice(0, 10) >= reported);
  return new Set(since.map((answer) => answer.by)).size >= 2;
}

function newestReview(answers: readonly HumanAnswer[]): HumanAnswer | null {
  let newest: HumanAnswer | null = null;
  for (const answer of answers) {
    if (REVIEWS.includes(answer.kind) && (newest === null || answer.at >= newest.at)) newest = answer;
  }
  return newest;
}

/** A change of every grade to 0 says the same as a refusal. */
function isRefusal(answer: HumanAnswer): boolean {
  if (answer.kind === 'finding-refuted') return true;
  const changes = answer.changes ?? [];
  return answer.kind === 'finding-changed' && changes.length > 0 && changes.every((change) => change.grade === 0);
}
