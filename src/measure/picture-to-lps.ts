/** From a place on the straightened picture to the patient. */
import type { PictureRow } from '../case/annotation.ts';
import type { PointLps } from '../case/vertebra.ts';
import { add, subtract } from './affine.ts';

export interface PictureInPatient {
  readonly columns: number;
  readonly mmPerPixel: number | null;
  readonly rowsLps: readonly PictureRow[];
}

/** Between rows the place is interpolated; beyond the first and last the picture is continued straight. */
export function pictureToLps(picture: PictureInPatient, [column, row]: readonly [number, number]): PointLps {
  const { rowsLps, columns, mmPerPixel } = picture;
  const low = Math.max(0, Math.min(rowsLps.length - 2, Math.floor(row)));
  const across = (column - (columns - 1) / 2) * (mmPerPixel ?? 1);
  const place = (at: PictureRow): PointLps => add(at.origin, at.posterior, across);
  const [a, b] = [rowsLps[low]!, rowsLps[low + 1] ?? rowsLps[low]!];
  return add(place(a), subtract(place(b), place(a)), row - low);
}
