/** `backstop read FILE`: what a report's text says. FILE is plain text or an HL7 message; `-` is standard input. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { hasReportText } from '../case/has-report-text.ts';
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
    .argument('<file>', 'a text or HL7 file (also a batch or several frames), or - for standard input')
    .option('--json', 'as one JSON object; of several reports { reports: [...] }')
    .option('--phrase <text>', "only: is this phrase affirmed, denied, uncertain, historical, hypothetical or someone else's?")
    .action(async (file: string, options: ReadOptions) => {
      const phrase = options.phrase;
      if (phrase !== undefined && !/[\p{L}\p{N}]/u.test(phrase)) throw new Error('the phrase has no word in it');
      const texts = await reportTexts(bytesOf(file));
      const told = texts.map((text) => (phrase === undefined ? readingTold(text, options) : phraseTold(text, phrase, options)));
      // Reports are read apart: one patient's fracture says nothing of the next one's spine.
      const [only, second] = told;
      if (options.json) console.log(JSON.stringify(second === undefined ? only : { reports: told }, null, 2));
      else
        console.log(
          second === undefined ? only : told.map((words, index) => `----- report ${index + 1} of ${told.length} -----\n\n${words}`).join('\n'),
        );
    });
}

/** The bytes of the file or of standard input. Throws, in words for the person at the terminal, when there is nothing that could be a report. */
function bytesOf(file: string): Buffer {
  const name = file === '-' ? 'standard input' : file;
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === '-' ? 0 : file);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    throw new Error(`${name} cannot be read: ${FILE_FAULTS[code] ?? (code || 'unknown fault')}`, { cause });
  }
  if (bytes.every((byte) => byte <= 0x20)) throw new Error(`${name} is empty`);
  if (looksBinary(bytes)) throw new Error(`${name} is neither text nor HL7 (a PDF, a picture, an archive?)`);
  return bytes;
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'no permission',
};

/** Control characters that text does not have, in the first 4 kB. Tab, line ends and form feed are text; VT, FS and GS stand around HL7. */
function looksBinary(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 4096);
  const odd = start.filter((byte) => byte < 9 || (byte > 13 && byte < 27) || byte === 127).length;
  return start.subarray(0, 5).toString('latin1') === '%PDF-' || (wideEncoding(bytes) === null && odd > start.length / 100);
}

function readingTold(text: string, options: ReadOptions): unknown {
  const reading = readReport(text);
  return options.json ? readingToJson(text, reading) : describeReading(text, reading);
}

function phraseTold(text: string, phrase: string, options: ReadOptions): unknown {
  const statements = readPhrase(text, phrase);
  return options.json
    ? { phrase, statements: statements.map((statement) => statementToJson(text, statement)) }
    : describePhrase(text, phrase, statements);
}

/** Text that Windows programs save as "Unicode" says so in its first two bytes. */
function wideEncoding(bytes: Buffer): 'utf-16le' | 'utf-16be' | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
}

/** One text for each report: of HL7 messages their OBX lines, else the bytes as UTF-16 if they say so, UTF-8, or Windows-1252 where that fails. */
async function reportTexts(bytes: Buffer): Promise<readonly string[]> {
  const { looksLikeHl7, messagesIn, readStoredMessage } = await import('../systems/hl7/read-stored-message.ts');
  if (looksLikeHl7(bytes)) {
    const { DEFAULT_PROFILE } = await import('../systems/hl7/source-profile.ts');
    const reports = messagesIn(bytes).flatMap((message) => {
      const verdict = readStoredMessage(message, DEFAULT_PROFILE);
      return verdict.kind === 'report' ? [verdict.report, ...verdict.more.map(({ report }) => report)].filter((report) => report !== null) : [];
    });
    if (reports.length === 0) throw new Error('the HL7 file holds no report');
    const readable = reports.filter(hasReportText);
    if (readable.length === 0) throw new Error('the report has no text: its words may be in a document of the message');
    return readable.map((report) => report.text);
  }
  const wide = wideEncoding(bytes);
  if (wide !== null) return [new TextDecoder(wide).decode(bytes)];
  try {
    return [new TextDecoder('utf-8', { fatal: true }).decode(bytes)];
  } catch {
    return [new TextDecoder('windows-1252').decode(bytes)];
  }
}
