/** The report's text with what was read in it marked. Kinds of marks differ by line and by a word, not only by colour. */
import { html } from 'hono/html';
import type { Reading, Statement } from '#src/case/reading.ts';
import type { Markup } from '../layout.ts';

const SHOWN: ReadonlySet<Statement['target']> = new Set([
  'vertebral-fracture',
  'ambiguous-deformity',
  'advice',
  'red-flag',
  'mimic',
  'trauma',
  'treated',
  'osteoporosis',
  'other-fracture',
]);

interface Mark {
  readonly start: number;
  readonly end: number;
  readonly kind: 'affirmed' | 'denied' | 'uncertain' | 'other';
  readonly word: string;
}

/** Marks in order, without overlaps: of two that overlap, the one on fractures wins, then the longer. */
export function marksOf(reading: Reading, length: number): readonly Mark[] {
  const candidates = reading.statements
    .filter(
      (statement) =>
        SHOWN.has(statement.target) && statement.span.start >= 0 && statement.span.end <= length && statement.span.end > statement.span.start,
    )
    .sort((a, b) => weight(b) - weight(a) || b.span.end - b.span.start - (a.span.end - a.span.start));
  const taken: Mark[] = [];
  for (const statement of candidates) {
    const { start, end } = statement.span;
    if (taken.some((mark) => start < mark.end && mark.start < end)) continue;
    taken.push({ start, end, kind: kindOf(statement), word: wordFor(statement) });
  }
  return taken.sort((a, b) => a.start - b.start);
}

function weight(statement: Statement): number {
  return statement.target === 'vertebral-fracture' ? 3 : statement.target === 'ambiguous-deformity' ? 2 : statement.target === 'advice' ? 1 : 0;
}

function kindOf(statement: Statement): Mark['kind'] {
  if (statement.who === 'someone-else' || statement.time === 'historical' || statement.target === 'other-fracture') return 'other';
  if (statement.certainty === 'hypothetical') return 'uncertain';
  return statement.certainty;
}

function wordFor(statement: Statement): string {
  const about = {
    'vertebral-fracture': 'fracture',
    'ambiguous-deformity': 'ambiguous word',
    advice: 'advice',
    'red-flag': 'red flag',
    mimic: 'mimic',
    trauma: 'trauma',
    treated: 'treated',
    osteoporosis: 'osteoporosis',
    'other-fracture': 'other bone',
    'bones-mentioned': 'bones',
    phrase: 'phrase',
  }[statement.target];
  if (statement.who === 'someone-else') return `${about}, someone else's`;
  if (statement.time === 'historical') return `${about}, in the past`;
  return `${about}, ${statement.certainty}`;
}

export function reportText(text: string, reading: Reading | null): Markup {
  if (!reading) return html`<div class="report" tabindex="0" role="group" aria-label="Report text">${text}</div>`;
  const pieces: Markup[] = [];
  let at = 0;
  for (const mark of marksOf(reading, text.length)) {
    pieces.push(
      html`${text.slice(at, mark.start)}<mark class="${mark.kind}">${text.slice(mark.start, mark.end)}<span class="tag">[${mark.word}]</span></mark>`,
    );
    at = mark.end;
  }
  pieces.push(html`${text.slice(at)}`);
  return html`<div class="report" tabindex="0" role="group" aria-label="Report text with marks">${pieces}</div>`;
}
