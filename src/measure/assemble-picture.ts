/** One projection (lateral X-ray) to a picture with anterior to the left and superior up (PS3.3 C.7.6.1.1.1), with or without millimetres. */
import type { Picture, Slice } from '#src/case/volume.ts';

export type AssembledPicture =
  | { readonly ok: true; readonly picture: Picture }
  | { readonly ok: false; readonly code: 'not-lateral'; readonly text: string };

const OPPOSITE: Readonly<Record<string, string>> = { A: 'P', P: 'A', H: 'F', F: 'H', L: 'R', R: 'L' };

/** Patient Orientation tells where rows and columns point; without it the picture is taken as it lies, and says so. */
export function assemblePicture(slice: Slice, modality: string): AssembledPicture {
  const stated = slice.patientOrientation?.map((value) => value.trim().charAt(0).toUpperCase());
  const [across, down] = stated && stated.length >= 2 ? [stated[0]!, stated[1]!] : ['', ''];
  const isStated = across in OPPOSITE && down in OPPOSITE;
  const axes = new Set([across, OPPOSITE[across], down, OPPOSITE[down]]);
  if (isStated && !(axes.has('A') && axes.has('H')))
    return { ok: false, code: 'not-lateral', text: `the picture is not lateral: rows point to ${across}, columns to ${down}` };
  const isTurned = isStated && (across === 'H' || across === 'F');
  const [rightwards, downwards] = isTurned ? [down, across] : [across, down];
  const turned = isTurned ? transposed(slice) : { columns: slice.columns, rows: slice.rows, values: Float32Array.from(slice.values) };
  const notes = isStated ? [] : ['the image does not state its orientation; taken as it lies'];
  if (slice.spacingKind !== 'patient')
    notes.push(slice.spacing ? 'millimetres are of the detector plane (magnified)' : 'no millimetres: ratios only');
  const spacing = slice.spacing && isTurned ? ([slice.spacing[1], slice.spacing[0]] as const) : slice.spacing;
  return {
    ok: true,
    picture: {
      ...turned,
      values: mirrored(turned, rightwards === 'A', downwards === 'H'),
      spacingMm: spacing,
      magnified: slice.spacingKind === 'detector',
      modality,
      notes,
    },
  };
}

interface Raster {
  readonly columns: number;
  readonly rows: number;
  readonly values: Float32Array;
}

function transposed(slice: Slice): Raster {
  const values = new Float32Array(slice.values.length);
  for (let row = 0; row < slice.rows; row += 1)
    for (let column = 0; column < slice.columns; column += 1) values[column * slice.rows + row] = slice.values[row * slice.columns + column]!;
  return { columns: slice.rows, rows: slice.columns, values };
}

function mirrored(raster: Raster, isMirroredAcross: boolean, isMirroredDown: boolean): Float32Array {
  if (!isMirroredAcross && !isMirroredDown) return raster.values;
  const out = new Float32Array(raster.values.length);
  for (let row = 0; row < raster.rows; row += 1) {
    const from = isMirroredDown ? raster.rows - 1 - row : row;
    const line = raster.values.subarray(from * raster.columns, (from + 1) * raster.columns);
    out.set(isMirroredAcross ? Float32Array.from(line).reverse() : line, row * raster.columns);
  }
  return out;
}
