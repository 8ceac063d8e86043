/** The one order that a card suggests: a FHIR R4 ServiceRequest (draft, proposal) in the shape that the client takes. */
import type { CardSuggestion } from '#src/case/card.ts';
import type { Coding, TrustProfile } from './trust-profile.ts';

const SNOMED = 'http://snomed.info/sct';
/** Epic: orders are named by an entry of the preference list. */
export const EPIC_PREFERENCE_LIST = 'urn:com.epic.cdshooks.action.code.system.preference-list-item';

export interface OrderContext {
  readonly patientId: string;
  readonly encounterId: string | null;
  /** "Practitioner/1": the clinician whose chart shows the card. */
  readonly userId: string;
  readonly cardUuid: string;
  /** YYYY-MM-DD */
  readonly today: string;
}

const TEXT = { refer: 'Referral to fracture liaison service', review: 'Second look at the images by a radiologist' } as const;

/**
 * Undefined when this client can't take the order: Epic needs the site's preference-list entry. SNOMED CT has no code for a referral to a
 * fracture liaison service: the generic 306206005 with our text stands in until the site maps its own.
 */
export function cardOrder(
  suggestion: CardSuggestion,
  context: OrderContext,
  profile: Pick<TrustProfile, 'render' | 'orders'>,
): Record<string, unknown> | undefined {
  const site = profile.orders[suggestion.what];
  if (profile.render === 'epic' && site?.system !== EPIC_PREFERENCE_LIST) return undefined;
  const generic: readonly Coding[] = suggestion.what === 'refer' ? [{ system: SNOMED, code: '306206005', display: 'Referral to service' }] : [];
  const coding = site ? [site] : generic;
  return {
    resourceType: 'ServiceRequest',
    meta: {
      security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'AIAST', display: 'Artificial Intelligence asserted' }],
    },
    identifier: [{ system: 'urn:ietf:rfc:3986', value: `urn:uuid:${context.cardUuid}` }],
    status: 'draft',
    intent: 'proposal',
    priority: suggestion.priority,
    code: { ...(coding.length > 0 && { coding }), text: TEXT[suggestion.what] },
    subject: { reference: `Patient/${context.patientId}` },
    ...(context.encounterId && { encounter: { reference: `Encounter/${context.encounterId}` } }),
    authoredOn: context.today,
    requester: { reference: context.userId },
    reasonCode: [
      {
        // A finding that nobody confirmed is not coded as a fracture.
        ...(suggestion.what === 'refer' && { coding: [{ system: SNOMED, code: '42942008', display: 'Compression fracture of vertebral column' }] }),
        text: suggestion.reason === '' ? 'Vertebral fracture' : suggestion.reason,
      },
    ],
  };
}
