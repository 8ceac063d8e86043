/** What is kept of a report that went through the flow in the shadow, and the figures of the backload's report. */
import type { FindingSummary } from './case-summary.ts';
import type { Reading } from './reading.ts';
import type { Decision } from './referral.ts';

/** What the figures need and no more: no name, no number, no text, no date of birth. */
export interface BackloadFacts {
  /** The same for the same patient: a hash of source, authority and number (`backstop.backload_person`), so that a person's rows can be erased. */
  readonly person: string;
  readonly source: string;
  /** Assigning authority; empty: none. */
  readonly authority: string;
  readonly ageYears: number | null;
  readonly sex: string;
  readonly reading: Omit<Reading, 'statements'> | null;
  readonly finding: FindingSummary | null;
  readonly decision: Pick<Decision, 'rule' | 'outcome' | 'priority' | 'careGap' | 'policyVersion'> | null;
  /** Code of what stopped it. */
  readonly stopped: string | null;
}

export interface BackloadShare {
  readonly hits: number;
  readonly of: number;
}

/** One line of the what-if table: patients whose images show a loss of at least so much at an age of at least so many. */
export interface WhatIfLine {
  readonly lossPercent: number;
  readonly ageYears: number;
  readonly patients: number;
  readonly perWeek: number;
  /** Of them: the report states no vertebral fracture. */
  readonly notStated: number;
  /** Of the ones that are stated: without advice. */
  readonly statedWithoutAdvice: number;
}

export interface BackloadFigures {
  readonly from: string;
  readonly to: string;
  readonly weeks: number;
  readonly reports: number;
  readonly patients: number;
  readonly measured: number;
  /** Why nothing can be said, and how often; stopped cases by their code. */
  readonly cannotSay: Readonly<Record<string, number>>;
  readonly stopped: Readonly<Record<string, number>>;
  /** Of the examinations with a measured fracture of grade 2 or 3: stated in plain words. */
  readonly stated: BackloadShare;
  /** Of the reports that state a fracture: with advice. */
  readonly advised: BackloadShare;
  /** What the report says (stated, uncertain, denied, silent) against the worst measured grade. */
  readonly agreement: readonly { readonly says: string; readonly byGrade: readonly number[]; readonly cannotSay: number }[];
  /** Work by rule: how many in all, and a week. */
  readonly byRule: readonly {
    readonly rule: string;
    readonly outcome: string;
    readonly priority: string;
    readonly count: number;
    readonly perWeek: number;
  }[];
  readonly whatIf: readonly WhatIfLine[];
}
