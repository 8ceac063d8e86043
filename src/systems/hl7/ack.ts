/** Builds acknowledgements (HL7 v2 chapter 2, 2.9 and 2.13.1): MSH, MSA and, when refused, ERR, in the sender's delimiters and charset. Pure. */
import { type MshHeader, mshComponent, mshField } from './msh-header.ts';

/** AA/AE/AR: application. CA/CE/CR: accept (enhanced mode). E means try again, R means never. */
export type AckCode = 'AA' | 'AE' | 'AR' | 'CA' | 'CE' | 'CR';

export interface AckInput {
  /** Null when the message has no readable header: then default delimiters and an empty MSA-2. */
  readonly header: MshHeader | null;
  readonly code: AckCode;
  /** Own MSH-10, at most 20 characters. */
  readonly controlId: string;
  /** Own MSH-7. */
  readonly at: Date;
  /** HL7 table 0357 code and a sentence without patient data. */
  readonly error: { readonly code: string; readonly text: string } | null;
}

const ERROR_TEXT: Readonly<Record<string, string>> = {
  '100': 'Segment sequence error',
  '101': 'Required field missing',
  '102': 'Data type error',
  '103': 'Table value not found',
  '200': 'Unsupported message type',
  '207': 'Application internal error',
};

function hl7Time(at: Date): string {
  const iso = at.toISOString();
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 10)}${iso.slice(11, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}+0000`;
}

/** The ACK's bytes, without the frame. */
export function buildAck(input: AckInput): Buffer {
  const { header } = input;
  const field = header?.fieldSeparator ?? '|';
  const encoding = header?.encodingCharacters ?? '^~\\&';
  const component = encoding.charAt(0);
  const get = (number: number): string => (header ? mshField(header, number) : '');
  const trigger = header ? mshComponent(header, 9, 2) : '';
  const type = trigger === '' ? 'ACK' : ['ACK', trigger, 'ACK'].join(component);
  const msh = ['MSH', encoding, get(5), get(6), get(3), get(4), hl7Time(input.at), '', type, input.controlId, get(11) || 'P', get(12) || '2.5.1'];
  const charset = get(18);
  if (charset !== '') msh.push('', '', '', '', '', charset);
  const msa = ['MSA', input.code, get(10), ...(input.error ? [plain(input.error.text)] : [])];
  const segments = [msh.join(field), msa.join(field)];
  if (input.error) {
    const coded = [input.error.code, ERROR_TEXT[input.error.code] ?? 'Error', 'HL70357'].join(component);
    segments.push(['ERR', '', '', coded, 'E', '', '', '', plain(input.error.text)].join(field));
  }
  // Header fields are one character per byte, so latin1 gives back exactly what came; our own words are ASCII.
  return Buffer.from(`${segments.map(withoutFrameBytes).join('\r')}\r`, 'latin1');
}

/** Our own sentences hold no delimiter; this keeps it so when a sender uses odd ones. */
function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9.,()-]+/g, ' ').trim();
}

const FRAME_BYTES: readonly string[] = ['\x0b', '\x1c', '\r', '\n'];

/** What is given back must not end our own frame or segment. */
function withoutFrameBytes(text: string): string {
  let clean = text;
  for (const byte of FRAME_BYTES) if (clean.includes(byte)) clean = clean.replaceAll(byte, '');
  return clean;
}
