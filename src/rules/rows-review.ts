/** R05-R07 of the decision table: what a radiologist has to look at. */
import type { Vertebra } from '../case/vertebra.ts';
import type { Row, Verdict } from './decision-row.ts';
import type { Evidence } from './evidence.ts';
import { limit, type Policy } from './policy.ts';

export const reviewRows: readonly Row[] = [
  {
    id: 'R05',
    when: 'the model grades 2 or more, and the report is silent or says no',
    then: 'radiologist review task; no referral before it is confirmed',
    decide: (evidence, policy) => {
      if (!modelAlone(evidence) || (evidence.modelGrade ?? 0) < limit(policy, 'reviewGrade')) return null;
      return {
        outcome: 'radiologist-review',
        priority: 'routine',
        because: [seenSentence(evidence), reportSentence(evidence)],
        due: 'dueDaysReview',
      };
    },
  },
  {
    id: 'R06',
    when: 'the model grades 1 at most (or cannot grade surely what may be 2 or more, or suspects a fracture without naming a level), and the report is silent or says no',
    then: 'review task, low priority',
    decide: lowReview,
  },
  {
    id: 'R07',
    when: 'the report is uncertain, or uses only ambiguous words (wedging, collapse, loss of height ...) that no look-alike explains; or the text of the report could not be read and R05 or R06 would ask if it were silent (a grade of 1 at most: low priority); or report and radiologist contradict each other, until a second radiologist or a new report settles it',
    then: 'clarification task',
    decide: clarification,
  },
];

/** R05 and R06 compare with the report, so its text must have been read. */
function modelAlone({ confirmation, facts }: Evidence): boolean {
  const quiet = facts.reading.fracture === 'silent' || facts.reading.fracture === 'denied';
  return quiet && confirmation.by === null && !confirmation.refuted;
}

function lowReview(evidence: Evidence, policy: Policy): Verdict | null {
  const because = modelAlone(evidence) ? maybeSeen(evidence, policy) : null;
  return because && { outcome: 'radiologist-review', priority: 'low', because, due: 'dueDaysLowReview' };
}

/** What a person should look at although it is no sure fracture of grade 2; null when there is nothing of the kind. */
function maybeSeen(evidence: Evidence, policy: Policy): readonly string[] | null {
  if ((evidence.modelGrade ?? 0) >= 1) return [seenSentence(evidence), reportSentence(evidence)];
  const suspicion = suspected(evidence);
  if (suspicion) return [suspicion, reportSentence(evidence)];
  const doubtful = evidence.indeterminate.filter((v) => (v.grade ?? 0) >= limit(policy, 'reviewGrade'));
  if (!policy.reviewIndeterminate || doubtful.length === 0) return null;
  const sentence = `The model cannot grade ${doubtful.map((v) => v.levelText).join(', ')} surely; it may be grade ${limit(policy, 'reviewGrade')} or more.`;
  return isNotRead(evidence) ? [sentence, reportSentence(evidence)] : [sentence];
}

const isNotRead = ({ facts }: Evidence): boolean => facts.reading.fracture === 'not-read';

/** What the images show must reach a person, and nobody knows whether the report says it already. */
function notCompared(evidence: Evidence, policy: Policy): Verdict | null {
  if (evidence.confirmation.by !== null || evidence.confirmation.refuted) return null;
  if ((evidence.modelGrade ?? 0) >= limit(policy, 'reviewGrade')) {
    return { outcome: 'clarification', priority: 'routine', because: [seenSentence(evidence), reportSentence(evidence)], due: 'dueDaysReview' };
  }
  const because = maybeSeen(evidence, policy);
  return because && { outcome: 'clarification', priority: 'low', because, due: 'dueDaysLowReview' };
}

/** A model of the study as a whole names no level and gives no grade: it can only ask a person to look. */
function suspected({ facts: { finding } }: Evidence): string | null {
  const said = finding?.state === 'cannot-say' ? finding.suspicion : undefined;
  if (!said || said.probability < said.threshold) return null;
  return `Study-level suspicion of a vertebral fracture (${Math.round(100 * said.probability)} %, asked from ${Math.round(100 * said.threshold)} %); no vertebra was named or measured.`;
}

function clarification(evidence: Evidence, policy: Policy): Verdict | null {
  if (isNotRead(evidence)) return notCompared(evidence, policy);
  const { facts, confirmation, reportDoubtful, mimic } = evidence;
  const ask = (because: readonly string[]): Verdict => ({ outcome: 'clarification', priority: 'routine', because, due: 'dueDaysReview' });
  if (confirmation.refuted && confirmation.by === 'report') {
    return ask(['The report states a vertebral fracture and a radiologist who reviewed it says there is none: a second radiologist is needed.']);
  }
  if (!reportDoubtful || confirmation.by !== null || confirmation.refuted || mimic === 'yes') return null;
  const words = facts.reading.ambiguousOnly ? 'uses only words that may or may not mean a fracture' : 'is uncertain about a vertebral fracture';
  return ask([`The report ${words}.`, ...(evidence.seen.length > 0 ? [seenSentence(evidence)] : [])]);
}

function seenSentence({ seen }: Evidence): string {
  return `The model measures ${seen.map(describe).join(', ')}.`;
}

function describe(vertebra: Vertebra): string {
  const loss = vertebra.loss === null ? '' : `, ${Math.round(vertebra.loss.percent)} % height loss`;
  return `${vertebra.levelText} grade ${vertebra.grade}${loss}`;
}

function reportSentence({ facts }: Evidence): string {
  if (facts.reading.fracture === 'not-read') return "The report's text could not be read by Backstop, so the two are not compared.";
  return facts.reading.fracture === 'denied' ? 'The report says that there is none.' : 'The report does not mention one.';
}
