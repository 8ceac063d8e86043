/** Undoes HL7 escapes in a text field (HL7 v2 chapter 2, 2.7: delimiters, highlighting, hexadecimal, formatting). Pure. */
import { decodeEscapedBytes } from './charset.ts';
import type { Delimiters } from './message.ts';

const HEX_RUN_LIMIT = 4096;

/**
 * `raw` is all or part of a field, so there is no CR in it. An unknown escape stays as it stands: a path like C:\temp\x is text, not a command.
 * Line breaks are \n.
 */
export function unescapeText(raw: string, delimiters: Delimiters, charset: string): string {
  const { escape } = delimiters;
  let open = raw.indexOf(escape);
  if (open < 0) return raw;
  let out = '';
  let at = 0;
  let hasHex = false;
  for (; open >= 0; open = raw.indexOf(escape, at)) {
    const close = raw.indexOf(escape, open + 1);
    const command = close < 0 ? '' : raw.slice(open + 1, close);
    const hex = isHex(command) ? hexRun(raw, open, escape) : null;
    const meaning = command === '' || hex ? null : meaningOf(command, delimiters);
    if (at < open) out += raw.slice(at, open);
    out += hex ? decodeEscapedBytes(hex.bytes, charset) : (meaning ?? escape);
    at = hex ? hex.end : meaning === null ? open + 1 : close + 1;
    if (hex) hasHex = true;
  }
  out += raw.slice(at);
  return hasHex ? out.replaceAll('\0', '').replace(/\r\n?/g, '\n') : out;
}

function isHex(command: string): boolean {
  return command.charCodeAt(0) === 0x58 && command.length <= HEX_RUN_LIMIT && /^X([0-9A-Fa-f]{2})+$/.test(command);
}

/** `\XC3\\XA9\` is one character in two escapes: neighbours are decoded together. */
function hexRun(raw: string, from: number, escape: string): { bytes: Uint8Array; end: number } {
  const parts: string[] = [];
  let end = from;
  while (raw.charAt(end) === escape) {
    const close = raw.indexOf(escape, end + 1);
    const command = close < 0 ? '' : raw.slice(end + 1, close);
    if (!isHex(command)) break;
    parts.push(command.slice(1));
    end = close + 1;
  }
  return { bytes: Buffer.from(parts.join(''), 'hex'), end };
}

/** Null when the command is none of HL7's. */
function meaningOf(command: string, delimiters: Delimiters): string | null {
  switch (command) {
    case 'F':
      return delimiters.field;
    case 'S':
      return delimiters.component;
    case 'T':
      return delimiters.subcomponent;
    case 'R':
      return delimiters.repetition;
    case 'E':
      return delimiters.escape;
    case 'P':
      return '#';
    case 'H':
    case 'N':
      return '';
  }
  // Character set switches and sender's own escapes carry nothing that we can read.
  if (/^(C[0-9A-Fa-f]{4}|M[0-9A-Fa-f]{4}([0-9A-Fa-f]{2})?|Z[0-9A-Fa-f]*)$/.test(command)) return '';
  const formatting = /^\.(br|sp|in|ti|fi|nf|sk|ce)\s*([+-]?\d{0,3})$/i.exec(command);
  return formatting ? formattingOf((formatting[1] as string).toLowerCase(), Number(formatting[2] || 1)) : null;
}

function formattingOf(command: string, count: number): string {
  const times = Math.min(Math.max(1, count), 50);
  if (command === 'br' || command === 'ce') return '\n';
  if (command === 'sp') return '\n'.repeat(times);
  return command === 'sk' ? ' '.repeat(times) : '';
}
