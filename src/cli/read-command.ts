/** `backstop read FILE`: what a report's text says. FILE is plain text or an HL7 message; `-` is standard input. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describePhrase, describeReading, readingToJson, statementToJson } from '../reading/describe-reading.ts';
import { readPhrase } from '../reading/read-phrase.ts';
import { readReport } from '../reading/read-report.ts';

interface ReadOptions {
  readonly json?: boolean;
  readonly phrase?: string;
}

export function addReadCommand(program: Command): void {
  program
    .command('read')
    .description('prints what the text of a report (or an HL7 message) says: findings with level, status and place, and the checks C1-C8')
    .argument('<file>', 'a text or HL7 file, or - for standard input')
    .option('--json', 'as one JSON object')
    .option('--phrase <text>', "only: is this phrase affirmed, denied, uncertain, historical, hypothetical or someone else's?")
    .action(async (file: string, options: ReadOptions) => {
      const text = await reportText(readFileSync(file === '-' ? 0 : file));
      console.log(options.phrase === undefined ? told(text, options) : phraseTold(text, options.phrase, options));
    });
}

function told(text: string, options: ReadOptions): string {
  const reading = readReport(text);
  return options.json ? JSON.stringify(readingToJson(text, reading), null, 2) : describeReading(text, reading);
}

function phraseTold(text: string, phrase: string, options: ReadOptions): string {
  const statements = readPhrase(text, phrase);
  return options.json
    ? JSON.stringify({ phrase, statements: statements.map((statement) => statementToJson(text, statement)) }, null, 2)
    : describePhrase(text, phrase, statements);
}

/** The report's text: of an HL7 message its OBX lines, else the bytes as UTF-8 (Windows-1252 where that fails). */
async function reportText(bytes: Buffer): Promise<string> {
  const { looksLikeHl7, readStoredMessage } = await import('../systems/hl7/read-stored-message.ts');
  if (looksLikeHl7(bytes)) {
    const { DEFAULT_PROFILE } = await import('../systems/hl7/source-profile.ts');
    const verdict = readStoredMessage(bytes, DEFAULT_PROFILE);
    const reports =
      verdict.kind === 'report' ? [verdict.report, ...verdict.more.map(({ report }) => report)].filter((report) => report !== null) : [];
    if (reports.length === 0) throw new Error('the HL7 message holds no report');
    return reports.map((report) => report.text).join('\n\n');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
