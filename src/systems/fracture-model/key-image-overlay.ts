/** What is drawn over the strip, as SVG: outlines, levels, grades by colour and by shape, a millimetre scale, a legend. */
import type { Measured, PictureSize } from '#src/case/finding.ts';
import type { Grade, Landmark, Vertebra } from '#src/case/vertebra.ts';

/** Okabe and Ito's colours: told apart by people with any common colour blindness. A line's dash and a sign's shape say the same again. */
export const GRADE_LOOK: Readonly<Record<Grade, { readonly colour: string; readonly dash: string; readonly word: string }>> = {
  0: { colour: '#56B4E9', dash: '', word: 'loss below 20 %' },
  1: { colour: '#F0E442', dash: '7 4', word: 'mild, 20-25 %' },
  2: { colour: '#E69F00', dash: '12 4', word: 'moderate, 25-40 %' },
  3: { colour: '#FF6F59', dash: '', word: 'severe, over 40 %' },
};
export const UNKNOWN_LOOK = { colour: '#B8BEC6', dash: '2 4', word: 'not evaluable' } as const;

/** Room for a doubtful name, "T10/T11?". */
const LEFT = 130;
const RIGHT = 290;
const TOP = 64;
const BOTTOM = 130;
const LEGEND_WIDTH = 640;

export interface Overlay {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
  readonly pictureLeft: number;
  readonly pictureTop: number;
}

const escape = (text: string): string => text.replace(/[<>&"]/g, (c) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' })[c]!);
const look = (vertebra: Vertebra) => (vertebra.grade === null ? UNKNOWN_LOOK : GRADE_LOOK[vertebra.grade]);

/** A sign for each grade: none, triangle, square, octagon-like star; a ring with a bar for "not evaluable". */
export function gradeSign(grade: Grade | null, x: number, y: number, colour: string): string {
  const paint = `fill="${colour}" stroke="#0b0f14" stroke-width="1.5"`;
  if (grade === null)
    return `<g fill="none" stroke="${colour}" stroke-width="2.5"><circle cx="${x}" cy="${y}" r="8"/><path d="M${x - 5.5} ${y + 5.5}L${x + 5.5} ${y - 5.5}"/></g>`;
  if (grade === 0) return `<circle cx="${x}" cy="${y}" r="5" ${paint}/>`;
  if (grade === 1) return `<path d="M${x} ${y - 9}L${x + 9} ${y + 7}L${x - 9} ${y + 7}Z" ${paint}/>`;
  if (grade === 2) return `<rect x="${x - 8}" y="${y - 8}" width="16" height="16" ${paint}/>`;
  return `<path d="M${x} ${y - 12}L${x + 4} ${y - 4}L${x + 12} ${y}L${x + 4} ${y + 4}L${x} ${y + 12}L${x - 4} ${y + 4}L${x - 12} ${y}L${x - 4} ${y - 4}Z" ${paint}/>`;
}

/** A body whose picture was too bad to read is named and not outlined: its points may lie anywhere. */
const NOT_DRAWN: ReadonlySet<string> = new Set(['low-picture-quality', 'no-model-output']);

function outline(vertebra: Vertebra, place: (landmark: Landmark) => readonly [number, number]): string {
  const { colour, dash } = look(vertebra);
  const at = (name: string) => vertebra.landmarks.find((landmark) => landmark.name === name);
  const ring = ['AS', 'S1', 'MS', 'S3', 'PS', 'PI', 'I3', 'MI', 'I1', 'AI'].map(at);
  if (NOT_DRAWN.has(vertebra.reason ?? '') || ring.some((point) => !point)) return '';
  const points = ring.map((point) => place(point!));
  const path = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const strong = vertebra.grade !== null && vertebra.grade > 0;
  const dots = points
    .map(
      ([x, y], i) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${i === 0 || i === 4 || i === 5 || i === 9 ? 3 : 2}" fill="${colour}"/>`,
    )
    .join('');
  const line = `fill="${strong ? colour : 'none'}" fill-opacity="0.12" stroke="${colour}" stroke-width="${strong ? 2.4 : 1.3}" stroke-opacity="${strong ? 1 : 0.8}"`;
  return `<polygon points="${path}" ${line}${dash ? ` stroke-dasharray="${dash}"` : ''}/>${dots}`;
}

const REASON_WORDS: Readonly<Record<string, string>> = {
  'cut-by-field-of-view': 'cut by the picture',
  'landmarks-uncertain': 'edges uncertain',
  'low-picture-quality': 'picture quality',
  'implausible-shape': 'shape not plausible',
  'order-violated': 'overlaps a neighbour',
  'metal-or-cement': 'metal or cement',
  'slices-too-thick': 'slices too thick',
  'level-uncertain': 'level uncertain',
  'no-model-output': 'not measured',
};

/** Two short lines beside a body: grade and loss, then heights or the reason. */
function words(vertebra: Vertebra): readonly [string, string] {
  if (vertebra.state === 'not_evaluable' || !vertebra.loss || !vertebra.heights) return ['not evaluable', REASON_WORDS[vertebra.reason ?? ''] ?? ''];
  const { anterior, middle, posterior, unit } = vertebra.heights;
  const digits = unit === 'px' ? 0 : 1;
  const heights = `${[anterior, middle, posterior].map((height) => height.toFixed(digits)).join(' / ')} ${unit === 'magnified mm' ? 'mm (magn.)' : unit}`;
  if (vertebra.grade === 0) return [vertebra.flags.length > 0 ? vertebra.flags.join(', ') : '', heights];
  const doubt = vertebra.state === 'indeterminate' ? '?' : '';
  return [`grade ${vertebra.gradeText}${doubt}  ${vertebra.shape ?? ''}  -${Math.round(vertebra.loss.percent)} %`, heights];
}

function label(vertebra: Vertebra, y: number, edge: number): string {
  const { colour } = look(vertebra);
  const [first, second] = words(vertebra);
  const strong = vertebra.grade !== null && vertebra.grade > 0;
  const name = `<text x="${LEFT - 34}" y="${y + 7}" text-anchor="end" font-size="${vertebra.levelText.length > 4 ? 15 : 21}" font-weight="700" fill="${colour}">${escape(vertebra.levelText)}</text>`;
  const top = first
    ? `<text x="${edge + 14}" y="${y - 2}" font-size="17" font-weight="${strong ? 700 : 400}" fill="${colour}">${escape(first)}</text>`
    : '';
  const low = `<text x="${edge + 14}" y="${first ? y + 18 : y + 5}" font-size="14" fill="#9AA4AF">${escape(second)}</text>`;
  return name + gradeSign(vertebra.grade, LEFT - 17, y, colour) + top + low;
}

function scale(mmPerPixel: number | null, zoom: number, x: number, y: number): string {
  if (mmPerPixel === null) return `<text x="${x}" y="${y}" font-size="14" fill="#9AA4AF">no millimetres in this picture: ratios only</text>`;
  const perMm = zoom / mmPerPixel;
  const ticks = [0, 10, 20, 30, 40, 50]
    .map((mm) => `<path d="M${x + mm * perMm} ${y}v${mm % 50 === 0 ? -9 : -6}" stroke="#E6EAEE" stroke-width="1.6"/>`)
    .join('');
  const bar = `<path d="M${x} ${y}h${50 * perMm}" stroke="#E6EAEE" stroke-width="2"/>`;
  return `${bar}${ticks}<text x="${x + 50 * perMm + 8}" y="${y + 4}" font-size="14" fill="#E6EAEE">50 mm${mmPerPixel === 1 ? '' : ' (magnified)'}</text>`;
}

function legend(y: number): string {
  const entry = (x: number, row: number, grade: Grade | null): string => {
    const { colour, word } = grade === null ? UNKNOWN_LOOK : GRADE_LOOK[grade];
    const text = grade === null || grade === 0 ? word : `grade ${grade}: ${word}`;
    return `${gradeSign(grade, x, y + row * 24, colour)}<text x="${x + 18}" y="${y + row * 24 + 5}" font-size="14" fill="#C9D1D9">${text}</text>`;
  };
  return entry(26, 0, 0) + entry(26, 1, null) + entry(190, 0, 1) + entry(190, 1, 2) + entry(430, 0, 3);
}

/** `zoom` = picture pixels to drawn pixels. */
export function drawOverlay(vertebrae: readonly Vertebra[], picture: PictureSize, finding: Measured | null, zoom: number): Overlay {
  const width = Math.max(LEGEND_WIDTH, LEFT + picture.columns * zoom + RIGHT);
  const height = TOP + picture.rows * zoom + BOTTOM;
  const edge = LEFT + picture.columns * zoom;
  const place = ({ picture: [column, row] }: Pick<Landmark, 'picture'>): readonly [number, number] => [
    LEFT + (column + 0.5) * zoom,
    TOP + (row + 0.5) * zoom,
  ];
  // Points beyond the picture's end are not drawn over the legend.
  const frame = `<clipPath id="picture"><rect x="${LEFT}" y="${TOP}" width="${picture.columns * zoom}" height="${picture.rows * zoom}"/></clipPath>`;
  const bodies = `${frame}<g clip-path="url(#picture)">${vertebrae.map((vertebra) => outline(vertebra, place)).join('')}</g>`;
  const labels = vertebrae.map((vertebra) => label(vertebra, place({ picture: vertebra.centrePicture })[1], edge)).join('');
  const title = finding
    ? `${finding.modality}, straightened along the spine: anterior left, posterior right`
    : 'cannot say: too little could be measured. A fracture may still be there.';
  const foot = TOP + picture.rows * zoom;
  const texts = [
    `<text x="20" y="28" font-size="17" font-weight="700" fill="#E6EAEE">${escape(title)}</text>`,
    `<text x="20" y="50" font-size="14" fill="#9AA4AF">${finding?.density ? `trabecular ${finding.density.level} ${Math.round(finding.density.hu)} HU (not bone mineral density). ` : ''}Heights: front / middle / back</text>`,
    `<text x="20" y="${height - 14}" font-size="15" font-weight="700" fill="#F0E442">AI, not for diagnosis until validated</text>`,
  ].join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans, Liberation Sans, Arial, sans-serif">${bodies}${labels}${texts}${scale(picture.mmPerPixel, zoom, LEFT, foot + 22)}${legend(foot + 52)}</svg>`;
  return { svg, width, height, pictureLeft: LEFT, pictureTop: TOP };
}
