/** Patient history, the decision, and what became of it. */
import type { Grade, LandmarkName, Level } from './vertebra.ts';

/** "Unknown" is a value: it never means no. */
export type Known<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly because: string };

export interface PatientHistory {
  /** Logical reference in the EHR, e.g. "Patient/123". */
  readonly patientReference: string;
  readonly birthDate: Known<string>;
  readonly sex: Known<'female' | 'male' | 'other'>;
  readonly deceased: Known<boolean>;
  readonly endOfLifeCare: Known<boolean>;
  readonly postMenopausal: Known<boolean>;
  readonly osteoporosisDiagnosed: Known<boolean>;
  /** Active bone drugs, by display text. */
  readonly boneDrugs: Known<readonly string[]>;
  /** Metastasis, myeloma, infection ... on the problem list, by display text. */
  readonly redFlagProblems: Known<readonly string[]>;
  readonly cancerHistory: Known<boolean>;
  readonly mimicProblems: Known<readonly string[]>;
  readonly openReferral: Known<string | null>;
  readonly declinedReferral: Known<string | null>;
  readonly priorVertebralFracture: Known<string | null>;
}

/** Rule numbers of the decision table (clinical-rules.md). */
export type RuleId =
  | 'R00'
  | 'R01'
  | 'R02'
  | 'R03'
  | 'R04'
  | 'R05'
  | 'R06'
  | 'R07'
  | 'R08'
  | 'R09'
  | 'R10'
  | 'R11'
  | 'R12'
  | 'R13'
  | 'R14'
  | 'R15'
  | 'R16'
  | 'R17'
  | 'R99';

export type Outcome =
  | 'nothing'
  | 'exception'
  | 'urgent-to-referrer'
  | 'human-check'
  | 'radiologist-review'
  | 'clarification'
  | 'specialist-advice'
  | 'link-to-referral'
  | 'fracture-on-treatment'
  | 'notify'
  | 'refer';

export interface Because {
  readonly rule: RuleId;
  /** One sentence in plain words with the figures that counted; no names. */
  readonly text: string;
}

export interface Decision {
  readonly rule: RuleId;
  readonly outcome: Outcome;
  readonly priority: 'routine' | 'urgent' | 'low' | null;
  readonly veryHighRisk: boolean;
  /** Report states it, or a radiologist accepted the model's finding. */
  readonly confirmedBy: 'report' | 'radiologist' | null;
  /** R15: the report lacks advice. */
  readonly careGap: boolean;
  /** R16: the report states one, the model does not see it. */
  readonly modelDisagrees: boolean;
  /** Words a radiologist may copy into an addendum; null when none are needed. */
  readonly addendumText: string | null;
  readonly because: readonly Because[];
  readonly policyVersion: string;
  /** YYYY-MM-DD: by when the referral or review should be done. */
  readonly dueDate: string | null;
  /** What the rule saw, in plain words, each with its source: `backstop explain` prints it. */
  readonly inputs?: DecisionInputs;
}

export interface DecisionInputs {
  /** YYYY-MM-DD */
  readonly decidedOn: string;
  readonly reportVersion: number;
  /** Keys of the answers that were weighed. */
  readonly answerKeys: readonly string[];
  /** Name of an input to its value and where it came from, e.g. { age: '81 years (health record)' }. No names, no dates of birth. */
  readonly seen: Readonly<Record<string, string>>;
}

/** A person's answer to a card, a review or a worklist row. */
export interface HumanAnswer {
  readonly kind:
    | 'card-accepted'
    | 'card-overridden'
    /** A clinician accepted a card that asks for a second look at the images: no referral yet. */
    | 'review-requested'
    | 'finding-confirmed'
    | 'finding-changed'
    | 'finding-refuted'
    | 'referral-accepted'
    | 'referral-declined'
    /** The fracture liaison service has given the patient an appointment. */
    | 'referral-scheduled'
    /** The patient did not come to it: a new appointment is needed. */
    | 'referral-unattended'
    | 'referral-done';
  /** ISO 8601 */
  readonly at: string;
  /** Who, as an opaque id (practitioner reference or account id). */
  readonly by: string;
  readonly reasonCode: string | null;
  readonly reasonText: string | null;
  /** Of a 'referral-scheduled': the day of the appointment, YYYY-MM-DD, where it is known. */
  readonly scheduledFor?: string;
  /** Of a 'finding-changed': the grades as the radiologist gives them (0 = no fracture). */
  readonly changes?: readonly { readonly level: Level; readonly grade: Grade }[];
  /** Of a 'finding-changed': points that the radiologist moved on the key picture (column, row), for the record and for training. */
  readonly moved?: { readonly level: Level; readonly points: Readonly<Partial<Record<LandmarkName, readonly [column: number, row: number]>>> };
  /** Key that makes a repeated delivery harmless. */
  readonly key: string;
}
