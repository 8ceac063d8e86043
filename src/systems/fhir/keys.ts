/** The idempotency keys of what a case writes: hex SHA-256 only, because a `|` or `,` in an identifier splits a search token. */
import { createHash } from 'node:crypto';
import type { ModelIdentity } from '../../case/finding.ts';
import type { Outcome } from '../../case/referral.ts';
import { LEVELS } from '../../case/vertebra.ts';

export const TASK_KINDS = [
  'refer',
  'radiologist-review',
  'clarification',
  'human-check',
  'specialist-advice',
  'fracture-on-treatment',
  'link-to-referral',
  'notify',
  'urgent-to-referrer',
  'report-corrected',
] as const satisfies readonly (Outcome | 'report-corrected')[];
export type TaskKind = (typeof TASK_KINDS)[number];

/** Every part that a resource with an identifier may play in a case: so what a lost run left behind is found without remembering it. */
export const ROLES: Readonly<Record<'Observation' | 'DiagnosticReport' | 'DetectedIssue' | 'ServiceRequest' | 'Task', readonly string[]>> = {
  Observation: [...LEVELS.map((level) => `vertebra ${level}`), 'summary'],
  DiagnosticReport: ['report'],
  DetectedIssue: ['care-gap'],
  ServiceRequest: ['proposal', 'order'],
  Task: TASK_KINDS.map((kind) => `task ${kind}`),
};

function sha256(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** One key for a case and a role, whatever the report's version: a corrected report changes the resource and makes no second one. */
export function keyOf(caseId: string, role: string): string {
  return sha256('case', caseId, role);
}

/** Of a thing that is written once and never changed (Provenance, AuditEvent): `stage` tells its occasions apart. */
export function keyOfEvent(caseId: string, role: string, stage: readonly string[]): string {
  return sha256('event', caseId, role, ...stage);
}

/** Devices are shared by all cases. */
export function keyOfModel(model: Pick<ModelIdentity, 'id' | 'version' | 'sha256'>): string {
  return sha256('device', model.id, model.version, model.sha256);
}

/** The referral requests of a case: what the history must not take for somebody else's open referral. */
export function ownReferralKeys(caseId: string): ReadonlySet<string> {
  return new Set(ROLES.ServiceRequest.map((role) => keyOf(caseId, role)));
}
