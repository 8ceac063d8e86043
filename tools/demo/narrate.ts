/** What the demo prints: one line for each stage of each case, progress while pixels are read, and the card in words. */
import type { Pool } from '#src/systems/postgres/pool.ts';

export interface Narrator {
  say(text: string): void;
  /** A line that the next one overwrites (terminals only). */
  passing(text: string): void;
  heading(text: string): void;
}

export function makeNarrator(stream: NodeJS.WriteStream): Narrator {
  const tty = stream.isTTY;
  let open = false;
  const clear = (): void => {
    if (open) stream.write('\r\u001b[2K');
    open = false;
  };
  const say = (text: string): void => {
    clear();
    stream.write(`${text}\n`);
  };
  return {
    say,
    passing: (text) => {
      if (!tty) return;
      clear();
      stream.write(text.slice(0, (stream.columns ?? 120) - 1));
      open = true;
    },
    heading: (text) => say(tty ? `\n\u001b[1m${text}\u001b[0m` : `\n${text}`),
  };
}

interface EventRow {
  readonly id: string;
  readonly case_id: string;
  readonly step: string;
  readonly outcome: string;
  readonly detail: string;
  readonly ms: number | null;
  readonly accession: string | null;
}

/** Follows the time lines of all cases and tells each new entry once. */
export function followEvents(pool: Pool, tell: (row: EventRow) => void): { poll(): Promise<void> } {
  let last = '0';
  return {
    poll: async () => {
      const found = await pool.query<EventRow>(
        `SELECT e.id, e.case_id, e.step, e.outcome, e.detail, e.ms, c.facts #>> '{report,accession}' AS accession
         FROM backstop.case_event e JOIN backstop.cases c ON c.id = e.case_id WHERE e.id > $1 ORDER BY e.id`,
        [last],
      );
      for (const row of found.rows) {
        last = row.id;
        tell(row);
      }
    },
  };
}

export function stageLine(row: EventRow): string {
  const time = row.ms === null ? '' : row.ms >= 1000 ? `${(row.ms / 1000).toFixed(1)} s` : `${row.ms} ms`;
  return `  ${(row.accession ?? '(no accession)').padEnd(17)} ${row.step.padEnd(15)} ${row.outcome.padEnd(9)} ${time.padStart(7)}  ${row.detail}`;
}

export interface PrintableCard {
  readonly summary: string;
  readonly indicator: string;
  readonly detail?: string;
  readonly source?: { readonly label: string };
  readonly suggestions?: readonly { readonly label: string }[];
  readonly links?: readonly { readonly label: string; readonly url: string }[];
}

/** The card as a box of text. */
export function cardLines(card: PrintableCard, width = 96): string[] {
  const rows = [
    `[${card.indicator}] ${card.summary}`,
    '',
    ...(card.detail ?? '').split('\n'),
    ...(card.suggestions ?? []).map((suggestion) => `( ${suggestion.label} )`),
    ...(card.links ?? []).map((link) => `${link.label}: ${link.url}`),
    `source: ${card.source?.label ?? ''}`,
  ];
  const wrapped = rows.flatMap((row) => wrap(row, width));
  const rule = '─'.repeat(width + 2);
  return [`  ┌${rule}┐`, ...wrapped.map((row) => `  │ ${row}${' '.repeat(Math.max(0, width - [...row].length))} │`), `  └${rule}┘`];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && [...line].length + 1 + [...word].length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  // A word longer than the box (an address) is cut into pieces, so that the frame holds.
  return [...lines, line].flatMap((row) => (row.length > width ? (row.match(new RegExp(`.{1,${width}}`, 'gu')) ?? []) : [row]));
}
