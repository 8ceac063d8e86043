/** The two charts of the yearly report as SVG: monthly shares of both arms with the limits of the time before, and the weekly difference with its fit. */
import { html } from 'hono/html';
import type { PhaseChart, SeriesResult } from '#src/case/year-report.ts';
import type { Markup } from '../layout.ts';

const WIDTH = 860;
const HEIGHT = 260;
const BOX = { left: 48, right: 128, top: 14, bottom: 34 } as const;
const INNER = WIDTH - BOX.left - BOX.right;

const at = (value: number): string => value.toFixed(1);
const percent = (share: number): string => `${share < -0.005 ? '−' : ''}${Math.abs(100 * share).toFixed(0)} %`;

function frame(label: string, periods: readonly string[], low: number, high: number, change: number | null, body: Markup): Markup {
  const { x, y } = scales(periods.length, low, high);
  const every = Math.max(1, Math.ceil(periods.length / 12));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => low + share * (high - low));
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
${ticks.map((tick) => html`<line class="grid" x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/><text x="${BOX.left - 6}" y="${at(y(tick) + 3.5)}" text-anchor="end">${percent(tick)}</text>`)}
${periods.map((period, index) => (index % every === 0 ? html`<text x="${at(x(index))}" y="${HEIGHT - BOX.bottom + 16}" text-anchor="middle">${period.slice(2)}</text>` : ''))}
${change === null ? '' : html`<line class="event" x1="${at(x(change - 0.5))}" x2="${at(x(change - 0.5))}" y1="${BOX.top}" y2="${HEIGHT - BOX.bottom}"/><text x="${at(x(change - 0.5) + 4)}" y="${BOX.top + 9}">Backstop begins</text>`}
${body}
</svg>`;
}

function scales(count: number, low: number, high: number) {
  const step = INNER / Math.max(1, count);
  return {
    step,
    x: (index: number): number => BOX.left + (index + 0.5) * step,
    y: (value: number): number => BOX.top + (HEIGHT - BOX.top - BOX.bottom) * (1 - (value - low) / (high - low)),
  };
}

type Point = readonly [x: number, y: number] | null;

/** A line through the points; one that is not told interrupts it. */
function path(points: readonly Point[]): string {
  return points.map((point, index) => (point ? `${index === 0 || !points[index - 1] ? 'M' : 'L'}${at(point[0])} ${at(point[1])}` : '')).join('');
}

/** `told`: shares that stand on 5 hits or more; others leave a gap. */
export function phaseChartSvg(
  label: string,
  chart: PhaseChart,
  control: PhaseChart | null,
  isTold: (point: PhaseChart['points'][number]) => boolean,
): Markup {
  const periods = chart.points.map((point) => point.period);
  const { x, y, step } = scales(periods.length, 0, 1);
  const change = chart.points.findIndex((point) => point.after !== false);
  const places = (own: PhaseChart): readonly Point[] =>
    own.points.map((point, index) => (point.share !== null && isTold(point) ? [x(index), y(point.share)] : null));
  const centre = (value: number, kind: string, text: string): Markup =>
    html`<line class="${kind}" x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${at(y(value))}" y2="${at(y(value))}"/><text class="${kind}" x="${WIDTH - BOX.right + 4}" y="${at(y(value) + 3.5)}">${text}</text>`;
  return frame(
    label,
    periods,
    0,
    1,
    change > 0 ? change : null,
    html`${centre(chart.centreBefore, 'centre', `before ${percent(chart.centreBefore)}`)}
${chart.points.map((point, index) => (point.low === null || point.high === null || !isTold(point) ? '' : html`<path class="limits" d="M${at(x(index) - step / 2)} ${at(y(point.high))}h${at(step)}M${at(x(index) - step / 2)} ${at(y(point.low))}h${at(step)}"/>`))}
${control ? html`<path class="control" d="${path(places(control))}"/>${places(control).map((place) => (place ? html`<rect class="control" x="${at(place[0] - 3)}" y="${at(place[1] - 3)}" width="6" height="6"/>` : ''))}` : ''}
<path class="line" d="${path(places(chart))}"/>
${places(chart).map((place, index) => (place ? html`<circle class="point" cx="${at(place[0])}" cy="${at(place[1])}" r="3.6"/>${chart.points[index]?.outside ? html`<circle class="outside" cx="${at(place[0])}" cy="${at(place[1])}" r="7"/>` : ''}` : ''))}`,
  );
}

export function seriesChartSvg(label: string, { points, withControl }: SeriesResult): Markup {
  const values = points.flatMap((point) => [point.difference, point.fitted]);
  // Tenths, so that the quarters of the axis are round.
  const bound = Math.ceil(5 * Math.max(0.1, ...values.map(Math.abs))) / 5;
  const [low, high] = withControl ? [-bound, bound] : [0, 1];
  const { x, y } = scales(points.length, low, high);
  const change = points.findIndex((point) => point.after);
  const fit = (after: boolean): string => path(points.map((point, index) => (point.after === after ? [x(index), y(point.fitted)] : null)));
  return frame(
    label,
    points.map((point) => point.period),
    low,
    high,
    change,
    html`${points.map((point, index) => html`<circle class="point" cx="${at(x(index))}" cy="${at(y(point.difference))}" r="2.6"/>`)}<path class="fit" d="${fit(false)}"/><path class="fit" d="${fit(true)}"/>`,
  );
}
