/** What we want and what is there, brought together (pure): people's progress on a Task or request is never set back, other people's fields stay. */
import type { Resource } from '@medplum/fhirtypes';
import { CODES } from './names.ts';
import type { Stored } from './record-client.ts';

/** Progress of a status; the ends are all alike. Statuses that are not listed count as the beginning. */
const RANK: Readonly<Record<string, number>> = {
  requested: 1,
  received: 2,
  draft: 1,
  accepted: 3,
  active: 3,
  ready: 3,
  'in-progress': 4,
  'on-hold': 4,
  completed: 9,
  rejected: 9,
  revoked: 9,
  cancelled: 9,
  failed: 9,
};

const PROGRESS_FIELDS = ['status', 'businessStatus', 'statusReason', 'owner', 'executionPeriod', 'output'] as const;

/** Elements that we write or leave out: where we now leave one out, what we wrote before goes. All other elements belong to others and stay. */
const OPTIONAL_OF_OURS: Readonly<Record<string, readonly string[]>> = {
  Observation: ['effectiveDateTime', 'valueCodeableConcept', 'dataAbsentReason', 'interpretation', 'component', 'hasMember', 'note', 'derivedFrom'],
  DiagnosticReport: ['effectiveDateTime', 'imagingStudy', 'result', 'conclusionCode', 'presentedForm'],
  DetectedIssue: ['implicated', 'identifiedDateTime'],
  ServiceRequest: ['occurrencePeriod', 'supportingInfo'],
  Task: ['statusReason', 'businessStatus', 'focus', 'restriction'],
};

/** The resource to PUT, or null when what is there says all that we want to say. */
export function mergeResource<T extends Resource>(existing: Stored<T>, wanted: T): Stored<T> | null {
  const kept = keepProgress(existing, wanted);
  const merged = { ...existing, ...kept, id: existing.id, meta: { ...existing.meta, ...mergedMeta(existing, kept) } } as Stored<T>;
  for (const name of OPTIONAL_OF_OURS[existing.resourceType] ?? []) if (!(name in kept)) delete (merged as unknown as Record<string, unknown>)[name];
  return says(existing, merged) && Object.keys(existing).every((key) => key in merged) ? null : merged;
}

/** A Task or request that a person has taken further keeps their state. One that we withdrew ourselves may come back. */
function keepProgress<T extends Resource>(existing: Stored<T>, wanted: T): T {
  if (existing.resourceType !== 'Task' && existing.resourceType !== 'ServiceRequest') return wanted;
  if (isWithdrawn(existing)) return wanted;
  const rank = (resource: Resource) => RANK[(resource as { status?: string }).status ?? ''] ?? 0;
  if (rank(existing) <= rank(wanted)) return wanted;
  const theirs = Object.fromEntries(
    PROGRESS_FIELDS.filter((field) => field in existing).map((field) => [field, existing[field as keyof typeof existing]]),
  );
  return { ...wanted, ...theirs };
}

/** Withdrawn by this software, not by a person: see withdrawn(). */
export function isWithdrawn(resource: Resource): boolean {
  if (resource.resourceType === 'Task')
    return resource.statusReason?.coding?.some((coding) => coding.system === CODES && coding.code === 'withdrawn') ?? false;
  return (resource as { status?: string }).status === 'entered-in-error';
}

function mergedMeta<T extends Resource>(existing: Stored<T>, wanted: T): NonNullable<Resource['meta']> {
  const union = <V>(theirs: readonly V[] | undefined, ours: readonly V[] | undefined) => {
    const added = (ours ?? []).filter((one) => !(theirs ?? []).some((other) => says(other, one)));
    return [...(theirs ?? []), ...added];
  };
  const { tag, security, profile } = wanted.meta ?? {};
  return {
    ...(tag && { tag: union(existing.meta?.tag, tag) }),
    ...(security && { security: union(existing.meta?.security, security) }),
    ...(profile && { profile: union(existing.meta?.profile, profile) }),
  };
}

/** True when `there` holds everything of `wanted`. A server may add elements, make a reference absolute and move attachment data to a URL. */
export function says(there: unknown, wanted: unknown): boolean {
  if (wanted === undefined || there === wanted) return true;
  if (typeof there === 'string' && typeof wanted === 'string') return /^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]+$/.test(wanted) && there.endsWith(`/${wanted}`);
  if (Array.isArray(wanted)) return Array.isArray(there) && there.length === wanted.length && wanted.every((item, at) => says(there[at], item));
  if (typeof wanted !== 'object' || wanted === null || typeof there !== 'object' || there === null) return false;
  return Object.entries(wanted).every(([name, value]) => {
    if (name === 'data' && 'url' in there) return true;
    return says((there as Record<string, unknown>)[name], value);
  });
}

/** The resource as it is withdrawn; null when it is withdrawn already, or a person has taken it on and software must not take it away. */
export function withdrawn<T extends Resource>(existing: Stored<T>): Stored<T> | null {
  if (isWithdrawn(existing)) return null;
  switch (existing.resourceType) {
    case 'Task': {
      if ((RANK[existing.status] ?? 0) >= 3) return null;
      const statusReason = {
        coding: [{ system: CODES, code: 'withdrawn', display: 'Withdrawn by Backstop' }],
        text: 'Withdrawn: superseded by a later report or answer',
      };
      return { ...existing, status: 'cancelled', statusReason } as Stored<T>;
    }
    case 'ServiceRequest':
      return existing.intent === 'order' || existing.status !== 'draft' ? null : ({ ...existing, status: 'entered-in-error' } as Stored<T>);
    case 'Observation':
    case 'DiagnosticReport':
    case 'DetectedIssue':
      return { ...existing, status: 'entered-in-error' } as Stored<T>;
    default:
      return null;
  }
}
