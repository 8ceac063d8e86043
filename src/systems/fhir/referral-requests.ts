/** The referral as ServiceRequests: software proposes (draft, proposal, requester Device); a person's acceptance makes the order. */
import type { CodeableConcept, Device, Patient, Practitioner, Reference, Resource, ServiceRequest } from '@medplum/fhirtypes';
import type { Decision, HumanAnswer } from '../../case/referral.ts';
import type { ReferralStatus } from '../../case/referral-status.ts';
import { CANONICAL, SNOMED } from './names.ts';
import { own } from './planned.ts';

export interface ReferralFrame {
  readonly patient: Reference<Patient>;
  readonly requester: Reference<Device>;
  readonly evidence: readonly Reference<Resource>[];
  readonly decision: Decision;
  readonly status: ReferralStatus;
  /** The answer that took the referral on, if any: its person is who orders. */
  readonly acceptance: HumanAnswer | null;
  readonly declinedBecause: string | null;
  /** Codes of the site for this referral, beside our own. */
  readonly siteCode?: CodeableConcept | undefined;
}

/** Without `identifier` and `meta`: the plan adds them. */
export function proposalRequest(frame: ReferralFrame): ServiceRequest {
  const status = { proposed: 'draft', accepted: 'completed', scheduled: 'completed', done: 'completed', declined: 'revoked' } as const;
  return { ...common(frame), status: status[frame.status], intent: 'proposal', requester: frame.requester };
}

/** Only after a person accepted. A later decline or completion closes it. */
export function orderRequest(frame: ReferralFrame, proposal: Reference<ServiceRequest>): ServiceRequest {
  const status = { proposed: 'active', accepted: 'active', scheduled: 'active', done: 'completed', declined: 'revoked' } as const;
  const requester = frame.acceptance ? person(frame.acceptance) : frame.requester;
  return { ...common(frame), status: status[frame.status], intent: 'order', basedOn: [proposal], requester };
}

/** A reference where the answer names a practitioner of the record, else a logical one. */
export function person(answer: Pick<HumanAnswer, 'by'>): Reference<Practitioner> {
  if (/^(Practitioner|PractitionerRole)\/[A-Za-z0-9.-]{1,64}$/.test(answer.by)) return { reference: answer.by } as Reference<Practitioner>;
  return { type: 'Practitioner', identifier: { system: `${CANONICAL}/sid/account`, value: answer.by } };
}

function common({ patient, evidence, decision, siteCode, declinedBecause }: ReferralFrame): ServiceRequest {
  const code = own('fls-referral', 'Referral to the fracture liaison service');
  const because = decision.because.map((reason) => `${reason.rule}: ${reason.text}`).join(' ');
  const declined = declinedBecause === null ? [] : [{ text: `Declined: ${declinedBecause}` }];
  return {
    resourceType: 'ServiceRequest',
    status: 'draft',
    intent: 'proposal',
    category: [{ coding: [{ system: SNOMED, code: '306206005', display: 'Referral to service' }] }],
    priority: decision.priority === 'urgent' ? 'urgent' : 'routine',
    code: { ...code, coding: [...code.coding, ...(siteCode?.coding ?? [])] },
    subject: patient,
    ...(decision.inputs && { authoredOn: decision.inputs.decidedOn }),
    ...(decision.dueDate && decision.inputs && { occurrencePeriod: { start: decision.inputs.decidedOn, end: decision.dueDate } }),
    reasonCode: [{ coding: [{ system: SNOMED, code: '42942008' }], text: 'Vertebral fracture' }],
    ...(evidence.length > 0 && { supportingInfo: [...evidence] }),
    note: [{ text: `${because} Policy ${decision.policyVersion}.${decision.veryHighRisk ? ' Very high risk.' : ''}` }, ...declined],
  };
}
