/** What the scanner adds: the blur of its reconstruction kernel and noise of the same grain. */
import { randomStream } from './random.ts';
import type { Grid } from './render.ts';

type Size = Pick<Grid, 'columns' | 'rows' | 'slices'>;

function kernelOf(sigma: number): Float64Array {
  const reach = Math.max(1, Math.ceil(sigma * 2.6));
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / sigma) ** 2));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Gaussian along one axis; edges are held. Sigma in voxels; below 0.15 nothing is done. */
function blurAlong(values: Float32Array, count: number, stride: number, starts: (visit: (start: number) => void) => void, sigma: number): void {
  if (sigma < 0.15) return;
  const kernel = kernelOf(sigma);
  const reach = (kernel.length - 1) / 2;
  const line = new Float64Array(count + 2 * reach);
  starts((start) => {
    for (let n = 0; n < line.length; n++) line[n] = values[start + Math.min(count - 1, Math.max(0, n - reach)) * stride] ?? 0;
    for (let n = 0; n < count; n++) {
      let sum = 0;
      for (let m = 0; m < kernel.length; m++) sum += (kernel[m] as number) * (line[n + m] as number);
      values[start + n * stride] = sum;
    }
  });
}

/** Blurs in the plane (sigma in pixels) and across slices (sigma in slices). */
export function blur(values: Float32Array, { columns, rows, slices }: Size, inPlane: number, across: number): void {
  const plane = columns * rows;
  blurAlong(values, columns, 1, (visit) => each(rows * slices, (n) => visit(n * columns)), inPlane);
  blurAlong(values, rows, columns, (visit) => each(columns * slices, (n) => visit(Math.floor(n / columns) * plane + (n % columns))), inPlane);
  blurAlong(values, slices, plane, (visit) => each(plane, visit), across);
}

function each(count: number, visit: (n: number) => void): void {
  for (let n = 0; n < count; n++) visit(n);
}

/** Adds noise of standard deviation `sdHu` whose grain is `inPlane` pixels wide. */
export function addNoise(values: Float32Array, size: Size, seed: number, sd: number, inPlane: number, across: number): void {
  if (sd <= 0) return;
  const random = randomStream(seed ^ 0x5f3759df);
  const noise = new Float32Array(values.length);
  for (let n = 0; n < noise.length; n++) noise[n] = random() + random() + random() - 1.5;
  blur(noise, size, inPlane, across);
  let squares = 0;
  for (const value of noise) squares += value * value;
  const scale = sd / Math.sqrt(squares / noise.length);
  for (let n = 0; n < values.length; n++) values[n] = (values[n] ?? 0) + scale * (noise[n] ?? 0);
}

/** A sharp kernel: what a soft one took away is given back with interest, so that edges overshoot. */
export function sharpen(values: Float32Array, size: Size, amount: number): void {
  if (amount <= 0) return;
  const smooth = values.slice();
  blur(smooth, size, 1.3, 0);
  for (let n = 0; n < values.length; n++) values[n] = (values[n] ?? 0) + amount * ((values[n] ?? 0) - (smooth[n] ?? 0));
}
