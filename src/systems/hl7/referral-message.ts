/** A referral to the fracture liaison service as REF^I12 (HL7 v2.5.1 chapter 11) or as an order, ORM^O01 (chapter 4), and its cancellation. Pure. */
import type { Case } from '#src/case/case.ts';
import { newestReferralAnswer } from '#src/case/referral-status.ts';
import { buildMessage, type Envelope, hl7Timestamp, type SegmentContent } from './build-message.ts';
import { findingLines, notes, personName, pid, pv1, reasonLines, resultStatus, xcn } from './outbound-segments.ts';

export interface ReferralSettings {
  /** OBR-4 of the order and of the observation: the site's own code for the service. */
  readonly service: { readonly code: string; readonly text: string; readonly system: string };
  /** PRD of the service that is referred to. */
  readonly referredTo: string;
}

const PRIORITY = { urgent: 'A', routine: 'R', low: 'R' } as const;

/** Placer number: our case, in every message about it. The number of the record's request is not known when the first one leaves. */
function placerNumber(subject: Case): string {
  return subject.id;
}

/** "Possible" until a report or a radiologist says so. */
function diagnosis(subject: Case): string {
  return subject.facts.decision?.confirmedBy ? 'Vertebral compression fracture' : 'Possible vertebral compression fracture, not confirmed';
}

function textRows(lines: readonly string[], status: string): SegmentContent[] {
  return lines.map((line, index) => [
    'OBX',
    { 1: String(index + 1), 2: 'TX', '3.1': 'VCF', '3.2': 'Vertebral fracture finding', '3.3': 'L', 5: line, 11: status },
  ]);
}

function observation(subject: Case, settings: ReferralSettings): SegmentContent[] {
  const { report } = subject.facts;
  return [
    [
      'OBR',
      {
        1: '1',
        2: placerNumber(subject),
        3: report.accession ?? '',
        '4.1': report.procedure?.code ?? settings.service.code,
        '4.2': report.procedure?.text ?? settings.service.text,
        '4.3': report.procedure?.system ?? settings.service.system,
        7: hl7TimeOf(report.examinedAt),
        25: resultStatus(subject),
      },
    ],
    ...textRows(findingLines(subject.facts.finding), resultStatus(subject)),
  ];
}

/** ISO 8601 with an offset back to HL7. */
function hl7TimeOf(iso: string | null): string {
  const found = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})$/.exec(iso ?? '');
  return found ? found.slice(1, 7).join('') + (found[7] === 'Z' ? '+0000' : (found[7] ?? '').replace(':', '')) : '';
}

/** What the receiver's people read: the reasons, and by when. */
function remarks(subject: Case): string[] {
  const due = subject.facts.decision?.dueDate;
  return [...reasonLines(subject), ...(due ? [`Please act by ${due}.`] : [])];
}

/** Who refers (PRD RP), to whom (PRD RT). */
function providers(subject: Case, settings: ReferralSettings): SegmentContent[] {
  const { orderer } = subject.facts.report;
  const referrer = personName(orderer);
  return [
    ['PRD', { '1.1': 'RP', '1.2': 'Referring Provider', '2.1': referrer.family, '2.2': referrer.given, '7.1': orderer?.id ?? '' }],
    ['PRD', { '1.1': 'RT', '1.2': 'Referred to Provider', '2.1': settings.referredTo }],
  ];
}

/** Why it is taken back, for the receiver's people. */
function cancelRemarks(subject: Case): string[] {
  const declined = newestReferralAnswer(subject.facts.answers);
  const why = declined?.kind === 'referral-declined' ? [`Declined${declined.reasonCode ? `: ${declined.reasonCode}` : ''}.`] : reasonLines(subject);
  return ['This referral is cancelled.', ...(subject.facts.decision?.outcome === 'refer' && declined?.kind !== 'referral-declined' ? [] : why)];
}

/** REF^I14, of the same structure as REF^I12: the referral of this number (RF1-6) is not wanted any more. */
export function cancelMessage(subject: Case, settings: ReferralSettings, envelope: Envelope): Buffer {
  return buildMessage(['REF', 'I14', 'REF_I12'], envelope, [
    ['RF1', { '6.1': placerNumber(subject), 7: hl7Timestamp(envelope.at), '10.2': settings.service.text }],
    ...providers(subject, settings),
    pid(subject.facts.report.patient),
    ...pv1(subject.facts.report.visitNumber),
    ...notes(cancelRemarks(subject)),
  ]);
}

/** ORM^O01 with ORC-1 CA: the order of this number is to be cancelled. */
export function cancelOrderMessage(subject: Case, settings: ReferralSettings, envelope: Envelope): Buffer {
  const { report } = subject.facts;
  const placer = placerNumber(subject);
  const { code, text, system } = settings.service;
  return buildMessage(['ORM', 'O01', 'ORM_O01'], envelope, [
    pid(report.patient),
    ...pv1(report.visitNumber),
    ['ORC', { 1: 'CA', 2: placer, 9: hl7Timestamp(envelope.at), ...xcn('12', report.orderer) }],
    ['OBR', { 1: '1', 2: placer, '4.1': code, '4.2': text, '4.3': system, ...xcn('16', report.orderer) }],
    ...notes(cancelRemarks(subject)),
  ]);
}

/** REF^I12: who refers (PRD RP), to whom (PRD RT), the patient, the suspected diagnosis, the finding and the reasons. */
export function referralMessage(subject: Case, settings: ReferralSettings, envelope: Envelope): Buffer {
  const { report, decision } = subject.facts;
  return buildMessage(['REF', 'I12', 'REF_I12'], envelope, [
    [
      'RF1',
      {
        '1.1': 'P',
        '1.2': 'Pending',
        '2.1': PRIORITY[decision?.priority ?? 'routine'],
        '3.1': 'MED',
        '3.2': 'Medical',
        '4.1': 'AM',
        '4.2': 'Assume management',
        '6.1': placerNumber(subject),
        7: hl7Timestamp(envelope.at),
        '10.2': settings.service.text,
      },
    ],
    ...providers(subject, settings),
    pid(report.patient),
    ['DG1', { 1: '1', '3.2': diagnosis(subject), 6: 'W' }],
    ...observation(subject, settings),
    ...pv1(report.visitNumber),
    ...notes(remarks(subject)),
  ]);
}

/** ORM^O01: a new order (NW) for the service, for receivers that know no REF. */
export function referralOrderMessage(subject: Case, settings: ReferralSettings, envelope: Envelope): Buffer {
  const { report, decision } = subject.facts;
  const placer = placerNumber(subject);
  return buildMessage(['ORM', 'O01', 'ORM_O01'], envelope, [
    pid(report.patient),
    ...pv1(report.visitNumber),
    ['ORC', { 1: 'NW', 2: placer, '7.6': PRIORITY[decision?.priority ?? 'routine'], 9: hl7Timestamp(envelope.at), ...xcn('12', report.orderer) }],
    [
      'OBR',
      {
        1: '1',
        2: placer,
        '4.1': settings.service.code,
        '4.2': settings.service.text,
        '4.3': settings.service.system,
        13: findingLines(subject.facts.finding).join(' '),
        ...xcn('16', report.orderer),
        '31.2': diagnosis(subject),
      },
    ],
    ...notes(remarks(subject)),
    ['DG1', { 1: '1', '3.2': diagnosis(subject), 6: 'W' }],
  ]);
}
