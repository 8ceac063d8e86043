/** R00-R17: the decision table that people sign. Ordered: the first row that answers wins; rows marked + add to it. */
import type { Row, Verdict } from './decision-row.ts';
import { type Evidence, isKnownTrue, valueOf } from './evidence.ts';
import { isVeryHighRisk } from './is-very-high-risk.ts';
import { limit, type Policy } from './policy.ts';
import { reviewRows } from './rows-review.ts';
import { safetyRows } from './rows-safety.ts';
import { lastRows } from './rows-without-fracture.ts';

const confirmedRows: readonly Row[] = [
  {
    id: 'R08',
    when: 'stated (or only ambiguous words), and a look-alike is recorded for the very same levels',
    then: 'nothing; a look-alike elsewhere or without a level blocks nothing and is told',
    decide: ({ confirmation, reportDoubtful, mimic }) =>
      mimic === 'yes' && (confirmation.by === 'report' || (confirmation.by === null && reportDoubtful))
        ? { outcome: 'nothing', priority: null, because: ['The report explains every level in question by a look-alike of a fracture.'] }
        : null,
  },
  {
    id: 'R09',
    when: 'confirmed, age below 50 and not known to be post-menopausal; or the age is not known',
    then: 'card "seek specialist advice", no automatic referral; age unknown: a person checks',
    decide: youngOrUnknown,
  },
  {
    id: 'R10',
    when: 'confirmed, eligible, and a referral to the fracture liaison service is open',
    then: 'link the new evidence to it; no second referral',
    decide: ({ confirmation, facts }) => {
      const open = valueOf(facts.history?.openReferral);
      if (confirmation.by === null || !open) return null;
      return { outcome: 'link-to-referral', priority: 'routine', because: ['A referral to the fracture liaison service is already open.'] };
    },
  },
  {
    id: 'R11',
    when: 'confirmed, eligible, and on a bone drug',
    then: 'task "fracture on treatment", not a new referral',
    decide: ({ confirmation, facts }) => {
      const drugs = valueOf(facts.history?.boneDrugs) ?? [];
      if (confirmation.by === null || drugs.length === 0) return null;
      return { outcome: 'fracture-on-treatment', priority: 'routine', because: [`On a bone drug: ${drugs.join(', ')}.`], due: 'dueDaysRoutine' };
    },
  },
  {
    id: 'R12',
    when: 'confirmed, eligible, declined before, and the fracture is neither new nor progressed',
    then: 'notify only',
    decide: ({ confirmation, facts, newOrProgressed }) => {
      const declined = Boolean(valueOf(facts.history?.declinedReferral)) || facts.answers.some((a) => a.kind === 'referral-declined');
      if (confirmation.by === null || !declined || newOrProgressed) return null;
      return {
        outcome: 'notify',
        priority: 'low',
        because: ['A referral was declined before, and nothing says that the fracture is new or has progressed.'],
      };
    },
  },
  {
    id: 'R13',
    when: 'confirmed, eligible, and any of: grade 3; 2 or more fractures; new within 24 months of an earlier one; age 75 or more',
    then: 'refer, urgent, "very high risk"',
    decide: (evidence, policy) => {
      const reasons = evidence.confirmation.by === null ? [] : isVeryHighRisk(evidence, policy);
      if (reasons.length === 0) return null;
      const because = [confirmedSentence(evidence), `Very high risk: ${reasons.join('; ')}.`];
      return { outcome: 'refer', priority: 'urgent', veryHighRisk: true, because, due: 'dueDaysUrgent' };
    },
  },
  {
    id: 'R14',
    when: 'confirmed, any grade, age 50 or more or post-menopausal',
    then: 'refer, routine',
    decide: (evidence) =>
      evidence.confirmation.by === null
        ? null
        : { outcome: 'refer', priority: 'routine', because: [confirmedSentence(evidence)], due: 'dueDaysRoutine' },
  },
];

function youngOrUnknown({ confirmation, ageYears, facts }: Evidence, policy: Policy): Verdict | null {
  if (confirmation.by === null || isKnownTrue(facts.history?.postMenopausal)) return null;
  if (ageYears === null) {
    return { outcome: 'human-check', priority: 'routine', because: ['The age is not known, so eligibility cannot be judged.'], due: 'dueDaysReview' };
  }
  if (ageYears >= limit(policy, 'referralAgeYears')) return null;
  const menopause = facts.history?.postMenopausal;
  const female = facts.report.patient.sex === 'female' || valueOf(facts.history?.sex) === 'female';
  const because = [
    `Age ${ageYears}, below ${limit(policy, 'referralAgeYears')}${female && !menopause?.known ? '; whether she is post-menopausal is not known' : ''}.`,
  ];
  if (ageYears >= limit(policy, 'dxaAgeYears')) because.push('DXA may be offered from the age of 30 without a risk score first.');
  return { outcome: 'specialist-advice', priority: 'routine', because, due: 'dueDaysRoutine' };
}

function confirmedSentence({ confirmation, fractures, ageYears }: Evidence): string {
  const who = confirmation.by === 'radiologist' ? 'A radiologist confirmed' : 'The report states';
  const named = fractures.filter((f) => f.level !== null).map((f) => `${f.level}${f.grade === null ? '' : ` (grade ${f.grade})`}`);
  const where = named.length > 0 ? ` of ${named.join(', ')}` : ', level not named';
  return `${who} a vertebral fracture${where}${ageYears === null ? '' : `; age ${ageYears}`}.`;
}

/** In the order in which they are tried. */
export const DECISION_TABLE: readonly Row[] = [...safetyRows, ...reviewRows, ...confirmedRows, ...lastRows];
