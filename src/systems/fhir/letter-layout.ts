/** Places the words and the picture of a letter on one A4 page (pure): text on the left, the picture on the right, the foot at the bottom. */
import { PAGE, type PlacedPicture, type PlacedText, widthOf } from './letter-pdf.ts';
import type { LetterPart, LetterWords } from './letter-words.ts';

/** Points. */
const MARGIN = 48;
const PICTURE = { width: 250, height: 600, gap: 14 };
/** Where the columns of the table begin, as shares of its width. */
const COLUMNS = [0, 0.17, 0.47, 0.68] as const;
const TITLE_SIZE = 18;
const FOOT_SIZE = 8;
/** Tried in this order until everything fits on the page. */
const SIZES = [10, 9, 8, 7, 6] as const;
const LEADING = 1.35;
const MORE = 'More on the case page.';

export interface Picture {
  /** Baseline JPEG, RGB. */
  readonly jpeg: Uint8Array;
  readonly columns: number;
  readonly rows: number;
}

export interface LetterLayout {
  readonly texts: readonly PlacedText[];
  readonly picture: PlacedPicture | null;
}

/** Text that does not fit at the smallest size is cut, and the page says so. */
export function letterLayout(words: LetterWords, picture: Picture | null): LetterLayout {
  const top = PAGE.height - MARGIN - TITLE_SIZE;
  const title: PlacedText = { x: MARGIN, y: top, size: TITLE_SIZE, bold: true, text: words.title };
  const foot = footLines(words.foot);
  const bottom = Math.max(MARGIN, ...foot.map((line) => line.y)) + 2 * FOOT_SIZE;
  const width = PAGE.width - 2 * MARGIN - (picture ? PICTURE.width + PICTURE.gap : 0);
  const body = fitted(words.parts, top - TITLE_SIZE, bottom, width);
  return { texts: [title, ...body, ...foot], picture: picture && placed(picture, top - TITLE_SIZE / 2) };
}

function placed(picture: Picture, top: number): PlacedPicture {
  const scale = Math.min(PICTURE.width / picture.columns, PICTURE.height / picture.rows);
  const size = { width: picture.columns * scale, height: picture.rows * scale };
  return { ...picture, ...size, x: PAGE.width - MARGIN - PICTURE.width, y: top - size.height };
}

function footLines(paragraphs: readonly string[]): readonly PlacedText[] {
  const lines = paragraphs.flatMap((text) => wrapped(text, FOOT_SIZE, PAGE.width - 2 * MARGIN));
  return lines.map((text, index) => ({
    x: MARGIN,
    y: MARGIN + (lines.length - 1 - index) * FOOT_SIZE * LEADING,
    size: FOOT_SIZE,
    bold: false,
    text,
  }));
}

function fitted(parts: readonly LetterPart[], top: number, bottom: number, width: number): readonly PlacedText[] {
  for (const size of SIZES) {
    const lines = bodyLines(parts, size, top, width);
    if (lines.every((line) => line.y >= bottom)) return lines;
  }
  const size = SIZES[SIZES.length - 1] ?? 6;
  const step = size * LEADING;
  const kept = bodyLines(parts, size, top, width).filter((line) => line.y >= bottom + step);
  return [...kept, { x: MARGIN, y: bottom, size, bold: true, text: MORE }];
}

function bodyLines(parts: readonly LetterPart[], size: number, top: number, width: number): readonly PlacedText[] {
  const lines: PlacedText[] = [];
  const step = size * LEADING;
  let y = top;
  const put = (text: string, bold: boolean, x = MARGIN) => lines.push({ x, y, size, bold, text });
  for (const part of parts) {
    y -= step * 1.6;
    put(part.heading, true);
    for (const text of part.paragraphs.flatMap((paragraph) => wrapped(paragraph, size, width))) {
      y -= step;
      put(text, false);
    }
    for (const [index, row] of (part.table ?? []).entries()) {
      y -= step;
      for (const [column, text] of row.entries()) put(text, index === 0, MARGIN + (COLUMNS[column] ?? 1) * width);
    }
  }
  return lines;
}

/** Breaks at spaces; a word that is wider than the line is cut. */
export function wrapped(text: string, size: number, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).flatMap((one) => pieces(one, size, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer, size) <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return line === '' ? lines : [...lines, line];
}

function pieces(word: string, size: number, width: number): readonly string[] {
  if (widthOf(word, size) <= width) return [word];
  // The widest character (@) is 1.015 of the size.
  const letters = Math.max(1, Math.floor(width / size / 1.015));
  return word.match(new RegExp(`.{1,${letters}}`, 'gu')) ?? [];
}
