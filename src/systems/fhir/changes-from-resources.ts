/** What people did in the EHR with our Tasks and proposals, told as their answers (pure). */
import type { Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import type { HumanAnswer } from '../../case/referral.ts';
import { isWithdrawn } from './merge-resource.ts';
import { CASE_TAG, CODES, KEY_SYSTEM } from './names.ts';

export interface RecordChange {
  /** As the tag says it; the caller checks that it is a case. */
  readonly caseId: string;
  readonly answer: HumanAnswer;
}

const TASK_SAYS: Readonly<Partial<Record<Task['status'], HumanAnswer['kind']>>> = {
  accepted: 'referral-accepted',
  'in-progress': 'referral-accepted',
  completed: 'referral-done',
  rejected: 'referral-declined',
  cancelled: 'referral-declined',
  failed: 'referral-declined',
};

/** Statuses of our proposal that only a person in the EHR sets, or that we set ourselves after the same answer. */
const PROPOSAL_SAYS: Readonly<Partial<Record<ServiceRequest['status'], HumanAnswer['kind']>>> = {
  active: 'referral-accepted',
  revoked: 'referral-declined',
};

/** Only referrals; what we withdrew ourselves is nobody's answer. The key makes the same status told twice harmless. */
export function changesFromResources(resources: readonly Resource[]): readonly RecordChange[] {
  return resources.flatMap((resource) => {
    const caseId = resource.meta?.tag?.find((tag) => tag.system === CASE_TAG)?.code;
    const kind = kindOf(resource);
    const at = (resource.resourceType === 'Task' ? resource.lastModified : undefined) ?? resource.meta?.lastUpdated;
    if (!caseId || !kind || !at || isWithdrawn(resource)) return [];
    const answer: HumanAnswer = {
      kind,
      at,
      by: whoOf(resource),
      ...reasonOf(resource),
      key: `ehr:${resource.resourceType}:${resource.id}:${kind}:${resource.meta?.versionId ?? at}`,
    };
    return [{ caseId, answer }];
  });
}

function kindOf(resource: Resource): HumanAnswer['kind'] | undefined {
  const ours = (resource as { identifier?: { system?: string }[] }).identifier?.some((identifier) => identifier.system === KEY_SYSTEM);
  if (resource.resourceType === 'Task') {
    const isReferral = resource.code?.coding?.some((coding) => coding.system === CODES && coding.code === 'task-refer');
    return ours && isReferral ? TASK_SAYS[resource.status] : undefined;
  }
  return resource.resourceType === 'ServiceRequest' && ours && resource.intent === 'proposal' ? PROPOSAL_SAYS[resource.status] : undefined;
}

/** The practitioner where the Task has one as its owner; else only that it was done in the health record. */
function whoOf(resource: Resource): string {
  const owner = resource.resourceType === 'Task' ? resource.owner?.reference : undefined;
  return owner !== undefined && /^Practitioner(Role)?\//.test(owner) ? owner : 'health-record';
}

function reasonOf(resource: Resource): Pick<HumanAnswer, 'reasonCode' | 'reasonText'> {
  const reason = resource.resourceType === 'Task' ? resource.statusReason : undefined;
  const code = reason?.coding?.[0]?.code;
  return { reasonCode: code ?? null, reasonText: code === undefined ? (reason?.text ?? null) : null };
}
