/** Everything that a case wants in the health record, in the order in which it is written (pure): devices, evidence, gap, referral, trail, Task. */

import type { Device, DiagnosticReport, Observation, Patient, Reference, Resource, ServiceRequest } from '@medplum/fhirtypes';
import type { Case } from '../../case/case.ts';
import type { StudyFinding } from '../../case/finding.ts';
import type { Decision, HumanAnswer } from '../../case/referral.ts';
import { isAcceptance, newestReferralAnswer, referralStatus } from '../../case/referral-status.ts';
import { isPictureOutdated } from '../../case/review-answer.ts';
import type { Artifact } from '../../ports.ts';
import { caseTask } from './case-task.ts';
import { deviceOf } from './device-of.ts';
import { keyOf, keyOfEvent, TASK_KINDS, type TaskKind } from './keys.ts';
import { careGap, opportunisticReport } from './opportunistic-report.ts';
import { dateTime, identifierOf, imagingStudy, metaOf, type Planned, toPlanned } from './planned.ts';
import { orderRequest, proposalRequest, type ReferralFrame } from './referral-requests.ts';
import { summaryObservation } from './summary-observation.ts';
import { auditEventOf, provenanceOf } from './trail-of.ts';
import { vertebraObservation } from './vertebra-observation.ts';

export interface PlanOptions {
  readonly mode: 'live' | 'test';
  readonly productVersion: string;
  readonly declareProfiles: boolean;
  readonly siteReferralCode?: { readonly system: string; readonly code: string; readonly display: string } | undefined;
  /** ISO instant of this write, for Provenance and AuditEvent only. */
  readonly now: string;
  /** An FLS referral that the clinician's EHR made itself when the card was accepted: then no order of ours. */
  readonly orderedElsewhere?: string | null;
}

const REVIEWS: readonly HumanAnswer['kind'][] = ['finding-confirmed', 'finding-changed', 'finding-refuted'];

/** Empty when nothing stands any more (refuted, cancelled, cannot say): what was written before is then withdrawn by the writer. */
export function caseToResources(subject: Case, keyImage: Artifact | undefined, options: PlanOptions): readonly Planned[] {
  const { decision, history, finding, answers } = subject.facts;
  if (!decision || !history) return [];
  const plan = new PlanOf(subject, decision, { reference: history.patientReference }, options);
  const reviewed = answers.some((answer) => REVIEWS.includes(answer.kind));
  if (standsEvidence(decision, answers)) {
    plan.devices(finding);
    plan.evidence(finding, keyImage, reviewed && decision.confirmedBy === 'radiologist');
    if (decision.careGap) plan.careGap();
  }
  if (decision.outcome === 'refer') plan.referral();
  plan.trail();
  plan.answeredTasks(reviewed);
  plan.task();
  return plan.items;
}

function standsEvidence(decision: Decision, answers: readonly HumanAnswer[]): boolean {
  if (decision.outcome === 'exception') return false;
  const newest = answers
    .filter((answer) => REVIEWS.includes(answer.kind))
    .toSorted((a, b) => a.at.localeCompare(b.at))
    .at(-1);
  const refuted = newest !== undefined && decision.confirmedBy === null && newest.kind !== 'finding-confirmed';
  return !refuted && decision.rule !== 'R00' && decision.rule !== 'R01';
}

/** Gathers the items of one case; the order of the calls is the order of writing. */
class PlanOf {
  readonly items: Planned[] = [];
  readonly #subject: Case;
  readonly #decision: Decision;
  readonly #patient: Reference<Patient>;
  readonly #options: PlanOptions;
  #software: Reference<Device> | undefined;
  #models: Reference<Device>[] = [];
  #summary: Reference<Observation> | undefined;
  #report: Reference<DiagnosticReport> | undefined;
  #focus: Reference<Resource> | undefined;

  constructor(subject: Case, decision: Decision, patient: Reference<Patient>, options: PlanOptions) {
    this.#subject = subject;
    this.#decision = decision;
    this.#patient = patient;
    this.#options = options;
  }

  #add<T extends Resource>(role: string, profileName: string, resource: T, madeByModel: boolean, more: Partial<Planned> = {}): Reference<T> {
    const key = keyOf(this.#subject.id, role);
    const meta = metaOf({ ...this.#options, caseId: this.#subject.id, profileName, madeByModel });
    const planned = { key, role, resource: { ...resource, meta, identifier: identifierOf(key) } as T, ...more };
    this.items.push(planned);
    return toPlanned<T>(planned);
  }

  #me(): Reference<Device> {
    if (this.#software) return this.#software;
    const model = { id: 'backstop', version: this.#options.productVersion, sha256: 'none', manifestSha256: 'none', clinicalData: false };
    const device = deviceOf(model, this.#options);
    const { note: _note, ...resource } = device.resource;
    this.items.push({ ...device, role: 'device backstop', resource });
    this.#software = toPlanned<Device>(device);
    return this.#software;
  }

  devices(finding: StudyFinding | null): void {
    this.#me();
    for (const model of finding?.models ?? []) {
      const device = deviceOf(model, this.#options);
      if (!this.items.some((item) => item.key === device.key)) this.items.push(device);
      this.#models.push(toPlanned<Device>(device));
    }
  }

  /** `verified`: a radiologist confirmed, so that the model's Observations are final. */
  evidence(finding: StudyFinding | null, keyImage: Artifact | undefined, verified: boolean): void {
    const study = this.#studyUid(finding);
    const effective = dateTime(this.#subject.facts.report.examinedAt) ?? (finding?.state === 'measured' ? dateTime(finding.studyDate) : undefined);
    const frame: Omit<Observation, 'code' | 'resourceType'> = {
      status: verified ? 'final' : 'preliminary',
      category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'imaging', display: 'Imaging' }] }],
      subject: this.#patient,
      ...(effective && { effectiveDateTime: effective }),
      device: this.#models.at(-1) ?? this.#me(),
      ...(study && { derivedFrom: [imagingStudy(study)] }),
    };
    const graded = finding?.state === 'measured' ? finding.vertebrae.filter((v) => v.state === 'graded' && (v.grade ?? 0) >= 1) : [];
    const members = graded.map((v) => this.#add(`vertebra ${v.level}`, 'vertebra-observation', vertebraObservation(v, frame), true));
    this.#summary = this.#add('summary', 'vertebral-fracture-summary', summaryObservation(finding, members, frame), true);
    const report = opportunisticReport({
      status: verified ? 'final' : 'preliminary',
      patient: this.#patient,
      decision: this.#decision,
      summary: this.#summary,
      study,
      effective,
      keyImage,
      outdated: isPictureOutdated(this.#subject.facts.answers),
    });
    this.#report = this.#add('report', 'opportunistic-report', report, true);
    this.#focus = this.#report;
  }

  #studyUid(finding: StudyFinding | null): string | null {
    if (finding?.state === 'measured') return finding.studyInstanceUid;
    return this.#subject.facts.study?.studyInstanceUid ?? this.#subject.facts.report.studyInstanceUid;
  }

  careGap(): void {
    this.#add('care-gap', 'care-gap', careGap(this.#decision, this.#patient, this.#me(), this.#report), true);
  }

  referral(): void {
    const { answers } = this.#subject.facts;
    const status = referralStatus(answers);
    const code = this.#options.siteReferralCode;
    const frame: ReferralFrame = {
      patient: this.#patient,
      requester: this.#me(),
      evidence: [this.#summary, this.#report].filter((reference) => reference !== undefined),
      decision: this.#decision,
      status,
      acceptance: newestOf(answers, ['card-accepted', 'referral-accepted']) ?? newestOf(answers, ['referral-scheduled']),
      declinedBecause: status === 'declined' ? (newestReferralAnswer(answers)?.reasonCode ?? null) : null,
      siteCode: code && { coding: [code] },
    };
    const proposal = this.#add<ServiceRequest>('proposal', 'referral-proposal', proposalRequest(frame), true);
    this.#focus = proposal;
    const accepted = answers.some(isAcceptance);
    if (accepted && this.#options.orderedElsewhere) this.#focus = { reference: this.#options.orderedElsewhere };
    else if (accepted) this.#focus = this.#add<ServiceRequest>('order', 'referral-order', orderRequest(frame, proposal), false);
  }

  trail(): void {
    const targets = this.items.filter((item) => !item.role.startsWith('device')).map((item) => toPlanned(item));
    const { facts, id, reportVersion } = this.#subject;
    // A patient record that was merged into another makes a new stage: the same decision, about another record.
    const about = this.#patient.reference ?? '';
    const stage = [about, this.#decision.rule, this.#decision.policyVersion, String(reportVersion), ...facts.answers.map((answer) => answer.key)];
    const reviews = facts.answers.filter((answer) => REVIEWS.includes(answer.kind));
    const software = this.#me();
    const frame = { ...this.#decisionFrame(), devices: this.#models, software, report: facts.report, answers: reviews, recorded: this.#options.now };
    if (targets.length > 0) this.#addOnce(keyOfEvent(id, 'provenance', stage), 'provenance', provenanceOf(frame, targets));
    this.#addOnce(keyOfEvent(id, 'audit', stage), 'audit', auditEventOf(frame, this.#report));
  }

  #decisionFrame() {
    return { decision: this.#decision, patient: this.#patient };
  }

  #addOnce(key: string, role: string, resource: Resource): void {
    const meta = metaOf({ ...this.#options, caseId: this.#subject.id, profileName: role, madeByModel: role === 'provenance', keyTag: key });
    this.items.push({ key, role, resource: { ...resource, meta } as Resource, immutable: true });
  }

  /** What a person has answered is done, whatever the decision became; it is never made anew. */
  answeredTasks(reviewed: boolean): void {
    for (const kind of ['radiologist-review', 'clarification'] as const) {
      if (reviewed && this.#decision.outcome !== kind) this.#addTask(kind, { onlyIfThere: true }, 'completed');
    }
  }

  task(): void {
    const outcome = this.#decision.outcome;
    const accepted = this.#subject.facts.answers.some(isAcceptance);
    const kind = TASK_KINDS.find((known) => known === outcome);
    if (kind) this.#addTask(kind, {});
    else if (accepted) this.#addTask('report-corrected', {});
  }

  #addTask(kind: TaskKind, more: Partial<Planned>, status?: 'completed'): void {
    const { answers, history } = this.#subject.facts;
    const linked = kind === 'link-to-referral' && history?.openReferral.known ? history.openReferral.value : null;
    const task = caseTask({
      ...this.#decisionFrame(),
      kind,
      requester: this.#me(),
      focus: linked ? { reference: linked } : this.#focus,
      evidence: this.#report,
      status: referralStatus(answers),
      answer: newestReferralAnswer(answers),
    });
    this.#add(`task ${kind}`, 'backstop-task', status ? { ...task, status } : task, true, more);
  }
}

function newestOf(answers: readonly HumanAnswer[], kinds: readonly HumanAnswer['kind'][]): HumanAnswer | null {
  return (
    answers
      .filter((answer) => kinds.includes(answer.kind))
      .toSorted((a, b) => a.at.localeCompare(b.at))
      .at(-1) ?? null
  );
}
