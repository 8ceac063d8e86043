/** Who sits in front of the page. Roles come from a configurable claim; an unknown role is no role. */

export const ROLES = ['fls', 'radiologist', 'auditor', 'ops', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Two EHRs may both have a "Patient/1": a reference counts only together with the FHIR base that it is of. */
export interface LaunchedPatient {
  readonly issuer: string;
  /** "Patient/123". */
  readonly reference: string;
}

export interface SignedIn {
  /** Subject at the identity provider, or the EHR's fhirUser: opaque, goes into answers and the audit trail. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Set by an EHR launch: this person may see this patient's cases, and without a role nothing else. */
  readonly patient: LaunchedPatient | null;
  /** True when the identity provider is the demo's mock. */
  readonly mock: boolean;
}

/** The patient's reference when the launch came from the health record whose references our cases hold; else null. */
export function patientIn(record: string, user: Pick<SignedIn, 'patient'>): string | null {
  const bare = (base: string): string => base.replace(/\/+$/, '');
  return user.patient && record !== '' && bare(user.patient.issuer) === bare(record) ? user.patient.reference : null;
}

/** Roles named at a dotted claim path ("realm_access.roles"), as an array or a space-separated text. */
export function rolesFrom(claims: unknown, path: string): readonly Role[] {
  const found = path
    .split('.')
    .reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), claims);
  const names: unknown[] = Array.isArray(found) ? found : typeof found === 'string' ? found.split(/[\s,]+/) : [];
  return ROLES.filter((role) => names.includes(role));
}
