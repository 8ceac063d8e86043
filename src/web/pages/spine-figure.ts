/** The sagittal picture with the landmarks as an SVG layer: text stays text, lines differ by pattern as well as by colour. */
import { html, raw } from 'hono/html';
import type { Measured } from '#src/case/finding.ts';
import type { Vertebra } from '#src/case/vertebra.ts';
import type { Markup } from '../layout.ts';

/** The six points whose distances are the three heights. */
export const SIX_POINTS = ['AS', 'MS', 'PS', 'AI', 'MI', 'PI'] as const;
const OUTLINE = ['AS', 'S1', 'MS', 'S3', 'PS', 'PI', 'I3', 'MI', 'I1', 'AI'] as const;

/** Black beside the picture, so that labels do not lie on bone. */
const MARGIN = 30;

/** `picturePath` serves the bare strip (strip.png) in the same pixels as the landmarks. `chosen` is drawn with handles. */
export function spineFigure(finding: Measured, picturePath: string, chosen: string | null = null): Markup {
  const { columns, rows } = finding.picture;
  return html`<figure class="spine-figure">
<div class="spine"><svg viewBox="0 0 ${columns + MARGIN} ${rows}" role="img" aria-label="Sagittal picture of the spine with ${finding.vertebrae.length} measured vertebrae; the table has the figures">
<image href="${picturePath}" width="${columns}" height="${rows}" preserveAspectRatio="none"/>
${finding.vertebrae.map((vertebra) => outline(vertebra, columns, vertebra.level === chosen))}
</svg></div>
<figcaption>Outlines as measured; the dots are the six points of the heights. Thin grey: no fracture seen. Dotted yellow: grade 1. Dashed orange: grade 2. Thick pink: grade 3. Long dashes, blue: not sure. AI, not for diagnosis until validated.</figcaption>
</figure>`;
}

function kindOf(vertebra: Vertebra): string {
  if (vertebra.state === 'not_evaluable') return 'unseen';
  return vertebra.state === 'graded' ? `grade${vertebra.grade ?? 0}` : 'unsure';
}

function outline(vertebra: Vertebra, columns: number, chosen: boolean): Markup {
  // A level that a radiologist gave without points has no place on the picture.
  if (vertebra.landmarks.length === 0 && vertebra.centreLps === null && vertebra.heights === null) return html``;
  const at = new Map(vertebra.landmarks.map((landmark) => [landmark.name, landmark.picture]));
  const points = OUTLINE.flatMap((name) => at.get(name) ?? []);
  const path = OUTLINE.flatMap((name) => {
    const point = at.get(name);
    return point ? [`${point[0].toFixed(1)},${point[1].toFixed(1)}`] : [];
  });
  const kind = kindOf(vertebra);
  const rightmost = Math.max(vertebra.centrePicture[0] + 16, ...points.filter((_, index) => index % 2 === 0));
  const words = labelOf(vertebra);
  const x = Math.min(rightmost + 3, columns + MARGIN - 2 - words.length * 2.95);
  return html`${path.length > 0 ? html`<polygon class="${kind}${chosen ? ' chosen' : ''}" points="${path.join(' ')}"/>` : ''}
${SIX_POINTS.flatMap((name) => {
  const point = at.get(name);
  return point
    ? [
        html`<circle class="${kind}" cx="${point[0].toFixed(1)}" cy="${point[1].toFixed(1)}" r="${chosen ? 2.2 : 0.8}"${chosen ? raw(` data-point="${name}"`) : ''}/>`,
      ]
    : [];
})}<text x="${x.toFixed(1)}" y="${(vertebra.centrePicture[1] + 1.5).toFixed(1)}">${words}</text>`;
}

function labelOf(vertebra: Vertebra): string {
  const loss = vertebra.loss ? `, ${vertebra.loss.percent.toFixed(0)} %` : '';
  if (vertebra.state === 'not_evaluable') return `${vertebra.levelText} cannot say`;
  if (vertebra.state === 'indeterminate') return `${vertebra.levelText} grade ${vertebra.gradeText}?`;
  return (vertebra.grade ?? 0) > 0 ? `${vertebra.levelText} grade ${vertebra.gradeText}${loss}` : vertebra.levelText;
}
