/** Damage that a line, a bad sender or an attacker does to a framed message. */
import fc from 'fast-check';

const SPECIAL = [
  '\x0b',
  '\x1c',
  '\r',
  '\n',
  '\x1c\r',
  '\x0bMSH|',
  '\x0bM',
  '\x0bFHS',
  '|',
  '^',
  '~',
  '&',
  '\\',
  '\\X',
  '\\.br\\',
  '\0',
  '\u00ff',
  'MSH|^~\\&|',
  '\rMSH|',
  '\rBTS|9',
  '\r\r',
  'OBX|',
];

export type Mutation =
  | { readonly kind: 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'delete'; readonly at: number; readonly count: number }
  | { readonly kind: 'flip'; readonly at: number; readonly bits: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly count: number }
  | { readonly kind: 'cut'; readonly at: number };

const place = fc.oneof(fc.nat(700), fc.constantFrom(0, 1, 2, 4, 5, 8));
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), at: place, text: fc.constantFrom(...SPECIAL) }),
  fc.record({ kind: fc.constant('delete' as const), at: place, count: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('flip' as const), at: place, bits: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at: place, count: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: place }),
);

function mutate(bytes: Buffer, change: Mutation): Buffer {
  const at = Math.min(change.at, bytes.length);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  if (change.kind === 'insert') return Buffer.concat([head, Buffer.from(change.text, 'latin1'), tail]);
  if (change.kind === 'delete') return Buffer.concat([head, tail.subarray(change.count)]);
  if (change.kind === 'repeat') return Buffer.concat([head, tail.subarray(0, change.count), tail]);
  if (change.kind === 'cut') return head;
  const flipped = Buffer.from(bytes);
  if (at < flipped.length) flipped[at] = (flipped[at] as number) ^ change.bits;
  return flipped;
}

/** One to four changes, one after the other. */
export const damages: fc.Arbitrary<readonly Mutation[]> = fc.array(mutation, { minLength: 1, maxLength: 4 });

export function damage(bytes: Buffer, changes: readonly Mutation[]): Buffer {
  return changes.reduce(mutate, bytes);
}
