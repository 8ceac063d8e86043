/** The six points that a radiologist moved, as they stand in the address: `?level=L1&AS=60.5,200&MS=...`. */
import { type LandmarkName, LEVELS, type Level } from '#src/case/vertebra.ts';
import { SIX_POINTS } from '../pages/spine-figure.ts';

export type Points = Readonly<Partial<Record<LandmarkName, readonly [column: number, row: number]>>>;

export interface Chosen {
  readonly level: Level | null;
  readonly points: Points;
}

/** Numbers outside the picture and anything else that is no pair are left out. */
export function readChosen(query: Readonly<Record<string, unknown>>, picture: { readonly columns: number; readonly rows: number }): Chosen {
  const level = LEVELS.find((one) => one === query['level']) ?? null;
  const points: Partial<Record<LandmarkName, readonly [number, number]>> = {};
  for (const name of SIX_POINTS) {
    const column = numberIn(query[`${name}-x`], picture.columns);
    const row = numberIn(query[`${name}-y`], picture.rows);
    if (column !== null && row !== null) points[name] = [column, row];
  }
  return { level, points };
}

function numberIn(value: unknown, below: number): number | null {
  if (typeof value !== 'string' || !/^\d{1,5}(\.\d{1,3})?$/.test(value)) return null;
  const number = Number(value);
  return number < below ? number : null;
}
