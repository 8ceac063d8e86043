/** A short form of the growth bench: what a hook and the worklist touch in the database does not grow with what is stored. Blocks, no times. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchGrowth } from '../../bench/growth.ts';

test('four times the cases: a hook and the worklist touch no more than before, and copies are cases of their own', async () => {
  const { rows } = await benchGrowth({ sizes: [400, 1_600], quarter: 400 });
  const [small, large] = rows;
  assert.ok(small && large);
  assert.deepEqual([small.cases, large.cases, large.worklistRows], [400, 1_600, small.worklistRows]);
  assert.ok(small.worklistRows > 0);
  // A patient's one case: the index's way down, and one row.
  assert.ok(large.hookBlocks <= small.hookBlocks + 2, `${small.hookBlocks}, then ${large.hookBlocks} blocks`);
  // Each row may stand in a block of its own (and its summary in a second one), and an entry of the index that is dead may be looked at once.
  assert.ok(large.worklistBlocks <= 6 * large.worklistRows, `${large.worklistBlocks} blocks for ${large.worklistRows} rows`);
});
