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
      const rowsOf = (rows: readonly string[]) => {
        const message = parseMessage(`MSH|^~\\&|RIS\r${rows.join('\r')}`);
        assert.ok(message);
        return observations(message, 'utf-8').all.flatMap(({ kind, words }) => words.map((text) => ({ kind, text })));
      };
      const together = rowsOf(lines);
      assert.equal(together.length, lines.length);
      assert.deepEqual(
        together,
        lines.flatMap((line) => rowsOf([line])),
      );
    }),
    { numRuns: 500 },
  );
});

test('the short way to a component says what cutting the field says, or asks for a closer look', () => {
  const piece = fc.constantFrom('', 'MR', 'P-77', ' NORTH ', 'CT CHEST', 'a&b', '""', '\\T\\', '\u00e9', '20260302101500+0000', '.', '\t');
  const fields = fc.array(fc.array(piece, { maxLength: 6 }), { maxLength: 5 });
  let plain = 0;
  let closer = 0;
  fc.assert(
    fc.property(fields, (made) => {
      const message = parseMessage(`MSH|^~\\&|RIS\rOBR|1|${made.map((parts) => parts.join('^')).join('|')}|end\r`);
      const segment = message?.segments[1];
      assert.ok(message && segment);
      for (const [index, parts] of made.entries()) {
        for (let number = 1; number <= 7; number += 1) {
          const told: string | null = segment.plainAt(index + 2, number, message.delimiters);
          const cut = parts[number - 1] ?? '';
          if (told === null) closer += 1;
          else plain += 1;
          assert.equal(told, /["\\&\u00e9\t]/.test(cut) ? null : cut.trim());
        }
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(plain > 0 && closer > 0);
});
