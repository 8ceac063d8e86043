/** Repeatable chance: the same seed gives the same phantom on every machine (integer arithmetic only). */

/** A stream of numbers in [0, 1) from one 32-bit seed (the public-domain mulberry32 recurrence). */
export function randomStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A bell-shaped number (mean 0, standard deviation 1): twelve uniforms summed, which needs no logarithm and so differs on no machine. */
export function bell(random: () => number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

function latticeValue(x: number, y: number, z: number, seed: number): number {
  let h = Math.imul(x, 374761393) ^ Math.imul(y, 668265263) ^ Math.imul(z, 1274126177) ^ Math.imul(seed, 974711);
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  h ^= h >>> 16;
  return (h >>> 0) / 2147483648 - 1;
}

/** Smooth noise in about [-1, 1] at a point whose unit is one lattice cell. */
export function smoothNoise(x: number, y: number, z: number, seed: number): number {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const z0 = Math.floor(z);
  const fx = ease(x - x0);
  const fy = ease(y - y0);
  const fz = ease(z - z0);
  const near = edge(x0, y0, z0, fx, seed) * (1 - fy) + edge(x0, y0 + 1, z0, fx, seed) * fy;
  const far = edge(x0, y0, z0 + 1, fx, seed) * (1 - fy) + edge(x0, y0 + 1, z0 + 1, fx, seed) * fy;
  return near * (1 - fz) + far * fz;
}

function edge(x: number, y: number, z: number, fx: number, seed: number): number {
  return latticeValue(x, y, z, seed) * (1 - fx) + latticeValue(x + 1, y, z, seed) * fx;
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}
