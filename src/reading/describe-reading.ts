/** Puts a reading into JSON for programs and into plain text for a terminal, where marks differ in shape and not only in colour. */
import type { CheckId, Reading, Statement } from '#src/case/reading.ts';

/** One statement as `backstop read --json` prints it. */
export interface StatementJson {
  readonly target: Statement['target'];
  readonly concept: string;
  /** affirmed, denied, uncertain or hypothetical. */
  readonly status: Statement['certainty'];
  readonly time: Statement['time'];
  readonly who: Statement['who'];
  readonly acuity: Statement['acuity'];
  /** All levels as written in the model of the spine: T12, L1, and C7 or S1 where these are named. */
  readonly level: readonly string[];
  readonly grade: Statement['grade'];
  readonly severity: Statement['severity'];
  readonly lossPercent: number | null;
  readonly section: Statement['section'];
  /** UTF-16 offsets [start, end). */
  readonly span: readonly [start: number, end: number];
  readonly text: string;
}

export interface ReadingJson {
  readonly grammar: string;
  readonly fracture: Reading['fracture'];
  readonly ambiguousOnly: boolean;
  readonly levels: readonly string[];
  readonly advice: boolean;
  readonly redFlag: boolean;
  readonly cancerHistory: boolean;
  readonly trauma: boolean;
  readonly mimic: boolean;
  readonly treated: boolean;
  readonly newOrProgressed: boolean;
  readonly checks: Reading['checks'];
  readonly findings: readonly StatementJson[];
}

/** What each check asks, in words. */
export const CHECK_WORDS: Readonly<Record<CheckId, string>> = {
  C1: 'the bones are mentioned',
  C2: 'a moderate or severe fracture on the images is stated',
  C3: 'the word fracture is used',
  C4: 'the level is given',
  C5: 'the grade is given',
  C6: 'advice is given (referral, bone density, assessment)',
  C7: 'it says new or old',
  C8: 'a pathological cause is excluded',
};

/** One mark per status, told apart without colour: [+ there +], [- denied -], [? doubtful ?], [~ conditional ~]. */
const MARKS: Readonly<Record<Statement['certainty'], string>> = { affirmed: '+', denied: '-', uncertain: '?', hypothetical: '~' };

export function statementToJson(text: string, statement: Statement): StatementJson {
  const { target, concept, certainty, time, who, acuity, levels, otherLevels, grade, severity, lossPercent, section, span } = statement;
  return {
    target,
    concept,
    status: certainty,
    time,
    who,
    acuity,
    level: [...levels, ...otherLevels],
    grade,
    severity,
    lossPercent,
    section,
    span: [span.start, span.end],
    text: text.slice(span.start, span.end),
  };
}

/** The object that `backstop read FILE --json` prints. `text` is the text that was read. */
export function readingToJson(text: string, reading: Reading): ReadingJson {
  const { grammar, fracture, ambiguousOnly, levels, advice, redFlag, cancerHistory, trauma, mimic, treated, newOrProgressed, checks, statements } =
    reading;
  const findings = statements.map((statement) => statementToJson(text, statement));
  return { grammar, fracture, ambiguousOnly, levels, advice, redFlag, cancerHistory, trauma, mimic, treated, newOrProgressed, checks, findings };
}

/** "vertebral-fracture  affirmed  T12 L1  moderate  35 %  new  (findings)  compression fracture" */
function statementLine(text: string, statement: Statement): string {
  const { certainty, target, levels, otherLevels, grade, severity, lossPercent, acuity, time, who, section, span } = statement;
  const mark = MARKS[certainty];
  const words = [
    `[${mark}] ${certainty.padEnd(12)} ${target.padEnd(19)}`,
    `"${text.slice(span.start, span.end).replace(/\s+/g, ' ')}"`,
    [...levels, ...otherLevels].join(' '),
    grade === null ? '' : `grade ${grade}`,
    severity ?? '',
    lossPercent === null ? '' : `${lossPercent} % loss`,
    acuity === 'unknown' ? '' : acuity,
    time === 'historical' ? 'historical' : '',
    who === 'someone-else' ? "someone else's" : '',
    `(${section})`,
  ];
  return words.filter((word) => word !== '').join('  ');
}

/** The text with every statement but "bones" marked in place. Where statements share characters the first one's mark stands. */
export function markText(text: string, statements: readonly Statement[]): string {
  const shown = statements
    .filter((statement) => statement.target !== 'bones-mentioned')
    .toSorted((a, b) => a.span.start - b.span.start || b.span.end - a.span.end);
  let out = '';
  let at = 0;
  for (const statement of shown) {
    const { start, end } = statement.span;
    if (start < at) continue;
    const mark = MARKS[statement.certainty];
    out += `${text.slice(at, start)}[${mark} ${text.slice(start, end)} ${mark}]`;
    at = end;
  }
  return out + text.slice(at);
}

const VERDICT_WORDS: Readonly<Record<Reading['fracture'], string>> = {
  stated: 'The report states a vertebral fracture.',
  uncertain: 'The report is uncertain about a vertebral fracture.',
  denied: 'The report denies a vertebral fracture.',
  silent: 'The report is silent on vertebral fracture.',
  'not-read': "The report's text could not be read.",
};

/** The verdict in one sentence, for pages and terminals. */
export function verdictSentence(reading: Reading): string {
  const sentence = reading.ambiguousOnly ? 'The report describes a change of shape only in ambiguous words.' : VERDICT_WORDS[reading.fracture];
  return reading.levels.length === 0 ? sentence : `${sentence} Levels: ${reading.levels.join(', ')}.`;
}

/** The whole reading as plain text for a terminal: marked text, verdict, statements, checks. Ends with a line break. */
export function describeReading(text: string, reading: Reading): string {
  const flags = (['advice', 'redFlag', 'cancerHistory', 'trauma', 'mimic', 'treated', 'newOrProgressed'] as const).filter((flag) => reading[flag]);
  const checks = (Object.keys(CHECK_WORDS) as CheckId[]).map((id) => `  ${id}  ${reading.checks[id].padEnd(14)}  ${CHECK_WORDS[id]}`);
  const listed = reading.statements
    .filter((statement) => statement.target !== 'bones-mentioned')
    .map((statement) => `  ${statementLine(text, statement)}`);
  return [
    markText(text, reading.statements).trimEnd(),
    '',
    verdictSentence(reading),
    flags.length === 0 ? 'Flags: none' : `Flags: ${flags.join(', ')}`,
    '',
    'Marks: [+ affirmed +]  [- denied -]  [? uncertain ?]  [~ hypothetical ~]',
    ...listed,
    '',
    'Checks',
    ...checks,
    '',
  ].join('\n');
}

/** What was found of one phrase (`backstop read FILE --phrase "..."`), a line each; says so when the phrase does not occur. */
export function describePhrase(text: string, phrase: string, statements: readonly Statement[]): string {
  if (statements.length === 0) return `"${phrase}" does not occur in the text.\n`;
  return statements.map((statement) => `${statementLine(text, statement)}\n`).join('');
}
