/** What would another policy have decided on past cases? Tried before it is used (`backstop what-if --policy FILE`). */
import type { Case } from '../case/case.ts';
import type { Decision } from '../case/referral.ts';
import { needsReferral } from './needs-referral.ts';
import type { Policy } from './policy.ts';

export interface WhatIf {
  readonly policyVersion: string;
  readonly tried: number;
  /** Cases without a reading or a kept decision cannot be tried. */
  readonly notTried: number;
  readonly changed: readonly { readonly caseId: string; readonly was: string; readonly becomes: string; readonly because: string }[];
  /** Count of cases by rule and outcome, before and after. */
  readonly counts: readonly { readonly decision: string; readonly was: number; readonly becomes: number }[];
}

/** Each case is decided on the day on which it was decided before, so that nobody has grown older meanwhile. */
export function whatIf(policy: Policy, cases: readonly Pick<Case, 'id' | 'facts' | 'reportVersion'>[]): WhatIf {
  const changed: WhatIf['changed'][number][] = [];
  const counts = new Map<string, { was: number; becomes: number }>();
  const count = (name: string, side: 'was' | 'becomes') => {
    const entry = counts.get(name) ?? { was: 0, becomes: 0 };
    entry[side] += 1;
    counts.set(name, entry);
  };
  let tried = 0;
  for (const subject of cases) {
    const again = decideAgain(subject, policy);
    if (!again) continue;
    tried += 1;
    const [was, becomes] = [told(again.before), told(again.after)];
    count(was, 'was');
    count(becomes, 'becomes');
    const because = again.after.because[0]?.text ?? '';
    if (was !== becomes) changed.push({ caseId: subject.id, was, becomes, because });
    else if (again.before.dueDate !== again.after.dueDate)
      changed.push({ caseId: subject.id, was: `${was}, ${due(again.before)}`, becomes: `${becomes}, ${due(again.after)}`, because });
  }
  const sorted = [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([decision, entry]) => ({ decision, ...entry }));
  return { policyVersion: policy.version, tried, notTried: cases.length - tried, changed, counts: sorted };
}

function decideAgain(subject: Pick<Case, 'facts' | 'reportVersion'>, policy: Policy): { before: Decision; after: Decision } | null {
  const { report, reading, finding, history, decision, answers } = subject.facts;
  if (!reading || !decision?.inputs) return null;
  // A patient who was not found then cannot be judged differently now.
  if (history === null) return { before: decision, after: decision };
  const weighed = answers.filter((answer) => decision.inputs?.answerKeys.includes(answer.key));
  const facts = { report, reading, finding, history, answers: weighed, today: decision.inputs.decidedOn, reportVersion: subject.reportVersion };
  return { before: decision, after: needsReferral(facts, policy) };
}

/** What two parts of the same cases say together: a large house is tried page by page. */
export function addWhatIf(one: WhatIf, other: WhatIf): WhatIf {
  const counts = new Map(one.counts.map((row) => [row.decision, row]));
  for (const { decision, was, becomes } of other.counts) {
    const before = counts.get(decision) ?? { was: 0, becomes: 0 };
    counts.set(decision, { decision, was: before.was + was, becomes: before.becomes + becomes });
  }
  return {
    policyVersion: one.policyVersion,
    tried: one.tried + other.tried,
    notTried: one.notTried + other.notTried,
    changed: [...one.changed, ...other.changed],
    counts: [...counts.values()].toSorted((a, b) => a.decision.localeCompare(b.decision)),
  };
}

function due(decision: Decision): string {
  return decision.dueDate === null ? 'no due date' : `due ${decision.dueDate}`;
}

function told(decision: Decision): string {
  return `${decision.rule} ${decision.outcome}${decision.priority ? ` ${decision.priority}` : ''}`;
}
