/** Inverse discrete cosine transform of 8 x 8 blocks (ITU-T T.81 A.3.3) and the zigzag order (figure A.6). */

/** Natural index of each coefficient in the order of the codestream. */
export const ZIGZAG: readonly number[] = zigzag();

function zigzag(): number[] {
  const cells = Array.from({ length: 64 }, (_, index) => ({ row: index >> 3, column: index & 7 }));
  // Diagonals from the top left; even ones run upwards, odd ones downwards.
  const order = cells.toSorted((a, b) => {
    const [sumA, sumB] = [a.row + a.column, b.row + b.column];
    return sumA - sumB || (sumA % 2 === 0 ? b.row - a.row : a.row - b.row);
  });
  return order.map(({ row, column }) => row * 8 + column);
}

/** BASIS[x * 8 + u] = C(u) / 2 * cos((2x + 1) u pi / 16) */
const BASIS = Float32Array.from({ length: 64 }, (_, index) => {
  const [x, u] = [index >> 3, index & 7];
  return ((u === 0 ? Math.SQRT1_2 : 1) / 2) * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});
const between = new Float32Array(64);

/** In place: coefficients in natural order to samples, still without the level shift. */
export function idct8x8(block: Float32Array): void {
  for (let row = 0; row < 8; row += 1) {
    for (let x = 0; x < 8; x += 1) {
      let sum = 0;
      for (let u = 0; u < 8; u += 1) sum += block[row * 8 + u]! * BASIS[x * 8 + u]!;
      between[row * 8 + x] = sum;
    }
  }
  for (let column = 0; column < 8; column += 1) {
    for (let y = 0; y < 8; y += 1) {
      let sum = 0;
      for (let v = 0; v < 8; v += 1) sum += between[v * 8 + column]! * BASIS[y * 8 + v]!;
      block[y * 8 + column] = sum;
    }
  }
}
