/** Decoder threads: many instances at once, one that takes too long, one that fails, and an orderly end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeDecodePool } from '#src/systems/dicomweb/decode-pool.ts';
import { makeSliceFile } from './make-slices.ts';

const LIMITS = { maxDecodedBytes: 2 ** 26 };

test('sixty instances on two threads all come back, each as itself', async (t) => {
  const pool = makeDecodePool({ threads: 2, timeLimitMs: 30_000, limits: LIMITS });
  t.after(() => pool.close());
  const slices = await Promise.all(Array.from({ length: 60 }, (_, z) => pool.decode(makeSliceFile(z))));
  assert.deepEqual(
    slices.map(([slice]) => slice!.position![2]),
    Array.from({ length: 60 }, (_, z) => z),
  );
});

test('a damaged instance fails alone', async (t) => {
  const pool = makeDecodePool({ threads: 1, timeLimitMs: 30_000, limits: LIMITS });
  t.after(() => pool.close());
  const results = await Promise.allSettled([pool.decode(makeSliceFile(0)), pool.decode(new Uint8Array(500)), pool.decode(makeSliceFile(1))]);
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.equal((results[1] as PromiseRejectedResult).reason.code, 'DICOMWEB_NOT_DICOM');
});

test('an instance that takes too long is stopped by name and its thread replaced', async (t) => {
  // A new thread needs longer than this to load its code: the first instance cannot make it.
  const hasty = makeDecodePool({ threads: 1, timeLimitMs: 1, limits: LIMITS });
  t.after(() => hasty.close());
  await assert.rejects(hasty.decode(makeSliceFile(0)), { name: 'GiveUp', code: 'DICOMWEB_DECODE_TIMEOUT' });
  await assert.rejects(hasty.decode(makeSliceFile(1)), { code: 'DICOMWEB_DECODE_TIMEOUT' });
});

test('instances that lie ready behind one that is stopped are not lost', async (t) => {
  const hasty = makeDecodePool({ threads: 1, timeLimitMs: 1, limits: LIMITS });
  t.after(() => hasty.close());
  const results = await Promise.allSettled([0, 1, 2, 3, 4].map((z) => hasty.decode(makeSliceFile(z))));
  // Each was given a thread of its own, after the one before it had been stopped.
  assert.deepEqual(
    results.map((result) => result.status === 'rejected' && result.reason.code),
    Array.from({ length: 5 }, () => 'DICOMWEB_DECODE_TIMEOUT'),
  );
});

test('a slice that fits its place is written there, one of another size keeps its own memory', async (t) => {
  const pool = makeDecodePool({ threads: 2, timeLimitMs: 30_000, limits: LIMITS });
  t.after(() => pool.close());
  const block = new SharedArrayBuffer(2 * 2 * 16 * 12);
  const place = { block, byteOffset: 2 * 16 * 12, pixels: 16 * 12 };
  const [[fits], [other], [alone]] = await Promise.all([
    pool.decode(makeSliceFile(3), place),
    pool.decode(makeSliceFile(3, { attributes: { Rows: 10, Columns: 16 } }), { ...place, byteOffset: 0 }),
    pool.decode(makeSliceFile(3)),
  ]);
  assert.equal(fits!.values.buffer, block);
  assert.deepEqual([...new Int16Array(block, place.byteOffset)], [...alone!.values]);
  assert.notEqual(other!.values.buffer, block);
  assert.ok(
    new Int16Array(block, 0, 16 * 12).every((value) => value === 0),
    'and nothing else is written',
  );
});

test('closing ends what waits and what is in work, and nothing is taken afterwards', async () => {
  const pool = makeDecodePool({ threads: 1, timeLimitMs: 30_000, limits: LIMITS });
  const open = [0, 1, 2].map((z) => assert.rejects(pool.decode(makeSliceFile(z)), { name: 'TryLater', code: 'DICOMWEB_CLOSED' }));
  await pool.close();
  await Promise.all(open);
  await assert.rejects(pool.decode(makeSliceFile(0)), { code: 'DICOMWEB_CLOSED' });
});

test('the bytes of the caller survive when they are a part of a larger buffer', async (t) => {
  const pool = makeDecodePool({ threads: 1, timeLimitMs: 30_000, limits: LIMITS });
  t.after(() => pool.close());
  const file = makeSliceFile(4);
  const shared = Buffer.concat([Buffer.from('before'), file, Buffer.from('after')]);
  const [slice] = await pool.decode(shared.subarray(6, 6 + file.byteLength));
  assert.equal(slice!.position![2], 4);
  assert.equal(shared.toString('latin1', 0, 6), 'before');
});
