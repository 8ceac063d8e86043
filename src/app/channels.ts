/** The channels of this site, as REFERRAL_CHANNELS names them. */
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/referral.ts';
import type { Config } from '../config.ts';
import type { CaseStore } from '../ports.ts';
import { writeRecord } from '../steps/write-record.ts';
import type { OpenHealthRecord } from '../systems/fhir/client.ts';
import type { Channel } from './deliver.ts';
import { CHANNEL, type Hl7Channel } from './hl7-channel.ts';
import { letterPicture } from './letter-picture.ts';

export interface ChannelParts {
  readonly record: Pick<OpenHealthRecord, 'write' | 'writeLetter'>;
  readonly store: Pick<CaseStore, 'artifact'>;
  /** Null when no receiver of HL7 messages is set. */
  readonly hl7: Pick<Hl7Channel, 'queue'> | null;
}

/** Nothing that a card or a list could ask of anybody. */
const SILENT: readonly Outcome[] = ['nothing', 'exception'];
const LISTED: readonly Outcome[] = ['refer', 'fracture-on-treatment', 'link-to-referral', 'human-check', 'radiologist-review', 'clarification'];

/** The worklist is always there: it is a page of ours and needs nobody. */
export function makeChannels(config: Pick<Config, 'REFERRAL_CHANNELS'>, { record, store, hl7 }: ChannelParts): readonly Channel[] {
  const all: Readonly<Record<Channel['name'], Channel | null>> = {
    fhir: {
      name: 'fhir',
      pushes: true,
      send: async (subject) => {
        const { facts, detail } = await writeRecord(subject, { record, store });
        return { state: 'sent', resources: facts?.resources ?? [], detail };
      },
    },
    hl7: hl7 && {
      name: 'hl7',
      pushes: true,
      send: async (subject) => {
        const keys = await hl7.queue(subject);
        return keys.length === 0 ? null : { state: 'waiting', outbox: CHANNEL, keys };
      },
    },
    document: {
      name: 'document',
      pushes: true,
      send: async (subject) => {
        const letter = await record.writeLetter(subject, await letterPicture(await store.artifact(subject.id, 'key-image.png')));
        return letter && { state: 'sent', resources: [letter] };
      },
    },
    cds: { name: 'cds', pushes: false, send: (subject) => Promise.resolve(isSilent(subject) ? null : { state: 'waiting' }) },
    worklist: { name: 'worklist', pushes: false, send: (subject) => Promise.resolve(isListed(subject) ? { state: 'sent' } : null) },
  };
  const names = new Set<Channel['name']>([...config.REFERRAL_CHANNELS, 'worklist']);
  return [...names].flatMap((name) => all[name] ?? []);
}

function isSilent(subject: Case): boolean {
  const outcome = subject.facts.decision?.outcome;
  return outcome === undefined || SILENT.includes(outcome);
}

function isListed(subject: Case): boolean {
  const { decision } = subject.facts;
  return decision !== null && (LISTED.includes(decision.outcome) || decision.modelDisagrees);
}
