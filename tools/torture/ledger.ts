/** What was sent and what was acknowledged: the end is judged by this book alone, never by the database's own word. */
import type { Person } from '../samples/people.ts';
import type { Status } from './invented.ts';

export type MessageKind = 'report' | 'duplicate' | 'merge' | 'not-hl7' | 'no-accession' | 'other-type' | 'half';

export interface Message {
  readonly kind: MessageKind;
  /** Empty for what is no HL7. */
  readonly controlId: string;
  readonly bytes: Buffer;
  readonly examination: Examination | null;
  /** MSA-1 of the answer that ended the sending; null as long as there is none. */
  acknowledged: string | null;
  tries: number;
}

/** What its radiology department knows of one examination. */
export interface Examination {
  readonly accession: string;
  readonly person: Person;
  readonly images: 'one-slice' | 'measured' | 'late' | 'never';
  readonly isPatientKnown: boolean;
  readonly lane: number;
  /** Control id of the newest message that says something new. */
  newest: string;
  status: Status;
  versions: number;
  /** The number that the patient was merged into; nothing more is sent then. */
  mergedInto: Person | null;
}

export interface Ledger {
  readonly messages: Message[];
  readonly examinations: Examination[];
  /** Feedback on a card that was answered 200: case page's word is checked against it. */
  readonly feedback: { readonly card: string; readonly key: string }[];
  /** Case pages that were read (200): each must be in the audit trail. */
  readonly pagesRead: string[];
}

export function makeLedger(): Ledger {
  return { messages: [], examinations: [], feedback: [], pagesRead: [] };
}

/** Messages that the listener has answered for: those it must never lose. */
export function acknowledged(ledger: Ledger): readonly Message[] {
  return ledger.messages.filter((message) => message.acknowledged !== null);
}
