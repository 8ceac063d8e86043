/** What people did in the EHR with our Tasks and proposals, told as their answers (pure). */
import type { Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import type { HumanAnswer } from '../../case/referral.ts';
import { isWithdrawn } from './merge-resource.ts';
import { BSER_STATUS, CASE_TAG, CODES, DECLINE, KEY_SYSTEM } from './names.ts';

export interface RecordChange {
  /** As the tag says it; the caller checks that it is a case. */
  readonly caseId: string;
  /** Where it was read: a version that we wrote ourselves is nobody's answer. */
  readonly resource: { readonly resourceType: string; readonly id: string; readonly versionId: string | null };
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

/** BSeR business statuses that say more than the status does. */
const BUSINESS_SAYS: Readonly<Record<string, HumanAnswer['kind']>> = {
  '5.1.1': 'referral-scheduled',
  '5.1.2': 'referral-unattended',
  '5.1.3': 'referral-unattended',
  // The visit took place, the referral is not closed yet.
  '5.1.4': 'referral-scheduled',
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
    if (!caseId || !resource.id || !kind || !at || isWithdrawn(resource)) return [];
    const answer: HumanAnswer = {
      kind,
      at,
      by: whoOf(resource),
      ...reasonOf(resource),
      key: `ehr:${resource.resourceType}:${resource.id}:${kind}:${resource.meta?.versionId ?? at}`,
    };
    const { resourceType, id } = resource;
    return [{ caseId, resource: { resourceType, id, versionId: resource.meta?.versionId ?? null }, answer }];
  });
}

function kindOf(resource: Resource): HumanAnswer['kind'] | undefined {
  const ours = (resource as { identifier?: { system?: string }[] }).identifier?.some((identifier) => identifier.system === KEY_SYSTEM);
  if (resource.resourceType === 'Task') {
    const isReferral = resource.code?.coding?.some((coding) => coding.system === CODES && coding.code === 'task-refer');
    return ours && isReferral ? taskSays(resource) : undefined;
  }
  return resource.resourceType === 'ServiceRequest' && ours && resource.intent === 'proposal' ? PROPOSAL_SAYS[resource.status] : undefined;
}

/** While it is under way the business status tells how far. */
function taskSays(task: Task): HumanAnswer['kind'] | undefined {
  const underWay = task.status === 'accepted' || task.status === 'in-progress' || task.status === 'on-hold';
  const business = task.businessStatus?.coding?.find((coding) => coding.system === BSER_STATUS)?.code;
  return (underWay && BUSINESS_SAYS[business ?? '']) || TASK_SAYS[task.status];
}

/** The practitioner where the Task has one as its owner; else only that it was done in the health record. */
function whoOf(resource: Resource): string {
  const owner = resource.resourceType === 'Task' ? resource.owner?.reference : undefined;
  return owner !== undefined && /^Practitioner(Role)?\//.test(owner) ? owner : 'health-record';
}

function reasonOf(resource: Resource): Pick<HumanAnswer, 'reasonCode' | 'reasonText'> {
  const reason = resource.resourceType === 'Task' ? resource.statusReason : undefined;
  const code = (reason?.coding?.find((one) => one.system === DECLINE) ?? reason?.coding?.[0])?.code;
  return { reasonCode: code ?? null, reasonText: code === undefined ? (reason?.text ?? null) : null };
}
