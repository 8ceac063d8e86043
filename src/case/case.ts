/** The facts of one case, its states and the legal moves between them. */
import type { StudyFinding } from './finding.ts';
import type { CaseId } from './ids.ts';
import type { LevelChange, PriorStudy } from './prior.ts';
import type { Reading } from './reading.ts';
import type { Decision, HumanAnswer, PatientHistory } from './referral.ts';
import type { Report } from './report.ts';
import type { SeriesChoice, StudySummary } from './study.ts';

/**
 * How far a case is. `parked` waits for a person (an expected exception with a reason); `closed` is an end
 * without anything to write; `written` has its resources in the health record; `answered` has a person's answer.
 */
export type CaseState = 'received' | 'read' | 'located' | 'measured' | 'decided' | 'written' | 'answered' | 'parked' | 'closed';

const MOVES: Readonly<Record<CaseState, readonly CaseState[]>> = {
  received: ['read', 'measured', 'parked', 'closed'],
  read: ['located', 'measured', 'parked', 'closed', 'received'],
  located: ['measured', 'read', 'parked', 'closed', 'received'],
  measured: ['decided', 'parked', 'closed', 'received'],
  decided: ['written', 'parked', 'closed', 'received'],
  written: ['answered', 'measured', 'received', 'closed', 'parked'],
  answered: ['written', 'measured', 'received', 'closed', 'parked'],
  parked: ['received', 'read', 'located', 'measured', 'decided', 'closed'],
  closed: ['received', 'measured'],
};

/** True when a case may go from one state to another. A newer report version takes any case back to `received`. */
export function isLegalMove(from: CaseState, to: CaseState): boolean {
  return MOVES[from].includes(to);
}

export interface WrittenResource {
  readonly resourceType: string;
  readonly id: string;
  readonly versionId: string | null;
  /** Our idempotency key (hex SHA-256). */
  readonly key: string;
  /** What part it plays in the case: "summary", "vertebra L1", "proposal", "order", "task" ... */
  readonly role?: string;
  /** Set when the record would not take it ("403"): then `id` is empty and another channel has to carry it. */
  readonly refused?: string;
}

/** Everything known of a case. A fact is null until the step that finds it has run. */
export interface CaseFacts {
  readonly report: Report;
  readonly reading: Reading | null;
  readonly study: StudySummary | null;
  readonly choice: SeriesChoice | null;
  /** The sample of a series' headers told too little once: for this case every header is asked for before a series is chosen. */
  readonly allHeaders?: boolean;
  /** How often in a row the chosen series was not what the archive had described. */
  readonly chosenAgain?: number;
  /** An earlier study of the patient worth a look beside this one; absent in cases from before it was looked for. */
  readonly prior?: PriorStudy | null;
  /** What changed since that study; null unless we measured it too. */
  readonly sincePrior?: readonly LevelChange[] | null;
  readonly finding: StudyFinding | null;
  readonly history: PatientHistory | null;
  readonly decision: Decision | null;
  readonly resources: readonly WrittenResource[];
  readonly answers: readonly HumanAnswer[];
  /** Why the case is parked or closed, for a person. */
  readonly stopped: { readonly code: string; readonly text: string } | null;
}

export interface Case {
  readonly id: CaseId;
  readonly state: CaseState;
  /** Grows with every move: optimistic lock. */
  readonly version: number;
  /** Grows with every corrected report or addendum. */
  readonly reportVersion: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly facts: CaseFacts;
}
