/** The sagittal picture with the landmarks as an SVG layer: text stays text, lines differ by pattern as well as by colour. */
import { html } from 'hono/html';
import type { Measured } from '#src/case/finding.ts';
import type { Vertebra } from '#src/case/vertebra.ts';
import type { Markup } from '../layout.ts';

/** `picturePath` serves the bare strip (strip.png) in the same pixels as the landmarks. */
export function spineFigure(finding: Measured, picturePath: string): Markup {
  const { columns, rows } = finding.picture;
  return html`<figure class="spine-figure">
<div class="spine"><svg viewBox="0 0 ${columns} ${rows}" role="img" aria-label="Sagittal picture of the spine with ${finding.vertebrae.length} measured vertebrae; the table beside it has the figures">
<image href="${picturePath}" width="${columns}" height="${rows}" preserveAspectRatio="none"/>
${finding.vertebrae.map(outline)}
</svg></div>
<figcaption>Each body's six corner and middle points, as measured. Yellow grade 1, orange grade 2, pink grade 3, dashed blue not sure. AI, not for diagnosis until validated.</figcaption>
</figure>`;
}

function outline(vertebra: Vertebra): Markup {
  const at = new Map(vertebra.landmarks.map((landmark) => [landmark.name, landmark.picture]));
  const path = (['AS', 'S1', 'MS', 'S3', 'PS', 'PI', 'I3', 'MI', 'I1', 'AI'] as const).flatMap((name) => {
    const point = at.get(name);
    return point ? [`${point[0].toFixed(1)},${point[1].toFixed(1)}`] : [];
  });
  const sure = vertebra.state === 'graded';
  const kind = sure ? `grade${vertebra.grade ?? 0}` : 'unsure';
  const rightmost = Math.max(vertebra.centrePicture[0] + 18, ...vertebra.landmarks.map((landmark) => landmark.picture[0]));
  const label = sure && (vertebra.grade ?? 0) > 0 ? `${vertebra.levelText} G${vertebra.grade}` : vertebra.levelText;
  return html`${path.length > 0 ? html`<polygon class="${kind}" points="${path.join(' ')}"/>` : ''}<text x="${(rightmost + 3).toFixed(1)}" y="${(vertebra.centrePicture[1] + 2).toFixed(1)}">${label}</text>`;
}
