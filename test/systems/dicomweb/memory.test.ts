/** A CT of 1,000 slices in a process of its own: under 1.2 GB resident, and nothing on the disk. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startArchive } from '#test/hospital/archive.ts';
import { encapsulate } from './encapsulate.ts';
import { makeSliceFile, uidOf } from './make-slices.ts';

const COUNT = 1000;
const SIDE = 512;
const RSS_LIMIT_MB = 1200;

interface Cost {
  readonly slices: number;
  readonly middle: number;
  readonly maxRssMb: number;
}

function readLargeSeries(url: string, temporary: string): Promise<Cost> {
  const script = fileURLToPath(new URL('./read-large-series.ts', import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, url, uidOf('study')], { env: { ...process.env, TMPDIR: temporary } }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr || error.message));
      else resolve(JSON.parse(stdout) as Cost);
    });
  });
}

test(`${COUNT} slices of ${SIDE} x ${SIDE} stay under ${RSS_LIMIT_MB} MB and leave no file`, async (t) => {
  const server = await startArchive({ folders: [] });
  const temporary = await mkdtemp(join(tmpdir(), 'backstop-memory-'));
  t.after(async () => {
    await server.close();
    await rm(temporary, { recursive: true, force: true });
  });
  // Every slice has its own grey, so that a slice in the wrong place shows; flat pictures keep the archive small.
  for (let z = 0; z < COUNT; z += 1) {
    const small = makeSliceFile(z, { attributes: { Rows: SIDE, Columns: SIDE }, pixels: new Uint16Array(2) });
    const file = encapsulate(small, '1.2.840.10008.1.2.5', [flatRle(1000 + z)]);
    server.index.add('', file, file);
  }
  const cost = await readLargeSeries(server.url, temporary);
  assert.equal(cost.slices, COUNT);
  assert.equal(cost.middle, 1000 + COUNT / 2 - 1024);
  assert.ok(cost.maxRssMb < RSS_LIMIT_MB, `${Math.round(cost.maxRssMb)} MB`);
  t.diagnostic(JSON.stringify(cost));
  assert.deepEqual(await readdir(temporary), [], 'no image on the disk');
});

/** An RLE frame (PS3.5 annex G) of one grey: runs of 128 bytes in two planes, the upper one first. */
function flatRle(grey: number): Uint8Array {
  const plane = (byte: number) => Buffer.alloc((SIDE * SIDE) / 64, Buffer.from([257 - 128, byte]));
  const header = Buffer.alloc(64);
  header.writeUInt32LE(2, 0);
  header.writeUInt32LE(64, 4);
  header.writeUInt32LE(64 + (SIDE * SIDE) / 64, 8);
  return Buffer.concat([header, plane(grey >> 8), plane(grey & 0xff)]);
}
