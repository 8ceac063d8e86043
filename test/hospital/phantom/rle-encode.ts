/** DICOM RLE Lossless (PS3.5 annex G): one segment a byte plane, most significant first, PackBits row by row. */

/** `pixels`: 16-bit little-endian samples. */
export function rleEncode(pixels: Uint8Array, columns: number): Uint8Array {
  const count = pixels.length / 2;
  const planes = [1, 0].map((offset) => {
    const plane = Uint8Array.from({ length: count }, (_, n) => pixels[2 * n + offset] ?? 0);
    const rows: number[] = [];
    for (let start = 0; start < count; start += columns) rows.push(...packBits(plane.subarray(start, start + columns)));
    if (rows.length % 2) rows.push(0x80);
    return Uint8Array.from(rows);
  });
  const header = Buffer.alloc(64);
  header.writeUInt32LE(2, 0);
  header.writeUInt32LE(64, 4);
  header.writeUInt32LE(64 + (planes[0]?.length ?? 0), 8);
  return Buffer.concat([header, ...planes]);
}

function packBits(row: Uint8Array): number[] {
  const out: number[] = [];
  let at = 0;
  while (at < row.length) {
    const run = runLength(row, at);
    if (run > 1) {
      out.push(257 - run, row[at] ?? 0);
      at += run;
      continue;
    }
    const start = at;
    while (at < row.length && at - start < 128 && runLength(row, at) < 3) at++;
    if (at === start) at++;
    out.push(at - start - 1, ...row.subarray(start, at));
  }
  return out;
}

function runLength(row: Uint8Array, start: number): number {
  let end = start + 1;
  while (end < row.length && end - start < 128 && row[end] === row[start]) end++;
  return end - start;
}
