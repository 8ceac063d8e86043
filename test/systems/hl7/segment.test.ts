/** A segment whose fields are cut when they are asked for gives what cutting all of them gives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseMessage } from '#src/systems/hl7/message.ts';
import { observations } from '#src/systems/hl7/observation-rows.ts';

const content = fc.array(
  fc.constantFrom('|', '|', '^', '~', '&', '\\', ' ', 'a', 'TX', '113014', 'IMP', 'words that are longer than twelve', '\u00e9', '""'),
  {
    maxLength: 24,
  },
);
const row = fc
  .tuple(fc.constantFrom('OBX', 'OBX', 'OBX', 'NTE', 'PID', 'ZZ1'), content)
  .map(([name, parts]) => [name, ...parts].join('|').replace('|', ''));
const end = fc.constantFrom('\r', '\r', '\r', '\n', '\r\n', '\r\r', ' \r');

/** As every reader did it before: all fields of a row at once. */
function cutWhole(text: string): string[][] {
  return text
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split('|'));
}

test('every field of 500 made messages', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(row, end), { maxLength: 12 }), (rows) => {
      const named = rows.filter(([text, ending]) => text.charAt(3) === '|' || (text.length === 3 && !ending.startsWith(' ')));
      const text = `MSH|^~\\&|RIS\r${named.map(([line, ending]) => line + ending).join('')}`;
      const [, ...segments] = parseMessage(text)?.segments ?? [];
      const [, ...wanted] = cutWhole(text);
      assert.deepEqual(
        segments.map((segment) => Array.from({ length: 30 }, (_, number) => segment.at(number))),
        wanted.map((fields) => Array.from({ length: 30 }, (_, number) => fields[number] ?? '')),
      );
      assert.deepEqual(
        segments.map((segment) => segment.fields),
        wanted,
      );
    }),
    { numRuns: 500 },
  );
});

test('the header counts its separator as a field', () => {
  const header = parseMessage('MSH|^~\\&|RIS|NORTH\r')?.segments[0];
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((number) => header?.at(number)),
    ['MSH', '|', '^~\\&', 'RIS', 'NORTH', ''],
  );
  assert.deepEqual(header?.fields, ['MSH', '|', '^~\\&', 'RIS', 'NORTH']);
});

test('a row that is told by its likeness to the one before says the same as by itself', () => {
  const field = fc.constantFrom('', 'TX', 'ED', '71250^CT', '&IMP', '113014', 'F', 'D', '""', ' F ');
  const obx = fc.record({
    id: fc.constantFrom('1', '22', ''),
    head: fc.array(field, { maxLength: 3 }),
    words: field,
    tail: fc.array(field, { maxLength: 8 }),
  });
  const repeated = fc.tuple(obx, fc.array(fc.tuple(fc.constantFrom('1', '2', ''), field), { maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(repeated, { maxLength: 5 }), (made) => {
      const lines = made.flatMap(([{ head, words, tail, id }, more]) =>
        [[id, words] as const, ...more].map(([own, text]) => ['OBX', own, ...head, text, ...tail].join('|')),
      );
      const message = (rows: readonly string[]) => parseMessage(`MSH|^~\\&|RIS\r${rows.join('\r')}`);
      const together = message(lines);
      assert.ok(together);
      const told = observations(together.segments, together.delimiters).slice(1);
      const alone = lines.map((line) => {
        const one = message([line]);
        return one ? observations(one.segments, one.delimiters)[1] : undefined;
      });
      assert.deepEqual(
        told.map((one) => [one?.kind, one?.words]),
        alone.map((one) => [one?.kind, one?.words]),
      );
    }),
    { numRuns: 500 },
  );
});
