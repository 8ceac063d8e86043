/** The work that a decision makes for somebody, as an R4 Task. Written last: a worklist that reads Tasks never sees half a case. */
import type { Device, Patient, Reference, Resource, Task } from '@medplum/fhirtypes';
import { type DeclineReason, isDeclineReason } from '../../case/decline-reason.ts';
import type { Decision, HumanAnswer } from '../../case/referral.ts';
import type { ReferralStatus } from '../../case/referral-status.ts';
import type { TaskKind } from './keys.ts';
import { BSER_STATUS, DECLINE } from './names.ts';
import { own } from './planned.ts';

const WORDS: Readonly<Record<TaskKind, string>> = {
  refer: 'Referral to the fracture liaison service',
  'radiologist-review': 'Review: report and images disagree about a vertebral fracture',
  clarification: 'Clarify: is it a vertebral fracture?',
  'human-check': 'Check before a referral is made',
  'specialist-advice': 'Seek specialist advice',
  'fracture-on-treatment': 'Vertebral fracture on treatment: review the treatment',
  'link-to-referral': 'New evidence for an open referral',
  notify: 'For information: vertebral fracture',
  'urgent-to-referrer': 'Urgent: vertebral fracture with a red flag',
  'report-corrected': 'The report was corrected after the referral was accepted: check the referral',
};

const WHO: Readonly<Record<TaskKind, string>> = {
  refer: 'Fracture liaison service',
  'radiologist-review': 'Radiologist',
  clarification: 'Radiologist',
  'human-check': 'Referring clinician',
  'specialist-advice': 'Referring clinician',
  'fracture-on-treatment': 'Fracture liaison service',
  'link-to-referral': 'Fracture liaison service',
  notify: 'Referring clinician',
  'urgent-to-referrer': 'Referring clinician',
  'report-corrected': 'Fracture liaison service',
};

/** BSeR referral business status (HL7 Bidirectional Services eReferral). */
const BUSINESS: Readonly<Record<ReferralStatus, readonly [code: string, display: string]>> = {
  proposed: ['2.0', 'Service Request Created'],
  accepted: ['3.0', 'Service Request Accepted'],
  scheduled: ['5.1.1', 'Service Request Event Scheduled'],
  declined: ['4.0', 'Service Request Declined'],
  done: ['7.0', 'Service Request Fulfillment Completed'],
};

/** Not a state of its own in a case: the referral waits for another appointment. */
const UNATTENDED = ['5.1.2', 'Scheduled Service Request Event Unattended'] as const;

const STATUS: Readonly<Record<ReferralStatus, Task['status']>> = {
  proposed: 'requested',
  accepted: 'accepted',
  scheduled: 'in-progress',
  declined: 'rejected',
  done: 'completed',
};

export interface TaskFrame {
  readonly kind: TaskKind;
  readonly decision: Decision;
  readonly patient: Reference<Patient>;
  readonly requester: Reference<Device>;
  /** What is to be acted on: the request, the open referral or the report. */
  readonly focus: Reference<Resource> | undefined;
  readonly evidence: Reference<Resource> | undefined;
  readonly status: ReferralStatus;
  /** The newest answer about the referral, if any. */
  readonly answer: Pick<HumanAnswer, 'kind' | 'reasonCode' | 'scheduledFor'> | null;
}

/** Without `identifier` and `meta`: the plan adds them. */
export function caseTask(frame: TaskFrame): Task {
  const { kind, decision, status } = frame;
  const isReferral = kind === 'refer';
  const ordered = isReferral && status !== 'proposed';
  const taskCode = { system: 'http://hl7.org/fhir/CodeSystem/task-code', code: ordered ? 'fulfill' : 'approve' };
  const code = own(`task-${kind}`, WORDS[kind]);
  return {
    resourceType: 'Task',
    status: isReferral ? statusOf(frame) : 'requested',
    ...(isReferral && { businessStatus: businessStatusOf(frame) }),
    ...(status === 'declined' && frame.answer?.reasonCode && { statusReason: whyDeclined(frame.answer.reasonCode) }),
    intent: ordered ? 'order' : 'proposal',
    priority: decision.priority === 'urgent' ? 'urgent' : 'routine',
    code: isReferral ? { ...code, coding: [taskCode, ...code.coding] } : code,
    description: decision.because.map((reason) => reason.text).join(' '),
    ...(frame.focus && { focus: frame.focus }),
    for: frame.patient,
    ...(decision.inputs && { authoredOn: decision.inputs.decidedOn }),
    requester: frame.requester,
    performerType: [{ text: WHO[kind] }],
    ...(decision.dueDate && { restriction: { period: { end: decision.dueDate } } }),
    input: inputs(frame),
  };
}

/** Our pages give coded reasons; a health record may have given any word. */
function whyDeclined(reason: string): NonNullable<Task['statusReason']> {
  if (!isDeclineReason(reason)) return { text: reason };
  const display = DECLINE_DISPLAY[reason];
  return { coding: [{ system: DECLINE, code: reason, display }], text: display };
}

/** As in fhir-profiles/input/fsh/codes.fsh. */
const DECLINE_DISPLAY: Readonly<Record<DeclineReason, string>> = {
  'cancer-assessment': 'Cancer assessment',
  'mild-fractures': 'At most two mild fractures',
  'known-to-bone-service': 'Known to the bone service',
  'terminal-illness': 'Terminal illness',
  dependency: 'Significant dependency',
  'life-expectancy': 'Life expectancy under 12 months',
  other: 'Another reason',
};

/** BSeR counts a missed appointment as in progress. */
function statusOf({ status, answer }: TaskFrame): Task['status'] {
  return answer?.kind === 'referral-unattended' ? 'in-progress' : STATUS[status];
}

function businessStatusOf({ status, answer }: TaskFrame): NonNullable<Task['businessStatus']> {
  const [code, display] = answer?.kind === 'referral-unattended' ? UNATTENDED : BUSINESS[status];
  const day = status === 'scheduled' ? answer?.scheduledFor : undefined;
  return { coding: [{ system: BSER_STATUS, code, display }], ...(day && { text: `Appointment on ${day}` }) };
}

function inputs({ decision, evidence }: TaskFrame): NonNullable<Task['input']> {
  const list: NonNullable<Task['input']> = [
    { type: own('rule', 'Rule that decided'), valueString: decision.rule },
    { type: own('policy-version', 'Version of the policy'), valueString: decision.policyVersion },
  ];
  if (evidence) list.push({ type: own('evidence', 'Evidence'), valueReference: evidence });
  if (decision.addendumText) list.push({ type: own('addendum-words', 'Words for an addendum'), valueString: decision.addendumText });
  return list;
}
