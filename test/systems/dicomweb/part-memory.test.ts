/** Memory of files in work: taken again only after it was given back, and never another's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePartMemory } from '#src/systems/dicomweb/part-memory.ts';

test('memory is taken again when it was given back, and not before', () => {
  const memory = makePartMemory();
  const first = memory.take(500_000);
  const second = memory.take(500_000);
  assert.notEqual(first.buffer, second.buffer);
  memory.giveBack(first);
  const third = memory.take(500_100);
  assert.equal(third.buffer, first.buffer);
  assert.equal(third.byteLength, 500_100);
});

test('given back twice, it is still taken once', () => {
  const memory = makePartMemory();
  const part = memory.take(1000);
  memory.giveBack(part);
  memory.giveBack(part);
  assert.notEqual(memory.take(1000).buffer, memory.take(1000).buffer);
});

test("another's memory is left alone, and a small file does not hold a large block", () => {
  const memory = makePartMemory();
  const foreign = Buffer.from(new SharedArrayBuffer(70_000));
  memory.giveBack(foreign);
  memory.giveBack(Buffer.alloc(10));
  assert.notEqual(memory.take(60_000).buffer, foreign.buffer);
  const large = memory.take(10_000_000);
  memory.giveBack(large);
  assert.notEqual(memory.take(1000).buffer, large.buffer);
});
