/** R00-R04 of the decision table: who must not be referred by software, and what is urgent instead. */
import type { Row, Verdict } from './decision-row.ts';
import { type Evidence, isKnownTrue, valueOf } from './evidence.ts';
import { limit, type Policy } from './policy.ts';

const FINAL = ['final', 'corrected', 'addendum'];

export const safetyRows: readonly Row[] = [
  {
    id: 'R00',
    when: 'the patient differs between report, images and health record (or is not found there, or more than once); age below 18; the report is not final',
    then: 'nothing; exception list',
    decide: identityAndScope,
  },
  {
    id: 'R01',
    when: 'the patient has died',
    then: 'nothing; logged',
    decide: ({ facts }) =>
      isKnownTrue(facts.history?.deceased) || facts.report.patient.deceased === true
        ? { outcome: 'nothing', priority: null, because: ['The patient has died.'] }
        : null,
  },
  {
    id: 'R02',
    when: 'end-of-life care is recorded',
    then: 'no referral; information only where a fracture is confirmed',
    decide: ({ facts, confirmation }) =>
      isKnownTrue(facts.history?.endOfLifeCare)
        ? { outcome: confirmation.by === null ? 'nothing' : 'notify', priority: null, because: ['End-of-life care is recorded: information only.'] }
        : null,
  },
  {
    id: 'R03',
    when: 'a fracture is stated, doubted or seen, and report or problem list says metastasis, myeloma, lytic lesion, pathological fracture, infection, cord compromise',
    then: 'not to the fracture liaison service: urgent message to the referrer; a finding of the model alone goes to a radiologist first, urgently',
    decide: redFlag,
  },
  {
    id: 'R03',
    when: 'confirmed by the report alone, with a history of cancer and no red flag',
    then: 'a person checks first; it does not block',
    decide: cancerHistory,
  },
  {
    id: 'R04',
    when: 'high-energy trauma documented for a stated fracture, and no person has overridden it',
    then: 'not automatic; a person may override',
    decide: ({ facts, confirmation, acceptedByPerson }) =>
      facts.reading.trauma && confirmation.by !== null && !acceptedByPerson
        ? { outcome: 'human-check', priority: 'routine', because: ['The report documents high-energy trauma.'], due: 'dueDaysReview' }
        : null,
  },
];

function identityAndScope({ facts, ageYears }: Evidence, policy: Policy): Verdict | null {
  const exception = (text: string): Verdict => ({ outcome: 'exception', priority: null, because: [text] });
  const problem = facts.recordProblem;
  if (problem) {
    const how = {
      none: 'is not found in the health record',
      many: 'is found more than once in the health record',
      mismatch: 'differs from the health record',
    };
    return exception(`The patient ${how[problem.kind]}: ${problem.detail}.`);
  }
  if (facts.finding?.state === 'cannot-say' && facts.finding.reason === 'patient-mismatch') {
    return exception('The images carry another patient than the report.');
  }
  if (ageYears !== null && ageYears < limit(policy, 'minimumAgeYears')) {
    return exception(`Age ${ageYears}, below ${limit(policy, 'minimumAgeYears')}: out of scope.`);
  }
  if (facts.report.status === 'cancelled') return { outcome: 'nothing', priority: null, because: ['The report was cancelled.'] };
  if (!FINAL.includes(facts.report.status)) return exception(`The report is not final (${facts.report.status}): no decision is made on it.`);
  return null;
}

function redFlag({ facts, inQuestion, confirmation, reportDoubtful }: Evidence, policy: Policy): Verdict | null {
  const problems = valueOf(facts.history?.redFlagProblems) ?? [];
  if (!inQuestion || !(facts.reading.redFlag || problems.length > 0)) return null;
  const flags = facts.reading.statements
    .filter((s) => s.target === 'red-flag' && s.certainty !== 'denied' && s.who === 'patient')
    .map((s) => s.concept);
  const because = [`Red flag: ${[...new Set([...flags, ...problems])].join(', ') || 'in the report'}.`];
  if (confirmation.by === null && !reportDoubtful && !policy.alertsFromModelAlone) {
    const isNotRead = facts.reading.fracture === 'not-read';
    because.push(
      isNotRead
        ? "The model sees the fracture and the report's text could not be read by Backstop, so a radiologist looks first, urgently."
        : 'Only the model sees the fracture, so a radiologist looks first, urgently.',
    );
    return { outcome: isNotRead ? 'clarification' : 'radiologist-review', priority: 'urgent', because, due: 'dueDaysUrgentMessage' };
  }
  return { outcome: 'urgent-to-referrer', priority: 'urgent', because, due: 'dueDaysUrgentMessage' };
}

function cancerHistory({ facts, confirmation, acceptedByPerson }: Evidence): Verdict | null {
  const cancer = facts.reading.cancerHistory || isKnownTrue(facts.history?.cancerHistory);
  if (!cancer || confirmation.by !== 'report' || acceptedByPerson) return null;
  const because = ['A history of cancer is recorded: a person rules a pathological fracture out first.'];
  return { outcome: 'human-check', priority: 'routine', because, due: 'dueDaysReview' };
}
