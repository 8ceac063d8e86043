/** The operations page tells whether the audit trail is whole without reading a long trail for every view, and never tells an old answer as a new one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { chainWatch } from '#src/web/operations/chain-watch.ts';

/** A trail of so many rows that takes so many milliseconds of a clock that only moves by itself. */
function trail(rows: number, tookMs: number) {
  const made = { now: 0, reads: 0, broken: null as string | null, down: false };
  const chain = async (): Promise<{ broken: string | null; rows: number }> => {
    made.reads += 1;
    made.now += tookMs;
    await turn();
    if (made.down) throw new Error('down');
    return { broken: made.broken, rows };
  };
  return Object.assign(made, { watch: chainWatch(chain, { now: () => new Date(made.now) }) });
}

test('a short trail is read for every view, and views at the same time share a reading', async () => {
  const short = trail(4_999, 900);
  await Promise.all([short.watch(), short.watch(), short.watch()]);
  assert.equal(short.reads, 1);
  short.broken = '7';
  assert.equal((await short.watch()).broken, '7');
  assert.equal(short.reads, 2);
});

test('the answer of a long one holds for a hundred times as long as it took; then the next is read behind the page', async () => {
  const long = trail(5_000, 200);
  const first = await long.watch();
  assert.deepEqual([first.broken, first.checkedAt], [null, new Date(0)]);
  long.broken = '7';
  long.now = 19_999;
  await long.watch();
  assert.equal(long.reads, 1);
  long.now = 20_000;
  assert.deepEqual((await long.watch()).checkedAt, new Date(0), 'shown with its own time');
  await turn();
  await turn();
  const next = await long.watch();
  assert.deepEqual([next.broken, next.checkedAt, long.reads], ['7', new Date(20_000), 2]);
});

test('a reading that fails is not an answer, and is tried again', async () => {
  const short = trail(10, 2);
  short.down = true;
  await assert.rejects(short.watch(), /down/);
  short.down = false;
  assert.equal((await short.watch()).broken, null);
  assert.equal(short.reads, 2);
});

test('a clock that was set back does not keep an old answer', async () => {
  const long = trail(5_000, 200);
  await long.watch();
  long.now -= 3_600_000;
  await long.watch();
  assert.equal(long.reads, 2);
});
