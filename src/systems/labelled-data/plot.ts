/** A small scatter or line plot as SVG text. */

export interface PlotOptions {
  readonly line?: boolean;
  readonly x?: readonly [number, number];
  readonly y?: readonly [number, number];
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [380, 300, 52, 44, 30, 14];

function range(values: readonly number[], fixed: readonly [number, number] | undefined): readonly [number, number] {
  if (fixed) return fixed;
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low) * 0.05 || 1;
  return [low - room, high + room];
}

const shown = (value: number): string => (Math.abs(value) >= 10 ? value.toFixed(0) : value.toFixed(2).replace(/\.?0+$/, ''));

export function scatterPlot(
  title: string,
  xName: string,
  yName: string,
  points: readonly (readonly [number, number])[],
  options: PlotOptions,
): string {
  const finite = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  const [x0, x1] = range(
    finite.map(([x]) => x),
    options.x,
  );
  const [y0, y1] = range(
    finite.map(([, y]) => y),
    options.y,
  );
  const px = (x: number): string => (LEFT + ((x - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const py = (y: number): string => (HEIGHT - BOTTOM - ((y - y0) / (y1 - y0)) * (HEIGHT - BOTTOM - TOP)).toFixed(1);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const [x, y] = [x0 + share * (x1 - x0), y0 + share * (y1 - y0)];
    return `<text x="${px(x)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${shown(x)}</text><text x="${LEFT - 6}" y="${py(y)}" text-anchor="end" dominant-baseline="middle">${shown(y)}</text>`;
  });
  const zero = y0 < 0 && y1 > 0 ? `<path d="M${LEFT} ${py(0)}H${WIDTH - RIGHT}" stroke="#9aa6b2" stroke-dasharray="4 3"/>` : '';
  const marks = options.line
    ? `<polyline points="${finite.map(([x, y]) => `${px(x)},${py(y)}`).join(' ')}" fill="none" stroke="#0072B2" stroke-width="2"/>`
    : finite.map(([x, y]) => `<circle cx="${px(x)}" cy="${py(y)}" r="3" fill="#0072B2" fill-opacity="0.6"/>`).join('');
  const frame = `<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}" fill="none" stroke="#56616c"/>`;
  const names = `<text x="${LEFT}" y="18" font-weight="600" font-size="13">${title}</text><text x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">${xName}</text><text x="14" y="${TOP}" transform="rotate(-90 14 ${TOP})" text-anchor="end">${yName}</text>`;
  return `<svg width="${WIDTH}" height="${HEIGHT}" font-family="system-ui,sans-serif" font-size="11" role="img" aria-label="${title}">${frame}${zero}${ticks.join('')}${marks}${names}${finite.length === 0 ? `<text x="${WIDTH / 2}" y="${HEIGHT / 2}" text-anchor="middle">no data</text>` : ''}</svg>`;
}
