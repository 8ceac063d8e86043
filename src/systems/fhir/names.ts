/** Every URI and code that Backstop gives itself in FHIR, in one place: they are in the profiles and in other people's databases. */

/** Canonical base of our profiles, code systems and identifiers. */
export const CANONICAL = 'https://backstop.example/fhir';
/** Identifier system of our idempotency keys (hex SHA-256). */
export const KEY_SYSTEM = `${CANONICAL}/sid/key`;
/** meta.tag: the case that wrote a resource; finds and withdraws a run. */
export const CASE_TAG = `${CANONICAL}/sid/case`;
/** meta.tag: the key of resources that have no identifier element (Provenance, AuditEvent). */
export const KEY_TAG = `${CANONICAL}/sid/key-tag`;
export const MODE_TAG = `${CANONICAL}/CodeSystem/run-mode`;

export const CODES = `${CANONICAL}/CodeSystem/backstop`;
export const GRADES = `${CANONICAL}/CodeSystem/genant-grade`;
export const RULES = `${CANONICAL}/CodeSystem/rule`;
export const DECLINE = `${CANONICAL}/CodeSystem/decline-reason`;

export const SNOMED = 'http://snomed.info/sct';
export const LOINC = 'http://loinc.org';
export const UCUM = 'http://unitsofmeasure.org';

export const DICOM_UID = 'urn:dicom:uid';
export const OBSERVATION_VALUE = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue';
export const BSER_STATUS = 'http://hl7.org/fhir/us/bser/CodeSystem/TaskBusinessStatusCS';

export function profile(name: string): string {
  return `${CANONICAL}/StructureDefinition/${name}`;
}
