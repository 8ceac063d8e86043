/**
 * Scores the context of phrases on a set of somebody else's, in the layout of the published genConText annotations: lines of number, phrase, sentence,
 * Negated|Affirmed|Possible, Recent|Historical|..., Patient|Other, parted by tabs. Prints tables and figures only, never a sentence: a set that is not ours
 * to copy, and not to be tuned on, stays unseen.
 */
import type { Statement } from '#src/case/reading.ts';
import { readPhrase } from '#src/reading/read-phrase.ts';
import { confusionTable, type Pair, scoreOfClass } from './confusion.ts';

interface Row {
  readonly phrase: string;
  readonly sentence: string;
  readonly certainty: string;
  readonly time: string;
  readonly who: string;
}

const NOT_FOUND = 'not found';

const CERTAINTIES = new Set(['Affirmed', 'Negated', 'Possible']);

/** The rows of the file; a heading line and lines with too few fields are left out. Throws, without a word of the file, when its columns are others. */
function rowsOf(file: string): Row[] {
  return file.split(/\r?\n/).flatMap((line, index) => {
    const [number, phrase, sentence, certainty, time, who] = line.split('\t').map((field) => field.trim());
    if (who === undefined || phrase === undefined || sentence === undefined || certainty === undefined || time === undefined) return [];
    if (!/^\d+$/.test(number ?? '')) return [];
    if (!CERTAINTIES.has(certainty)) throw new Error(`line ${index + 1}: the fourth column is none of ${[...CERTAINTIES].join(', ')}`);
    return [{ phrase, sentence, certainty, time, who }];
  });
}

/** The occurrence that is meant: where the phrase stands more than once, the one in capitals. */
function meant(row: Row): Statement | undefined {
  const found = readPhrase(row.sentence, row.phrase);
  const isInCapitals = ({ span }: Statement): boolean => {
    const words = row.sentence.slice(span.start, span.end);
    return words === words.toUpperCase() && words !== words.toLowerCase();
  };
  return found.length > 1 ? (found.find(isInCapitals) ?? found[0]) : found[0];
}

/** One table with precision, recall and F of one class: the labels of the file against what is read. */
function part(name: string, pairs: readonly Pair[], label: string, reading: string): string {
  const classes = [...new Set(pairs.map(([expected]) => expected))].toSorted();
  const asOne = pairs.map(([expected, got]): Pair => [expected === label ? 'in' : 'out', got === reading ? 'in' : 'out']);
  return `${name}\n\n${confusionTable(classes, pairs)}\n\n${label}: ${scoreOfClass(asOne, (value) => value === 'in')}.`;
}

export function scoreContextSet(file: string): string {
  const rows = rowsOf(file);
  const read = rows.map((row) => ({ row, statement: meant(row) }));
  const pairs = (labelOf: (row: Row) => string, readingOf: (statement: Statement) => string): Pair[] =>
    read.map(({ row, statement }): Pair => [labelOf(row), statement === undefined ? NOT_FOUND : readingOf(statement)]);
  const missing = read.filter(({ statement }) => statement === undefined).length;
  return [
    `${rows.length} phrases, ${missing} not found.`,
    part(
      'Negation. Only "denied" counts as negated; "uncertain" and "hypothetical" do not.',
      pairs(
        (row) => row.certainty,
        (statement) => statement.certainty,
      ),
      'Negated',
      'denied',
    ),
    part(
      'Time.',
      pairs(
        (row) => row.time,
        (statement) => statement.time,
      ),
      'Historical',
      'historical',
    ),
    part(
      'Person.',
      pairs(
        (row) => (row.who === 'Patient' ? 'Patient' : 'Someone else'),
        (statement) => statement.who,
      ),
      'Someone else',
      'someone-else',
    ),
  ].join('\n\n');
}
