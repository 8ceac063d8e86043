/**
 * Scores the reading of text on our labelled sentences: `node tools/score-reading.ts [dev|test|tuned|blind|past] [--failures]`; `--write` puts the splits
 * into docs/reading.md; `--context-set FILE` scores a set of somebody else's (score-context-set.ts).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { GRAMMAR } from '#src/reading/read-report.ts';
import {
  FLAGS,
  type LabelledPhrase,
  type LabelledReport,
  labelledPhrases,
  labelledReports,
  type Split,
  scorePhrase,
  scoreReport,
} from '#test/reading/labelled.ts';
import { confusionTable, scoreOfClass } from './confusion.ts';
import { scoreContextSet } from './score-context-set.ts';

function phrasePart(rows: readonly LabelledPhrase[], failures: boolean): string[] {
  const outcomes = rows.map((row) => ({ row, ...scorePhrase(row) }));
  const pairs = outcomes.map((outcome) => [outcome.row.certainty, outcome.certainty] as const);
  const right = outcomes.filter((outcome) => outcome.right).length;
  const lines = [
    `Phrases in context: ${right} of ${rows.length} right (certainty, and time and person where labelled).`,
    '',
    confusionTable(['affirmed', 'denied', 'uncertain', 'hypothetical'], pairs),
    '',
    `Negation: ${scoreOfClass(pairs, (value) => value === 'denied')}.`,
  ];
  if (failures)
    for (const outcome of outcomes)
      if (!outcome.right) lines.push(`  WRONG "${outcome.row.phrase}" in "${outcome.row.text}": ${outcome.got}, labelled ${outcome.expected}`);
  return lines;
}

function reportPart(rows: readonly LabelledReport[], failures: boolean): string[] {
  const outcomes = rows.map((row) => ({ row, ...scoreReport(row) }));
  const pairs = outcomes.map((outcome) => [outcome.row.fracture, outcome.fracture] as const);
  const levels = outcomes.filter((outcome) => outcome.levelsRight).length;
  const flags = outcomes.reduce((sum, outcome) => sum + outcome.flagsWrong.length, 0);
  const lines = [
    `The report's word on vertebral fracture: ${pairs.filter(([expected, got]) => expected === got).length} of ${rows.length} right.`,
    '',
    confusionTable(['stated', 'uncertain', 'denied', 'silent'], pairs),
    '',
    `Fracture stated: ${scoreOfClass(pairs, (value) => value === 'stated')}.`,
    `Fracture stated or uncertain: ${scoreOfClass(pairs, (value) => value === 'stated' || value === 'uncertain')}.`,
    `Levels: ${levels} of ${rows.length} reports with exactly the labelled levels. Flags: ${flags} wrong of ${rows.length * FLAGS.length}.`,
  ];
  if (failures) {
    for (const { row, fracture, levels: got, levelsRight, flagsWrong } of outcomes) {
      if (fracture !== row.fracture || !levelsRight || flagsWrong.length > 0)
        lines.push(
          `  WRONG ${JSON.stringify(row.text)}: ${fracture} [${got.join()}], labelled ${row.fracture} [${row.levels.join()}]; flags wrong: ${flagsWrong.join()}`,
        );
    }
  }
  return lines;
}

function scoreOf(split: Split, failures: boolean): string {
  const phrases = labelledPhrases().filter((row) => row.split === split);
  const reports = labelledReports().filter((row) => row.split === split);
  const lines = [`### Split: ${split}`, '', ...phrasePart(phrases, failures)];
  if (reports.length > 0) lines.push('', ...reportPart(reports, failures));
  return lines.join('\n');
}

const MARKS = ['<!-- scores -->', '<!-- /scores -->'] as const;

const SPLITS: readonly Split[] = ['test', 'dev', 'blind', 'past', 'tuned'];

/** Puts the scores of all splits between the marks of docs/reading.md. */
function writeDoc(): void {
  const file = new URL('../docs/reading.md', import.meta.url);
  const text = readFileSync(file, 'utf8');
  const start = text.indexOf(MARKS[0]);
  const end = text.indexOf(MARKS[1]);
  if (start < 0 || end < start) throw new Error('docs/reading.md has no marks for the scores');
  const scores = [`Grammar ${GRAMMAR}; written by \`node tools/score-reading.ts --write\`.`, ...SPLITS.map((split) => scoreOf(split, false))].join(
    '\n\n',
  );
  writeFileSync(file, `${text.slice(0, start)}${MARKS[0]}\n${scores}\n${text.slice(end)}`);
}

const set = process.argv.indexOf('--context-set');
if (set >= 0) {
  const file = process.argv[set + 1];
  if (file === undefined) throw new Error('--context-set needs a file');
  console.log(scoreContextSet(readFileSync(file, 'utf8')));
} else if (process.argv.includes('--write')) writeDoc();
else console.log(scoreOf(SPLITS.find((split) => process.argv.includes(split)) ?? 'dev', process.argv.includes('--failures')));
