/** The name that a row of a message begins with (HL7 v2 chapter 2, 2.5.2: three capitals or digits, the first a letter). Pure. */

/** Names come again and again: the same string each time, so that comparing them costs nothing. */
const NAMES = ['OBX', 'NTE', 'MSH', 'PID', 'PD1', 'PV1', 'PV2', 'ORC', 'OBR', 'ZDS', 'IPC', 'TXA', 'MRG', 'SFT'];
const KNOWN: ReadonlyMap<number, string> = new Map(NAMES.map((name) => [packed(name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2)), name]));

/** Three letters as one number. */
function packed(first: number, second: number, third: number): number {
  return (first << 16) | (second << 8) | third;
}

/** Our own string for a name that we know. */
export function knownName(name: string): string {
  return (name.length === 3 && KNOWN.get(packed(name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2)))) || name;
}

/** Null when the row from `start` to `end` does not begin with a name that is all of it or has the separator behind it. */
export function nameAt(text: string, start: number, end: number, separator: number): string | null {
  if (end - start < 3 || (end - start > 3 && text.charCodeAt(start + 3) !== separator)) return null;
  const first = text.charCodeAt(start);
  const second = text.charCodeAt(start + 1);
  const third = text.charCodeAt(start + 2);
  // "OBX": most rows of a report are one.
  if (first === 0x4f && second === 0x42 && third === 0x58) return 'OBX';
  if (!isCapital(first) || !(isCapital(second) || isDigit(second)) || !(isCapital(third) || isDigit(third))) return null;
  return KNOWN.get(packed(first, second, third)) ?? text.slice(start, start + 3);
}

function isCapital(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
