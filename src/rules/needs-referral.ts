/** Does this patient need a referral? Walks the decision table (clinical rules R00-R17) and keeps the reasons. */
import type { Because, Decision, RuleId } from '../case/referral.ts';
import { addendumText } from './addendum-text.ts';
import type { DecisionFacts } from './decision-facts.ts';
import type { Row, Verdict } from './decision-row.ts';
import { DECISION_TABLE } from './decision-table.ts';
import { type Evidence, weighEvidence } from './evidence.ts';
import { addDays } from './how-old.ts';
import { limit, type Policy } from './policy.ts';
import { whatWasSeen } from './what-was-seen.ts';

/** Pure and total: every set of facts gets exactly one decision. "Cannot say" is an `exception`, never `nothing`. */
export function needsReferral(facts: DecisionFacts, policy: Policy): Decision {
  const evidence = weighEvidence(facts);
  const { row, verdict } = firstMatch(evidence, policy);
  const careGap = verdict.outcome === 'refer' && !facts.reading.advice && facts.reading.fracture !== 'not-read';
  const modelDisagrees = facts.reading.fracture === 'stated' && evidence.modelSeesNone;
  const wantsWords = careGap || verdict.outcome === 'radiologist-review' || verdict.outcome === 'clarification';
  return {
    rule: row.id,
    outcome: verdict.outcome,
    priority: verdict.priority,
    veryHighRisk: verdict.veryHighRisk ?? false,
    confirmedBy: evidence.confirmation.by,
    careGap,
    modelDisagrees,
    addendumText: wantsWords ? addendumText(evidence.fractures, evidence.seen) : null,
    because: [...verdict.because.map((text) => ({ rule: row.id, text })), ...additions(evidence, row.id, verdict, careGap, modelDisagrees)],
    policyVersion: policy.version,
    dueDate: dueDate(facts, verdict, policy),
    inputs: {
      decidedOn: facts.today,
      reportVersion: facts.reportVersion ?? 0,
      answerKeys: facts.answers.map((answer) => answer.key),
      seen: whatWasSeen(evidence),
    },
  };
}

function firstMatch(evidence: Evidence, policy: Policy): { readonly row: Row; readonly verdict: Verdict } {
  for (const row of DECISION_TABLE) {
    const verdict = row.decide(evidence, policy);
    if (verdict) return { row, verdict };
  }
  throw new RangeError('the decision table has no last row');
}

/** R15 and R16, and what a reader should know although it decided nothing. */
function additions(evidence: Evidence, rule: RuleId, verdict: Verdict, careGap: boolean, modelDisagrees: boolean): readonly Because[] {
  const { facts, confirmation, fractures, seen, mimic } = evidence;
  const added: Because[] = [];
  if (careGap) added.push({ rule: 'R15', text: 'The report gives no advice to refer or to assess for osteoporosis.' });
  if (modelDisagrees) added.push({ rule: 'R16', text: 'The model sees no fracture where the report states one: the report is followed.' });
  const named = new Set(fractures.map((f) => f.level));
  const further = confirmation.by === 'report' ? seen.filter((v) => named.size > 0 && !named.has(null) && !named.has(v.level)) : [];
  if (further.length > 0) {
    added.push({
      rule: 'R05',
      text: `The model also measures ${further.map((v) => `${v.levelText} grade ${v.grade}`).join(', ')}, which the report does not name.`,
    });
  }
  if (verdict.outcome !== 'refer') return added;
  if (facts.reading.fracture === 'not-read') {
    added.push({ rule, text: "The report's text could not be read by Backstop: whether it gives advice is not known." });
  }
  if (mimic === 'cannot-say') added.push({ rule: 'R08', text: 'A look-alike is recorded too, at a level that is not named.' });
  if (facts.history && !facts.history.openReferral.known) added.push({ rule: 'R10', text: 'Whether a referral is already open is not known.' });
  if (facts.history && !facts.history.boneDrugs.known) added.push({ rule: 'R11', text: 'Whether a bone drug is taken is not known.' });
  return added;
}

/** A referral's clock starts with the report (FLS-DB KPI 4: from the diagnosis); a task's clock starts today. */
function dueDate(facts: DecisionFacts, verdict: Verdict, policy: Policy): string | null {
  if (verdict.due === undefined) return null;
  const reported = facts.report.reportedAt?.slice(0, 10);
  const fromReport = verdict.outcome === 'refer' && reported !== undefined && reported <= facts.today;
  return addDays(fromReport ? reported : facts.today, limit(policy, verdict.due));
}
