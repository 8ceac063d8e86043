/** What may be shown to a clinician in the chart, before any JSON of CDS Hooks: chosen by rules/choose-card, drawn by systems/cds-hooks. */
import type { CaseFacts, CaseState } from './case.ts';
import type { CaseId } from './ids.ts';
import type { RuleId } from './referral.ts';

export type CardKind =
  | 'urgent'
  | 'missed-fracture'
  | 'unconfirmed-fracture'
  /** Confirmed by a radiologist; whether the report says so cannot be told. */
  | 'report-not-read'
  | 'reported-without-advice'
  | 'fracture-on-treatment'
  | 'under-50'
  | 'check-first'
  | 'referral-waiting';

/** HL7 non-adherence reasons (CodeSystem non-adherence-reason-codes) that a card offers, and 'none' for no reason given. */
export type OverrideReason =
  | 'action-completed'
  | 'cds-not-applicable'
  | 'cds-suboptimal-context'
  | 'recipient-disagrees-evidence'
  | 'recipient-concerns-outcomes'
  | 'patient-contraindication'
  | 'patient-refuses'
  | 'does-not-align-preferences'
  | 'not-convenient-feasible'
  | 'service-not-available'
  | 'too-costly-uncovered'
  | 'recipient-does-not-understand'
  | 'none';

/** An order or appointment of the chart (draft, or already open), reduced to what recognises it. */
export interface PlannedItem {
  readonly resourceType: string;
  readonly codes: readonly { readonly system: string; readonly code: string }[];
  /** Display and free texts. */
  readonly words: readonly string[];
}

/** What is known of the moment in which a card may be shown. */
export interface CardContext {
  readonly hook: string;
  /** A card is for clinicians; a Patient or RelatedPerson never gets one. */
  readonly userType: 'clinician' | 'patient';
  /** YYYY-MM-DD */
  readonly today: string;
  /** The person whose chart is open, as the EHR has them; null members are unknown. */
  readonly patient: { readonly birthDate: string | null; readonly deceased: boolean };
  /** Draft orders or appointments of this moment, and open orders of the chart (our own proposals are not among them). */
  readonly planned: readonly PlannedItem[];
  /** Codes under which the site orders its fracture liaison referral. */
  readonly siteOrderCodes: readonly string[];
  /** Policy: may a finding that nobody has confirmed be shown to a clinician (R05)? */
  readonly alertsFromModelAlone: boolean;
}

/** What the choice of a card needs to be told of the moment: asked by systems/cds-hooks, answered by steps/show-card. */
export interface CardQuestion {
  /** "Patient/123", of the health record that our cases hold. */
  readonly patientReference: string;
  readonly hook: string;
  readonly userType: CardContext['userType'];
  readonly patient: CardContext['patient'];
  /** Drafts and appointments that came with the request. */
  readonly planned: readonly PlannedItem[];
  readonly siteOrderCodes: readonly string[];
  /** Asked only when a card would be shown: orders that the chart already has. Empty when that cannot be known. */
  readonly openOrders: () => Promise<readonly PlannedItem[]>;
}

/** One case as the choice needs it (a CardRow of ports.ts). */
export interface CardSource {
  readonly caseId: CaseId;
  readonly version: number;
  readonly state: CaseState;
  readonly facts: CaseFacts;
}

export interface CardTableRow {
  readonly level: string;
  /** "31 %" */
  readonly loss: string;
  /** "2 (moderate)" */
  readonly grade: string;
  /** Anterior / middle / posterior with the unit: "19.1 / 18.0 / 25.9 mm" */
  readonly heights: string;
}

export interface CardSuggestion {
  readonly what: 'refer' | 'review';
  readonly label: string;
  readonly priority: 'routine' | 'urgent';
  /** The reason that goes with the order. */
  readonly reason: string;
}

export interface CardChoice {
  readonly kind: CardKind;
  readonly caseId: CaseId;
  /** Equal for equal content of the same case: an answered card keeps its identity, a changed finding gets a new one. */
  readonly contentKey: string;
  readonly indicator: 'info' | 'warning';
  readonly rules: readonly RuleId[];
  /** One sentence of at most 139 code points. */
  readonly summary: string;
  /** What was seen, what the report said, what is suggested, what this is: plain text with a bold lead word. */
  readonly paragraphs: readonly { readonly lead: string; readonly text: string }[];
  readonly table: readonly CardTableRow[];
  readonly suggestion: CardSuggestion | null;
  readonly overrideReasons: readonly OverrideReason[];
}

/** What the EHR tells us about a card that was shown. */
export interface CardAnswer {
  readonly cardUuid: string;
  readonly outcome: 'accepted' | 'overridden';
  /** Which suggestion was accepted; null when the client does not say, or for an override. */
  readonly accepted: CardSuggestion['what'] | null;
  readonly reason: OverrideReason;
  /** The user's words or the reason's display, for a person. */
  readonly reasonText: string | null;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Who told us: the client's name in our trust list. */
  readonly by: string;
}
