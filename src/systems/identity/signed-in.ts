/** Who sits in front of the page. Roles come from a configurable claim; an unknown role is no role. */

export const ROLES = ['fls', 'radiologist', 'auditor', 'ops', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface SignedIn {
  /** Subject at the identity provider, or the EHR's fhirUser: opaque, goes into answers and the audit trail. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Set by an EHR launch: this person may see this patient's cases, and without a role nothing else. "Patient/123". */
  readonly patientReference: string | null;
  /** True when the identity provider is the demo's mock. */
  readonly mock: boolean;
}

/** Roles named at a dotted claim path ("realm_access.roles"), as an array or a space-separated text. */
export function rolesFrom(claims: unknown, path: string): readonly Role[] {
  const found = path
    .split('.')
    .reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), claims);
  const names: unknown[] = Array.isArray(found) ? found : typeof found === 'string' ? found.split(/[\s,]+/) : [];
  return ROLES.filter((role) => names.includes(role));
}
