/** Reads the MSH segment (HL7 v2 chapter 2, 2.14.9) straight from the bytes, so that even a message no parser likes is answered. Pure. */

export interface MshHeader {
  /** MSH-1 and MSH-2 as sent; component, repetition, escape, subcomponent. */
  readonly fieldSeparator: string;
  readonly encodingCharacters: string;
  /** fields[n] is MSH-n, raw, one character per byte (latin1); the ACK gives them back as they came. */
  readonly fields: readonly string[];
}

const HEADER_LIMIT_BYTES = 8192;
const BOM = '\u00ef\u00bb\u00bf';

/** Null when the bytes do not begin with a readable MSH segment (a byte order mark and blank space before it are forgiven). */
export function readMshHeader(bytes: Uint8Array): MshHeader | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEADER_LIMIT_BYTES)).toString('latin1');
  const text = (head.startsWith(BOM) ? head.slice(BOM.length) : head).trimStart();
  const end = text.search(/[\r\n]/);
  const line = end < 0 ? text : text.slice(0, end);
  const fieldSeparator = line.charAt(3);
  if (!line.startsWith('MSH') || !isDelimiters(fieldSeparator)) return null;
  const parts = line.split(fieldSeparator);
  const encodingCharacters = parts[1] ?? '';
  if (encodingCharacters.length > 5 || !isDelimiters(encodingCharacters)) return null;
  return { fieldSeparator, encodingCharacters, fields: [line.slice(0, 3), fieldSeparator, ...parts.slice(1)] };
}

/** One or more characters, none of them a letter, a digit, blank space or a control character (FS as a delimiter would end our own frame). */
export function isDelimiters(text: string): boolean {
  return /^[^A-Za-z0-9\s\p{Cc}]+$/u.test(text);
}

/** MSH-n raw, or the empty text. */
export function mshField(header: MshHeader, number: number): string {
  return header.fields[number] ?? '';
}

/** Component of MSH-n, from 1. */
export function mshComponent(header: MshHeader, number: number, component: number): string {
  const separator = header.encodingCharacters.charAt(0);
  return mshField(header, number).split(separator)[component - 1]?.trim() ?? '';
}

/** MSH-9 as "ORU^R01" whatever the sender's delimiters are; the code alone for a version 2.1 sender. */
export function messageType(header: MshHeader): string {
  const code = mshComponent(header, 9, 1).toUpperCase();
  const trigger = mshComponent(header, 9, 2).toUpperCase();
  return trigger === '' ? code : `${code}^${trigger}`;
}
