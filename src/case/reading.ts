/** What the text of a report says, found by reading/. Spans are UTF-16 offsets [start, end) into the report's text. */
import type { Grade, Level } from './vertebra.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

export type Target =
  | 'vertebral-fracture'
  | 'ambiguous-deformity'
  | 'other-fracture'
  | 'mimic'
  | 'red-flag'
  | 'trauma'
  | 'treated'
  | 'osteoporosis'
  | 'advice'
  | 'bones-mentioned'
  | 'phrase';

export type Certainty = 'affirmed' | 'denied' | 'uncertain' | 'hypothetical';
export type Acuity = 'acute' | 'old' | 'new' | 'unchanged' | 'progressed' | 'unknown';

export interface Statement {
  readonly target: Target;
  /** The concept in plain words, e.g. "compression fracture", "Schmorl node", "metastasis", "FLS referral". */
  readonly concept: string;
  readonly certainty: Certainty;
  /** 'historical' is a statement about the past ("history of ..."); an OLD fracture seen now is 'current' with acuity 'old'. */
  readonly time: 'current' | 'historical';
  readonly who: 'patient' | 'someone-else';
  readonly acuity: Acuity;
  /** Empty when no level is given. A range is expanded. */
  readonly levels: readonly Level[];
  /** Stated outside T1-L5, or transitional, as written. */
  readonly otherLevels: readonly string[];
  readonly grade: Grade | null;
  readonly severity: 'mild' | 'moderate' | 'severe' | null;
  readonly lossPercent: number | null;
  readonly section: 'history' | 'technique' | 'comparison' | 'findings' | 'impression' | 'addendum' | 'other';
  readonly span: Span;
  readonly sentence: Span;
}

export type CheckId = 'C1' | 'C2' | 'C3' | 'C4' | 'C5' | 'C6' | 'C7' | 'C8';
/** C2 needs the images; from the text alone it is 'cannot-say'. */
export type CheckResult = 'yes' | 'no' | 'cannot-say' | 'not-applicable';

export interface Reading {
  readonly statements: readonly Statement[];
  /** The report's word on vertebral fracture (T1-L5, this patient, now), after addenda. 'not-read': its words are in a document that cannot be read. */
  readonly fracture: 'stated' | 'uncertain' | 'denied' | 'silent' | 'not-read';
  /** Stated or uncertain only in ambiguous words (wedging, loss of height ...). */
  readonly ambiguousOnly: boolean;
  readonly levels: readonly Level[];
  readonly advice: boolean;
  readonly redFlag: boolean;
  readonly cancerHistory: boolean;
  readonly trauma: boolean;
  readonly mimic: boolean;
  readonly treated: boolean;
  readonly newOrProgressed: boolean;
  readonly checks: Readonly<Record<CheckId, CheckResult>>;
  /** Version of the grammar that read it. */
  readonly grammar: string;
}
