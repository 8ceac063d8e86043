/** A one-page PDF of placed text and one JPEG picture (ISO 32000-1), the same bytes for the same input: no date, no random id. */

/** A4 in points; the origin is the lower left corner. */
export const PAGE = { width: 595, height: 842 } as const;

export interface PlacedText {
  /** Left end of the baseline, points. */
  readonly x: number;
  readonly y: number;
  /** Points. */
  readonly size: number;
  readonly bold: boolean;
  readonly text: string;
}

/** A baseline JPEG in RGB, its size in pixels, and where it stands (lower left corner, points). */
export interface PlacedPicture {
  readonly jpeg: Uint8Array;
  readonly columns: number;
  readonly rows: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Widths of Helvetica, thousandths of the size, from U+0020 on (Adobe Core 14 font metrics). */
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584,
  584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667,
  611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500,
  722, 500, 500, 500, 334, 260, 334, 584,
];
/** A character outside the table counts as a wide one, so that a line is rather too short than too long. */
const OTHER_WIDTH = 780;

/** Characters of Windows-1252 between 0x80 and 0x9F that a report may hold. */
const WIN_ANSI: Readonly<Record<string, number>> = {
  '€': 0x80,
  '…': 0x85,
  Š: 0x8a,
  Œ: 0x8c,
  Ž: 0x8e,
  '‘': 0x91,
  '’': 0x92,
  '“': 0x93,
  '”': 0x94,
  '•': 0x95,
  '–': 0x96,
  '—': 0x97,
  š: 0x9a,
  œ: 0x9c,
  ž: 0x9e,
  Ÿ: 0x9f,
};
const PLAIN: Readonly<Record<string, string>> = { '≥': '>=', '≤': '<=', '−': '-', ł: 'l', Ł: 'L', đ: 'd', Đ: 'D', ı: 'i' };

/** Width of a line of Helvetica in points. */
export function widthOf(text: string, size: number): number {
  let width = 0;
  for (const letter of text) width += WIDTHS[(letter.codePointAt(0) ?? 0) - 32] ?? OTHER_WIDTH;
  return (width * size) / 1000;
}

/** WinAnsiEncoding. A letter that it lacks loses its accent; one that has no such form becomes "?". */
function encode(text: string): Buffer {
  const bytes: number[] = [];
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    if ((code >= 32 && code < 127) || (code >= 160 && code < 256)) bytes.push(code);
    else if (WIN_ANSI[letter] !== undefined) bytes.push(WIN_ANSI[letter]);
    else if (PLAIN[letter] !== undefined) bytes.push(...Buffer.from(PLAIN[letter], 'latin1'));
    else if (code < 32) bytes.push(32);
    else
      bytes.push(
        ...Buffer.from(
          letter
            .normalize('NFD')
            .replace(/\p{M}/gu, '')
            .replace(/[^ -~]/gu, '?'),
          'latin1',
        ),
      );
  }
  return Buffer.from(bytes);
}

/** A literal string object (7.3.4.2). */
function literal(text: string): string {
  return `(${encode(text)
    .toString('latin1')
    .replace(/[\\()]/g, '\\$&')})`;
}

function contentOf(texts: readonly PlacedText[], picture: PlacedPicture | null): string {
  const number = (value: number) => value.toFixed(2);
  const lines = texts.map(
    ({ x, y, size, bold, text }) => `BT /${bold ? 'F2' : 'F1'} ${number(size)} Tf ${number(x)} ${number(y)} Td ${literal(text)} Tj ET`,
  );
  if (picture) {
    const { x, y, width, height } = picture;
    lines.push(`q ${number(width)} 0 0 ${number(height)} ${number(x)} ${number(y)} cm /P Do Q`);
  }
  return lines.join('\n');
}

/** `title` and `language` (BCP 47) go into the catalogue for readers of the document. */
export function letterPdf(texts: readonly PlacedText[], picture: PlacedPicture | null, title: string, language = 'en'): Buffer {
  const font = (name: string) => Buffer.from(`<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`);
  const stream = (dictionary: string, data: Uint8Array) =>
    Buffer.concat([Buffer.from(`<< ${dictionary}/Length ${data.length} >>\nstream\n`, 'latin1'), data, Buffer.from('\nendstream', 'latin1')]);
  const resources = `/Font << /F1 4 0 R /F2 5 0 R >>${picture ? ' /XObject << /P 8 0 R >>' : ''}`;
  const objects = [
    Buffer.from(`<< /Type /Catalog /Pages 2 0 R /Lang ${literal(language)} /ViewerPreferences << /DisplayDocTitle true >> >>`, 'latin1'),
    Buffer.from('<< /Type /Pages /Kids [3 0 R] /Count 1 >>'),
    Buffer.from(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${PAGE.width} ${PAGE.height}] /Resources << ${resources} >> /Contents 6 0 R >>`,
      'latin1',
    ),
    font('Helvetica'),
    font('Helvetica-Bold'),
    stream('', Buffer.from(contentOf(texts, picture), 'latin1')),
    Buffer.from(`<< /Title ${literal(title)} /Producer (Backstop) >>`, 'latin1'),
  ];
  if (picture) {
    const { columns, rows, jpeg } = picture;
    const image = `/Type /XObject /Subtype /Image /Width ${columns} /Height ${rows} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode `;
    objects.push(stream(image, jpeg));
  }
  return assemble(objects);
}

/** Header, numbered objects, cross-reference table (7.5.4) and trailer. The catalogue is object 1, the information object 7. */
function assemble(objects: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
  let at = parts[0]?.length ?? 0;
  const add = (part: Buffer) => {
    parts.push(part);
    at += part.length;
  };
  const offsets = objects.map((object, index) => {
    const offset = at;
    add(Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]));
    return offset;
  });
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${entries}trailer\n<< /Size ${size} /Root 1 0 R /Info 7 0 R >>\nstartxref\n${at}\n%%EOF\n`;
  add(Buffer.from(table, 'latin1'));
  return Buffer.concat(parts);
}
