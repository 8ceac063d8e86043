/** Which HL7 messages a case owes its receiver, by what was put into the outbox for it before (pure but for the clock in MSH-7). */
import { createHash } from 'node:crypto';
import type { Case } from '../case/case.ts';
import { isAcceptance, referralStatus } from '../case/referral-status.ts';
import type { Config } from '../config.ts';
import type { Envelope } from '../systems/hl7/build-message.ts';
import { cancelMessage, cancelOrderMessage, referralMessage, referralOrderMessage } from '../systems/hl7/referral-message.ts';
import { resultMessage } from '../systems/hl7/result-message.ts';

export const HL7_KINDS = ['REF_I12', 'ORM_O01', 'ORU_R01'] as const;
type Kind = (typeof HL7_KINDS)[number];

export interface OwedMessage {
  /** Site, case, occasion and kind: a message is added once by it. */
  readonly key: string;
  readonly controlId: string;
  /** Null: it is in the outbox already. */
  readonly bytes: Buffer | null;
}

export type Hl7Settings = Pick<
  Config,
  'SITE' | 'HL7_OUT_KINDS' | 'HL7_OUT_SERVICE' | 'HL7_OUT_APPLICATION' | 'HL7_OUT_FACILITY' | 'HL7_OUR_APPLICATION' | 'HL7_OUR_FACILITY'
>;

/** What all keys of a case begin with. */
export function keyPrefix(settings: Pick<Config, 'SITE'>, subject: Pick<Case, 'id'>): string {
  return `${settings.SITE}|${subject.id}|`;
}

/** `before`: keys of this case in the outbox, oldest first. `withdrawn`: a person takes the whole case back. */
export function owedMessages(subject: Case, before: readonly string[], settings: Hl7Settings, withdrawn = false): readonly OwedMessage[] {
  return HL7_KINDS.filter((kind) => settings.HL7_OUT_KINDS.includes(kind)).flatMap((kind) => {
    const mine = before.filter((key) => key.endsWith(`|${kind}`));
    const key =
      kind === 'ORU_R01' ? (withdrawn ? null : occasionKey(subject, kind, 0, settings)) : referralKey(subject, kind, mine, settings, withdrawn);
    if (key === null) return [];
    const controlId = createHash('sha256').update(key).digest('hex').slice(0, 20).toUpperCase();
    return [{ key, controlId, bytes: mine.includes(key) ? null : build(kind, isCancel(key), subject, settings, controlId) }];
  });
}

const isCancel = (key: string): boolean => key.includes('|cancel|');

/** A referral that stands and is no longer wanted is cancelled; one that is wanted again after that is sent anew. Null: nothing is owed. */
function referralKey(subject: Case, kind: Kind, mine: readonly string[], settings: Hl7Settings, withdrawn: boolean): string | null {
  const cancels = mine.filter(isCancel).length;
  const last = mine.at(-1);
  switch (withdrawn ? 'cancelled' : wish(subject)) {
    case 'sent':
      return occasionKey(subject, kind, cancels, settings);
    case 'left':
      return last ?? null;
    case 'cancelled':
      if (last === undefined) return null;
      return isCancel(last) ? last : `${keyPrefix(settings, subject)}cancel|${cancels + 1}|${kind}`;
  }
}

/** What a person has accepted is never taken back by software, even when the report no longer says it. */
function wish(subject: Case): 'sent' | 'left' | 'cancelled' {
  const { decision, answers } = subject.facts;
  if (referralStatus(answers) === 'declined') return 'cancelled';
  if (decision?.outcome === 'refer') return 'sent';
  return answers.some(isAcceptance) ? 'left' : 'cancelled';
}

function occasionKey(subject: Case, kind: Kind, cancels: number, settings: Hl7Settings): string {
  const again = cancels === 0 ? '' : `again ${cancels}|`;
  return `${keyPrefix(settings, subject)}${subject.reportVersion}|${subject.facts.decision?.rule ?? ''}|${again}${kind}`;
}

function build(kind: Kind, cancel: boolean, subject: Case, settings: Hl7Settings, controlId: string): Buffer {
  const envelope: Envelope = {
    sendingApplication: settings.HL7_OUR_APPLICATION,
    sendingFacility: settings.HL7_OUR_FACILITY,
    receivingApplication: settings.HL7_OUT_APPLICATION,
    receivingFacility: settings.HL7_OUT_FACILITY,
    controlId,
    at: new Date(),
    processingId: 'P',
  };
  if (kind === 'ORU_R01') return resultMessage(subject, envelope);
  const [code = '', text = '', system = ''] = settings.HL7_OUT_SERVICE.split('|');
  const receiver = { service: { code, text, system }, referredTo: text };
  if (kind === 'REF_I12') return (cancel ? cancelMessage : referralMessage)(subject, receiver, envelope);
  return (cancel ? cancelOrderMessage : referralOrderMessage)(subject, receiver, envelope);
}
