/** Orders and appointments in FHIR bundles, reduced to what recognises them. Never throws on odd resources. */
import type { PlannedItem } from '#src/case/card.ts';

type Json = Readonly<Record<string, unknown>>;
/** The elements of orders and appointments that say what is ordered (FHIR R4). */
const WHAT = ['code', 'medicationCodeableConcept', 'serviceType', 'specialty', 'reasonCode', 'appointmentType', 'orderDetail', 'category'] as const;

/** `entry` resources of a Bundle (anything else gives none). Our own proposals are left out when `withoutProposals`. */
export function plannedItems(bundle: unknown, withoutProposals = false): PlannedItem[] {
  const entries = isObject(bundle) && Array.isArray(bundle.entry) ? bundle.entry : [];
  return entries
    .map((entry: unknown) => (isObject(entry) ? entry.resource : undefined))
    .filter(isObject)
    .filter((resource) => resource.resourceType !== 'OperationOutcome' && !(withoutProposals && resource.intent === 'proposal'))
    .map(plannedItem);
}

function plannedItem(resource: Json): PlannedItem {
  const concepts = WHAT.flatMap((name) => resource[name]).filter(isObject);
  const codings = concepts.flatMap((concept) => concept.coding).filter(isObject);
  const reference = isObject(resource.medicationReference) ? [resource.medicationReference.display] : [];
  return {
    resourceType: String(resource.resourceType ?? ''),
    codes: codings.flatMap(({ system, code }) => (typeof code === 'string' ? [{ system: typeof system === 'string' ? system : '', code }] : [])),
    words: [...concepts.map((c) => c.text), ...codings.map((c) => c.display), resource.description, ...reference].filter(
      (w) => typeof w === 'string',
    ),
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
