/** A lateral X-ray of a phantom patient: line integrals from left to right through the whole body, magnified by the beam. */
import type { LandmarkName, PointLps } from '#src/case/vertebra.ts';
import type { Picture } from '#src/case/volume.ts';
import { makeAnatomy, paintAnatomy, truthOf } from './anatomy.ts';
import { addNoise, blur } from './grain.ts';
import { ctBrightness } from './materials.ts';
import type { PhantomParameters, PhantomTruth } from './parameters.ts';
import { emptyGrid, type Grid } from './render.ts';

export interface XrayPhantom {
  /** 0..4095, bone bright. `spacingMm` is that of the detector plane. */
  readonly picture: Picture;
  readonly truth: PhantomTruth;
  /** Where a point of the patient falls: (column, row). */
  readonly toPicture: (point: PointLps) => readonly [column: number, row: number];
  readonly pictureLandmarks: (level: string) => Readonly<Record<LandmarkName, readonly [column: number, row: number]>>;
}

/** The patient stands this much nearer to the tube than the detector: pictures are magnified so much. */
const MAGNIFICATION = 1.15;
const BEAM_STEP_MM = 3;
/** Water at about 70 keV, per mm. */
const WATER_PER_MM = 0.0193;

/** Anterior to the left, superior up. A parallel beam of the magnified anatomy stands in for the cone. */
export function makeXrayPhantom(parameters: PhantomParameters): XrayPhantom {
  const anatomy = makeAnatomy({ ...parameters, table: false });
  const mm = parameters.pixelMm ?? 0.9;
  const columns = parameters.columns ?? 260;
  const grid = emptyGrid({
    columns: Math.round(400 / BEAM_STEP_MM),
    rows: columns,
    slices: Math.round((anatomy.high - anatomy.low) / mm) + 1,
    x0: anatomy.middle[0] - 200,
    y0: anatomy.middle[1] - columns * 0.55 * mm,
    z0: anatomy.low,
    mm,
    xMm: BEAM_STEP_MM,
    sliceMm: mm,
  });
  paintAnatomy(anatomy, grid, ctBrightness(parameters));
  const size = { columns, rows: grid.slices, slices: 1 };
  const values = project(grid);
  scatter(values, size);
  blur(values, size, 0.5, 0);
  toDetector(values);
  addNoise(values, size, parameters.seed, parameters.noiseHu ?? 22, 0.4, 0);
  const picture: Picture = { ...size, values, spacingMm: [mm * MAGNIFICATION, mm * MAGNIFICATION], magnified: true, modality: 'CR', notes: [] };
  const toPicture = ([, y, z]: PointLps): readonly [number, number] => [(y - grid.y0) / mm, grid.slices - 1 - (z - grid.z0) / mm];
  const inside = (point: PointLps): boolean => {
    const [column, row] = toPicture(point);
    return column >= 0 && row >= 0 && column <= columns - 1 && row <= grid.slices - 1;
  };
  const truth = truthOf(anatomy, inside);
  const pictureLandmarks: XrayPhantom['pictureLandmarks'] = (level) => {
    const vertebra = truth.vertebrae.find((candidate) => candidate.level === level);
    if (!vertebra) throw new RangeError(`${level} is not in the picture`);
    return Object.fromEntries(Object.entries(vertebra.landmarksLps).map(([name, point]) => [name, toPicture(point)])) as ReturnType<
      XrayPhantom['pictureLandmarks']
    >;
  };
  return { picture, truth, toPicture, pictureLandmarks };
}

/** Attenuation along x; bone weighs more than its HU say, because calcium takes up more of a softer beam. */
function project(grid: Grid): Float32Array {
  const out = new Float32Array(grid.rows * grid.slices);
  for (let k = 0; k < grid.slices; k++) {
    for (let j = 0; j < grid.rows; j++) {
      let sum = 0;
      const from = (k * grid.rows + j) * grid.columns;
      for (let i = 0; i < grid.columns; i++) {
        const hu = grid.values[from + i] ?? -1000;
        sum += Math.max(0, 1 + hu / 1000) + Math.max(0, hu - 80) * 0.0026;
      }
      out[(grid.slices - 1 - k) * grid.rows + j] = sum * WATER_PER_MM * BEAM_STEP_MM;
    }
  }
  return out;
}

/** Scattered photons veil the picture: what reaches the detector is the beam plus a broad share of its surroundings. */
function scatter(values: Float32Array, size: { columns: number; rows: number; slices: number }): void {
  const primary = values.map((depth) => Math.exp(-depth));
  const veil = primary.slice();
  blur(veil, size, 14, 0);
  for (let n = 0; n < values.length; n++) values[n] = -Math.log((primary[n] ?? 0) + 0.25 * (veil[n] ?? 0) + 1e-6);
}

/** The film's curve: logarithm of the exposure, from the thinnest to the thickest per cent of the picture. */
function toDetector(values: Float32Array): void {
  const sorted = values.toSorted();
  const low = sorted[Math.floor(sorted.length * 0.01)] ?? 0;
  const high = sorted[Math.floor(sorted.length * 0.995)] ?? 1;
  for (let n = 0; n < values.length; n++) values[n] = Math.max(0, Math.min(4095, 150 + (3700 * ((values[n] ?? 0) - low)) / (high - low)));
}
