/** Looks for many byte patterns at once, ASCII letters without regard to case: an exact table of all three-byte beginnings, then a comparison. */

export interface Pattern<Of> {
  readonly bytes: Uint8Array;
  readonly of: Of;
  /** No letter or digit may stand directly before or behind: for words that are part of other words. */
  readonly isWord: boolean;
}

export interface Hit<Of> {
  readonly offset: number;
  readonly of: Of;
}

export type ByteSearch<Of> = (bytes: Uint8Array, from: number, to: number, shortest: number) => Generator<Hit<Of>>;

const fold = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte);
const isLetterOrDigit = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || (fold(byte) >= 0x61 && fold(byte) <= 0x7a) || byte >= 0x80);

/** Patterns shorter than three bytes are not looked for. `shortest` leaves shorter ones out of a search: random bytes hold them by chance. */
export function makeByteSearch<Of>(patterns: readonly Pattern<Of>[]): ByteSearch<Of> {
  const starts = new Uint8Array(2 ** 21);
  const byStart = new Map<number, Pattern<Of>[]>();
  for (const pattern of patterns) {
    if (pattern.bytes.length < 3) continue;
    const folded = { ...pattern, bytes: pattern.bytes.map(fold) };
    const start = ((folded.bytes[0] ?? 0) << 16) | ((folded.bytes[1] ?? 0) << 8) | (folded.bytes[2] ?? 0);
    starts[start >> 3] = (starts[start >> 3] ?? 0) | (1 << (start & 7));
    const same = byStart.get(start);
    if (same) same.push(folded);
    else byStart.set(start, [folded]);
  }
  return function* search(bytes, from, to, shortest) {
    let rolling = 0;
    for (let at = from; at < to; at++) {
      rolling = ((rolling << 8) | fold(bytes[at] as number)) & 0xffffff;
      if (at - from < 2 || ((starts[rolling >> 3] as number) & (1 << (rolling & 7))) === 0) continue;
      for (const pattern of byStart.get(rolling) ?? []) {
        if (pattern.bytes.length >= shortest && stands(pattern, bytes, at - 2, to)) yield { offset: at - 2, of: pattern.of };
      }
    }
  };
}

function stands(pattern: Pattern<unknown>, bytes: Uint8Array, at: number, to: number): boolean {
  const { length } = pattern.bytes;
  if (at + length > to) return false;
  for (let index = 3; index < length; index++) if (fold(bytes[at + index] as number) !== pattern.bytes[index]) return false;
  return !pattern.isWord || (!isLetterOrDigit(bytes[at - 1]) && !isLetterOrDigit(bytes[at + length]));
}
