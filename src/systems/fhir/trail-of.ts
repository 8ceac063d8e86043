/** Who made what, and when: Provenance over the resources of one stage of a case, and an AuditEvent of the decision. Written once each. */
import type { AuditEvent, Device, Patient, Provenance, ProvenanceAgent, Reference, Resource } from '@medplum/fhirtypes';
import type { Decision, HumanAnswer } from '../../case/referral.ts';
import type { Report } from '../../case/report.ts';
import { RULES } from './names.ts';
import { own } from './planned.ts';
import { person } from './referral-requests.ts';

const PARTICIPANT = 'http://terminology.hl7.org/CodeSystem/provenance-participant-type';

export interface TrailFrame {
  readonly decision: Decision;
  readonly devices: readonly Reference<Device>[];
  readonly software: Reference<Device>;
  readonly patient: Reference<Patient>;
  readonly report: Report;
  readonly answers: readonly HumanAnswer[];
  /** ISO instant of this write. */
  readonly recorded: string;
}

/** `targets` are what this stage wrote. People who confirmed, changed or refuted the finding are verifiers. */
export function provenanceOf(frame: TrailFrame, targets: readonly Reference<Resource>[]): Provenance {
  const { report, decision } = frame;
  return {
    resourceType: 'Provenance',
    target: [...targets],
    recorded: frame.recorded,
    activity: { coding: [{ system: RULES, code: decision.rule }], text: `${decision.rule}, policy ${decision.policyVersion}` },
    // The code AIAST stands in meta.security; R4's own copy of its code system does not have it, and a strict server refuses it here.
    reason: [{ text: 'Artificial intelligence asserted' }],
    agent: [
      ...frame.devices.map((who): ProvenanceAgent => ({ type: role('assembler'), who })),
      { type: role('author'), who: frame.software },
      ...frame.answers.map((answer): ProvenanceAgent => ({ type: role('verifier'), who: person(answer) })),
    ],
    ...(report.accession && {
      entity: [{ role: 'source', what: { type: 'DiagnosticReport', identifier: { type: { text: 'Accession Number' }, value: report.accession } } }],
    }),
  };
}

function role(code: string): { coding: { system: string; code: string }[] } {
  return { coding: [{ system: PARTICIPANT, code }] };
}

/** IHE BALP shape: software as the agent, patient and evidence as entities, the rule as a detail. */
export function auditEventOf(frame: TrailFrame, evidence: Reference<Resource> | undefined): AuditEvent {
  const { decision } = frame;
  const detail = [
    { type: 'rule', valueString: decision.rule },
    { type: 'outcome', valueString: decision.outcome },
    { type: 'policy', valueString: decision.policyVersion },
  ];
  return {
    resourceType: 'AuditEvent',
    type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest', display: 'RESTful Operation' },
    subtype: own('decision', 'Decision by rule').coding,
    action: 'C',
    recorded: frame.recorded,
    outcome: '0',
    agent: [{ who: frame.software, requestor: true }],
    source: { observer: frame.software },
    entity: [{ what: frame.patient, detail }, ...(evidence ? [{ what: evidence }] : [])],
  };
}
