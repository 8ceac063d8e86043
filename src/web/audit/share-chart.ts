/** Charts as SVG made on the server: nothing to load, prints, and each has its figures in a table below. */
import { html } from 'hono/html';
import type { ShareFigure, TimeFigure } from '#src/case/audit-figures.ts';
import type { Markup } from '../layout.ts';

const WIDTH = 640;
const HEIGHT = 230;
const BOX = { left: 44, right: 88, top: 12, bottom: 34 } as const;

interface ChartPoint {
  readonly period: string;
  readonly value: number | null;
  readonly outside: boolean;
}
interface ChartLine {
  readonly value: number;
  readonly kind: 'centre' | 'baseline' | 'target' | 'limit';
  readonly text: string;
}

/** The p-chart of a share: points, median, 3-sigma limits as steps, baseline and target. Percent. */
export function shareChart(figure: ShareFigure): Markup {
  const { measure, points, median } = figure;
  const lines: ChartLine[] = [];
  if (measure.baseline) lines.push({ value: measure.baseline.percent, kind: 'baseline', text: `start ${measure.baseline.percent} %` });
  if (measure.targetPercent !== null) lines.push({ value: measure.targetPercent, kind: 'target', text: `aim ${measure.targetPercent} %` });
  if (median !== null) lines.push({ value: 100 * median, kind: 'centre', text: `median ${(100 * median).toFixed(0)} %` });
  const told = points.filter((point) => point.share !== null);
  const label = `${measure.name}: ${told.length} of ${points.length} periods have figures; the table below has them`;
  return chart(
    label,
    '%',
    [0, 100],
    points.map((point) => ({ period: point.period, value: point.share === null ? null : 100 * point.share, outside: point.outside })),
    lines,
    points.map((point) => (point.low === null || point.high === null ? null : [100 * point.low, 100 * point.high])),
  );
}

/** The XmR chart of a time. */
export function timeChart(figure: TimeFigure): Markup {
  const values = figure.points.flatMap((point) => point.value ?? []);
  const top = Math.max(1, ...values, figure.high ?? 0) * 1.1;
  const lines: ChartLine[] = [];
  if (figure.mean !== null) lines.push({ value: figure.mean, kind: 'centre', text: `mean ${figure.mean.toFixed(1)} ${figure.unit}` });
  if (figure.high !== null) lines.push({ value: figure.high, kind: 'limit', text: `limit ${figure.high.toFixed(1)} ${figure.unit}` });
  if (figure.low !== null && figure.low > 0) lines.push({ value: figure.low, kind: 'limit', text: `limit ${figure.low.toFixed(1)} ${figure.unit}` });
  return chart(`${figure.name}: medians by period; the table below has them`, figure.unit, [0, top], figure.points, lines, []);
}

function chart(
  label: string,
  unit: string,
  [low, high]: readonly [number, number],
  points: readonly ChartPoint[],
  lines: readonly ChartLine[],
  limits: readonly (readonly [number, number] | null)[],
): Markup {
  const inner = WIDTH - BOX.left - BOX.right;
  const step = inner / Math.max(1, points.length);
  const x = (index: number): number => BOX.left + (index + 0.5) * step;
  const y = (value: number): number => BOX.top + (HEIGHT - BOX.top - BOX.bottom) * (1 - (value - low) / (high - low));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => low + share * (high - low));
  const every = Math.max(1, Math.ceil(points.length / 8));
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Chart: ${label}"><svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
${ticks.map((tick) => html`<line class="grid" x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${fixed(y(tick))}" y2="${fixed(y(tick))}"/><text x="${BOX.left - 6}" y="${fixed(y(tick) + 3.5)}" text-anchor="end">${tick.toFixed(0)} ${unit}</text>`)}
${limits.map((limit, index) => (limit ? html`<path class="limits" d="M${fixed(x(index) - step / 2)} ${fixed(y(limit[1]))}h${fixed(step)}M${fixed(x(index) - step / 2)} ${fixed(y(limit[0]))}h${fixed(step)}"/>` : ''))}
${apart(lines, y).map(({ line, at }) => html`<line class="${line.kind}" x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${fixed(y(line.value))}" y2="${fixed(y(line.value))}"/><text class="${line.kind}" x="${WIDTH - BOX.right + 4}" y="${fixed(at + 3.5)}">${line.text}</text>`)}
${segments(points, x, y).map((d) => html`<path class="line" d="${d}"/>`)}
${points.map((point, index) => (point.value === null ? html`<text class="gap" x="${fixed(x(index))}" y="${HEIGHT - BOX.bottom - 4}" text-anchor="middle">·</text>` : mark(point, x(index), y(point.value))))}
${points.map((point, index) => (index % every === 0 ? html`<text x="${fixed(x(index))}" y="${HEIGHT - BOX.bottom + 16}" text-anchor="middle">${point.period}</text>` : ''))}
</svg></div>`;
}

/** A point outside its limits is a ring with a cross, not only another colour. */
function mark(point: ChartPoint, x: number, y: number): Markup {
  if (!point.outside) return html`<circle class="point" cx="${fixed(x)}" cy="${fixed(y)}" r="3.5"/>`;
  return html`<circle class="point outside" cx="${fixed(x)}" cy="${fixed(y)}" r="6"/><path class="outside" d="M${fixed(x - 4)} ${fixed(y - 4)}l8 8m0 -8l-8 8"/>`;
}

/** Labels at the right edge, pushed down where they would lie on each other. */
function apart(lines: readonly ChartLine[], y: (value: number) => number): readonly { readonly line: ChartLine; readonly at: number }[] {
  let last = Number.NEGATIVE_INFINITY;
  return lines
    .toSorted((a, b) => b.value - a.value)
    .map((line) => {
      last = Math.max(y(line.value), last + 12);
      return { line, at: last };
    });
}

/** A line from point to point; a period without a figure interrupts it. */
function segments(points: readonly ChartPoint[], x: (index: number) => number, y: (value: number) => number): readonly string[] {
  const paths: string[] = [];
  let path = '';
  points.forEach((point, index) => {
    if (point.value === null) {
      if (path !== '') paths.push(path);
      path = '';
    } else path += `${path === '' ? 'M' : 'L'}${fixed(x(index))} ${fixed(y(point.value))}`;
  });
  return path === '' ? paths : [...paths, path];
}

function fixed(value: number): string {
  return value.toFixed(1);
}
