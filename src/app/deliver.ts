/** Brings a decided case through every channel of the site, side by side: one that fails stops no other, and only what failed is tried again. */
import type { Case, WrittenResource } from '../case/case.ts';
import type { ChannelName, DeliveryState } from '../case/delivery.ts';
import { AskAHuman, GiveUp, TryLater } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { StepResult } from '../ports.ts';
import type { DeliveryStore } from '../systems/postgres/deliveries.ts';

/** What a channel gives back when the case is out of our hands. */
export interface HandedOver {
  /** `waiting`: the channel keeps it until the other side takes or sees it. */
  readonly state: 'sent' | 'waiting';
  readonly resources?: readonly WrittenResource[];
  /** One line for the time line; no patient data. */
  readonly detail?: string;
  /** HL7 messages: name of their outbox and their keys. */
  readonly outbox?: string;
  readonly keys?: readonly string[];
}

export interface Channel {
  readonly name: ChannelName;
  /** It brings the case to somebody by itself (fhir, hl7, document): then a refusal of another channel does not stop the case. */
  readonly pushes: boolean;
  /** Safe to run twice. Null: this case has nothing for the channel. */
  send(subject: Case): Promise<HandedOver | null>;
}

interface Outcome {
  readonly channel: Channel;
  readonly state: DeliveryState | 'nothing';
  readonly given: HandedOver | null;
  readonly code: string | null;
  readonly fault: unknown;
}

type Store = Pick<DeliveryStore, 'settled' | 'save' | 'clear'>;

/**
 * Throws the fault of a channel that may go through later (the queue runs the step again, and the other channels are not asked again), or
 * AskAHuman when a channel refuses and no other one has carried the case. A refusal beside a channel that did is told in the time line and on
 * the case page.
 */
export async function deliver(subject: Case, channels: readonly Channel[], store: Store, log: Log): Promise<StepResult> {
  const settled = await store.settled(subject);
  const outcomes = await Promise.all(
    channels.map(async (channel): Promise<Outcome> => {
      const before = settled.get(channel.name);
      if (before?.state === 'refused') return { channel, state: 'refused', given: null, code: before.code, fault: null };
      if (before) return { channel, state: before.state, given: before.result as unknown as HandedOver, code: null, fault: null };
      return await tried(subject, channel, store, log);
    }),
  );
  const later = outcomes.find((one) => one.state === 'failed');
  if (later) throw later.fault;
  const refused = outcomes.find((one) => one.state === 'refused');
  const carried = outcomes.some((one) => one.channel.pushes && one.given !== null);
  if (refused && !carried)
    throw new AskAHuman(`the channel ${refused.channel.name} refuses the case`, { code: refused.code ?? 'REFUSED', phase: 'send' });
  const written = outcomes.flatMap((one) => one.given?.resources ?? []);
  const told = outcomes.filter((one) => one.state !== 'nothing').map((one) => toldOf(one));
  // A record that refused or is not written to: what it held before is still known.
  return { to: 'written', ...(outcomes.some((one) => one.given?.resources) && { facts: { resources: written } }), detail: told.join('; ') };
}

async function tried(subject: Case, channel: Channel, store: Store, log: Log): Promise<Outcome> {
  let outcome: Outcome;
  try {
    const given = await channel.send(subject);
    outcome = { channel, state: given?.state ?? 'nothing', given, code: null, fault: null };
  } catch (fault) {
    const isFinal = fault instanceof AskAHuman || fault instanceof GiveUp;
    const code = isFinal || fault instanceof TryLater ? fault.code : 'UNEXPECTED';
    outcome = { channel, state: isFinal ? 'refused' : 'failed', given: null, code, fault };
  }
  const { state, code, given } = outcome;
  if (state === 'nothing') await store.clear(subject, channel.name);
  else await store.save(subject, channel.name, state, code, { ...given });
  if (code !== null) log.warn('delivery.tried', { caseId: subject.id, channel: channel.name, state, code });
  return outcome;
}

function toldOf({ channel, state, given, code }: Outcome): string {
  return given?.detail ?? `${channel.name}: ${state}${code === null ? '' : ` (${code})`}`;
}
