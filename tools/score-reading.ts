/** Scores the reading of text on our labelled sentences: `node tools/score-reading.ts [dev|test|tuned] [--failures]`; `--write` puts both splits into docs/reading.md. */
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

interface Counts {
  readonly rows: readonly string[];
  readonly table: Map<string, Map<string, number>>;
}

function confusion(classes: readonly string[], pairs: readonly (readonly [expected: string, got: string])[]): Counts {
  const table = new Map(classes.map((expected) => [expected, new Map<string, number>()]));
  for (const [expected, got] of pairs) {
    const row = table.get(expected);
    row?.set(got, (row.get(got) ?? 0) + 1);
  }
  return { rows: classes, table };
}

/** A markdown table: one row per label, one column per reading. */
function printConfusion(counts: Counts): string {
  const columns = [...new Set([...counts.rows, ...[...counts.table.values()].flatMap((row) => [...row.keys()])])];
  const head = `| labelled \\ read | ${columns.join(' | ')} |\n|---|${columns.map(() => '---|').join('')}`;
  const body = counts.rows.map(
    (expected) => `| ${expected} | ${columns.map((column) => counts.table.get(expected)?.get(column) ?? 0).join(' | ')} |`,
  );
  return [head, ...body].join('\n');
}

/** Precision, recall and F of one class. */
function measure(pairs: readonly (readonly [string, string])[], isIn: (value: string) => boolean): string {
  const hits = pairs.filter(([expected, got]) => isIn(expected) && isIn(got)).length;
  const wanted = pairs.filter(([expected]) => isIn(expected)).length;
  const claimed = pairs.filter(([, got]) => isIn(got)).length;
  const precision = claimed === 0 ? 0 : hits / claimed;
  const recall = wanted === 0 ? 0 : hits / wanted;
  const f = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return `precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, F ${f.toFixed(3)} (n = ${wanted})`;
}

function phrasePart(rows: readonly LabelledPhrase[], failures: boolean): string[] {
  const outcomes = rows.map((row) => ({ row, ...scorePhrase(row) }));
  const pairs = outcomes.map((outcome) => [outcome.row.certainty, outcome.certainty] as const);
  const right = outcomes.filter((outcome) => outcome.right).length;
  const lines = [
    `Phrases in context: ${right} of ${rows.length} right (certainty, and time and person where labelled).`,
    '',
    printConfusion(confusion(['affirmed', 'denied', 'uncertain', 'hypothetical'], pairs)),
    '',
    `Negation: ${measure(pairs, (value) => value === 'denied')}.`,
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
    printConfusion(confusion(['stated', 'uncertain', 'denied', 'silent'], pairs)),
    '',
    `Fracture stated: ${measure(pairs, (value) => value === 'stated')}.`,
    `Fracture stated or uncertain: ${measure(pairs, (value) => value === 'stated' || value === 'uncertain')}.`,
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
  return [`### Split: ${split}`, '', ...phrasePart(phrases, failures), '', ...reportPart(reports, failures)].join('\n');
}

const MARKS = ['<!-- scores -->', '<!-- /scores -->'] as const;

/** Puts the scores of both splits between the marks of docs/reading.md. */
function writeDoc(): void {
  const file = new URL('../docs/reading.md', import.meta.url);
  const text = readFileSync(file, 'utf8');
  const start = text.indexOf(MARKS[0]);
  const end = text.indexOf(MARKS[1]);
  if (start < 0 || end < start) throw new Error('docs/reading.md has no marks for the scores');
  const scores = `Grammar ${GRAMMAR}; written by \`node tools/score-reading.ts --write\`.\n\n${scoreOf('test', false)}\n\n${scoreOf('dev', false)}\n\n${scoreOf('blind', false)}\n\n${scoreOf('tuned', false)}`;
  writeFileSync(file, `${text.slice(0, start)}${MARKS[0]}\n${scores}\n${text.slice(end)}`);
}

if (process.argv.includes('--write')) writeDoc();
else
  console.log(
    scoreOf(process.argv.includes('blind') ? 'blind' : process.argv.includes('test') ? 'test' : process.argv.includes('tuned') ? 'tuned' : 'dev', process.argv.includes('--failures')),
  );
