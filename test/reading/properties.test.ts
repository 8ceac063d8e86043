/** What must hold for any text: no fault, spans inside the text, no runaway, and the same verdict however the text is dressed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readPhrase } from '#src/reading/read-phrase.ts';
import { readReport } from '#src/reading/read-report.ts';
import { labelledReports } from './labelled.ts';

/** Bits of report language, so that random texts go deep into the grammar. */
const BITS = [
  'no',
  'not',
  'fracture',
  'fractures',
  'of',
  'L1',
  'T12',
  'T7-T9',
  'compression',
  'vertebral',
  'height',
  'loss',
  'is',
  'are',
  'and',
  'or',
  ',',
  '.',
  ';',
  ':',
  '\n',
  '\n\n',
  'FINDINGS:',
  'IMPRESSION:',
  'ADDENDUM',
  'HISTORY:',
  '?',
  '(',
  ')',
  '-',
  '/',
  'possible',
  'cannot',
  'exclude',
  'if',
  'history',
  'mother',
  'old',
  'new',
  'acute',
  '30',
  '%',
  'grade',
  '2',
  'rib',
  'hip',
  'wedging',
  'endplate',
  'depressed',
  'maintained',
  'DXA',
  'recommend',
  'FLS',
  'metastasis',
  'cement',
  'Schmorl',
  'with',
  'without',
  'seen',
  'denies',
  'unchanged',
  'versus',
  'but',
  'the',
  '11th',
  'thoracic',
  'to',
  'through',
  '1.',
  'x'.repeat(40),
  '#',
];
const reportish = fc.array(fc.constantFrom(...BITS), { maxLength: 300 }).map((bits) => bits.join(' '));
const anyText = fc.oneof(fc.string({ maxLength: 400 }), fc.string({ unit: 'binary', maxLength: 400 }), reportish);

test('any text is read without a fault, and every span lies in it', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      for (const { span, sentence } of readReport(text).statements) {
        assert.ok(span.start >= 0 && span.start < span.end && span.end <= text.length);
        assert.ok(sentence.start >= 0 && sentence.end <= text.length && sentence.start <= span.start && span.end <= sentence.end);
      }
    }),
    { numRuns: 1500 },
  );
});

test('reading is a function: the same text gives the same reading', () => {
  fc.assert(
    fc.property(reportish, (text) => assert.deepEqual(readReport(text), readReport(text))),
    { numRuns: 100 },
  );
});

test('a silent or denied verdict has no level', () => {
  fc.assert(
    fc.property(reportish, (text) => {
      const { fracture, levels, ambiguousOnly } = readReport(text);
      if (fracture === 'silent' || fracture === 'denied') assert.deepEqual([levels.length, ambiguousOnly], [0, false]);
    }),
    { numRuns: 500 },
  );
});

test('a found phrase is the phrase, wherever it stands', () => {
  fc.assert(
    fc.property(reportish, (before) => {
      const text = `${before}\n\nThere is a zebrafish here.`;
      assert.equal(readPhrase(text, 'zebrafish').length, 1);
    }),
    { numRuns: 300 },
  );
});

test('capitals, line breaks of another system and hard spaces change no verdict', () => {
  const word = (text: string): string => {
    const { fracture, ambiguousOnly, levels, redFlag, advice, treated } = readReport(text);
    return JSON.stringify({ fracture, ambiguousOnly, levels, redFlag, advice, treated });
  };
  for (const { text } of labelledReports()) {
    assert.equal(word(text.toUpperCase()), word(text), text);
    assert.equal(word(text.replaceAll('\n', '\r\n')), word(text), text);
    assert.equal(word(text.replaceAll(' ', '\u00a0')), word(text), text);
  }
});

/**
 * Runaway bound, in processor time, so that a busy machine does not matter. Reading is linear: 100,000 characters of a dense report take some tens of
 * milliseconds and the worst repetition (a fracture in every second word) about one second. A pattern that backtracks takes hours.
 */
const RUNAWAY_CPU_MS = 8000;

function cpuMs(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const used = process.cpuUsage(start);
  return (used.user + used.system) / 1000;
}

const LONG = 100_000;
const repeated = (bit: string): string => bit.repeat(Math.ceil(LONG / bit.length)).slice(0, LONG);

test('no repetition of anything runs away', () => {
  const bits = [
    'no ',
    'fracture ',
    'L1, ',
    '-',
    'no -',
    'a:',
    'ADDENDUM\n',
    'L1 fracture and ',
    'no L1 compression fracture, may be old or T12 ',
    'L\n',
    'a',
    '1',
    '1.',
    "'",
    '?',
    'L1/',
    'height ',
    'DXA ',
    '(',
    '\n',
    ' ',
    'not seen on the prior ',
    '\u2014',
    'e\u0301',
  ];
  for (const bit of bits) {
    const text = repeated(bit);
    const took = cpuMs(() => {
      readReport(text);
      readPhrase(text, 'fracture');
    });
    assert.ok(took < RUNAWAY_CPU_MS, `${JSON.stringify(bit)}: ${took.toFixed(0)} ms`);
  }
});

test('no random repetition of report language runs away', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...BITS), { minLength: 1, maxLength: 6 }), (bits) => {
      const text = repeated(`${bits.join(' ')} `);
      const took = cpuMs(() => {
        readReport(text);
      });
      assert.ok(took < RUNAWAY_CPU_MS, JSON.stringify(bits));
    }),
    { numRuns: 40 },
  );
});
