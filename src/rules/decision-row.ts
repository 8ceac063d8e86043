/** One row of the decision table, and what it answers. */
import type { Outcome, RuleId } from '../case/referral.ts';
import type { Evidence } from './evidence.ts';
import type { Policy, ThresholdName } from './policy.ts';

export interface Verdict {
  readonly outcome: Outcome;
  readonly priority: 'routine' | 'urgent' | 'low' | null;
  /** Sentences with the figures that counted; no names. */
  readonly because: readonly string[];
  readonly veryHighRisk?: boolean;
  /** Which clock runs; null = none. */
  readonly due?: ThresholdName;
}

export interface Row {
  readonly id: RuleId;
  /** For docs/rules.md: the condition and what follows, in the words that people sign. */
  readonly when: string;
  readonly then: string;
  readonly decide: (evidence: Evidence, policy: Policy) => Verdict | null;
}
