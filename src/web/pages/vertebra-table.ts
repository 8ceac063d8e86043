/** The measurements in millimetres and percent, one row a vertebra; a figure always has its unit, and "cannot say" its reason. */
import { html } from 'hono/html';
import type { StudyFinding } from '#src/case/finding.ts';
import type { Vertebra } from '#src/case/vertebra.ts';
import type { Markup } from '../layout.ts';

const REASONS: Readonly<Record<string, string>> = {
  'cut-by-field-of-view': 'cut by the edge of the picture',
  'landmarks-uncertain': 'the points are not sure enough',
  'low-picture-quality': 'picture quality too low',
  'implausible-shape': 'the shape is not plausible',
  'order-violated': 'overlaps its neighbour',
  'metal-or-cement': 'metal or cement',
  'slices-too-thick': 'slices too thick',
  'level-uncertain': 'the level is not sure',
  'no-model-output': 'no output of the model',
};

/** Heights and losses, one row a vertebra. */
export function vertebraTable(finding: StudyFinding): Markup {
  if (finding.vertebrae.length === 0) return html`<p>No vertebra was measured.</p>`;
  const unit = finding.vertebrae.find((vertebra) => vertebra.heights)?.heights?.unit ?? 'mm';
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Measurements of each vertebra"><table>
<caption>Loss of height in percent (± one standard deviation), against what is normal for the level and sex. Heights in ${unit}.</caption>
<thead class="tight"><tr><th scope="col">Level</th><th scope="col">Result</th><th scope="col" class="number">Loss<br>%</th><th scope="col" class="number">Anterior<br>${unit}</th><th scope="col" class="number">Middle<br>${unit}</th><th scope="col" class="number">Posterior<br>${unit}</th><th scope="col">Remarks</th></tr></thead>
<tbody>${finding.vertebrae.map(row)}</tbody></table></div>`;
}

function row(vertebra: Vertebra): Markup {
  const { loss, heights } = vertebra;
  const fixed = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(1));
  return html`<tr><th scope="row">${vertebra.levelText}</th><td>${result(vertebra)}</td>
<td class="number">${loss ? `${loss.percent.toFixed(0)} ± ${loss.sd.toFixed(0)}` : ''}</td>
<td class="number">${fixed(heights?.anterior)}</td><td class="number">${fixed(heights?.middle)}</td><td class="number">${fixed(heights?.posterior)}</td>
<td>${remarks(vertebra)}</td></tr>`;
}

export function result(vertebra: Vertebra): Markup {
  if (vertebra.state === 'not_evaluable')
    return html`<span class="badge plain">cannot say: ${REASONS[vertebra.reason ?? ''] ?? 'not evaluable'}</span>`;
  if (vertebra.state === 'indeterminate') return html`<span class="badge warn">grade ${vertebra.gradeText}, not sure</span>`;
  if ((vertebra.grade ?? 0) === 0) return html`<span class="badge good">no fracture seen</span>`;
  return html`<span class="badge ${(vertebra.grade ?? 0) >= 2 ? 'bad' : 'warn'}">grade ${vertebra.gradeText}${vertebra.shape ? `, ${vertebra.shape}` : ''}</span>`;
}

function remarks(vertebra: Vertebra): string {
  const density = vertebra.trabecularHu === null ? [] : [`${vertebra.trabecularHu.toFixed(0)} HU`];
  return [...density, ...vertebra.flags.map((flag) => flag.replaceAll('-', ' '))].join(', ');
}
