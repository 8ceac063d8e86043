/** Two records of one person became one (HL7 v2 ADT^A40, section 3.3.40): what the old identifiers are called from now on. */
import type { Identifier } from './report.ts';

export interface PatientMerge {
  /** Which listener told it; cases of two sources never meet. */
  readonly source: string;
  /** MRG-1: identifiers that are no longer used. Never empty. */
  readonly from: readonly Identifier[];
  /** PID-3: identifiers that stay. Never empty. */
  readonly into: readonly Identifier[];
}
