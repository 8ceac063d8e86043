/** An answer to a card that was shown is never "unknown", however soon it comes and whatever the database did when the card was shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { caseId } from '#src/case/ids.ts';
import { shownCards } from '#src/systems/cds-hooks/shown-cards.ts';
import { memoryCardIndex } from './setup.ts';

const ID = caseId('00000000-0000-4000-8000-000000000001');

/** An index whose writes take a while, or fail. */
function faultyIndex() {
  const index = memoryCardIndex();
  const faulty = {
    ...index,
    down: false,
    writes: 0,
    remember: async (uuid: string, id: typeof ID) => {
      await pause(5);
      if (faulty.down) throw new Error('down');
      faulty.writes += 1;
      await index.remember(uuid, id);
    },
  };
  return faulty;
}

test('a card is remembered before it leaves, and once', async () => {
  const index = faultyIndex();
  const memory = shownCards(index);
  assert.equal(await memory.show('card-1', ID), null);
  assert.equal(await index.caseOf('card-1'), ID);
  assert.equal(await memory.show('card-1', ID), null);
  assert.equal(index.writes, 1);
});

test('one that could not be remembered is remembered when its answer comes; until then the answer is refused, not dropped', async () => {
  const index = faultyIndex();
  const memory = shownCards(index);
  index.down = true;
  assert.match(String((await memory.show('card-1', ID))?.fault), /down/);
  await assert.rejects(memory.beforeAnswer('card-1'), /down/);
  index.down = false;
  await memory.beforeAnswer('card-1');
  assert.equal(await index.caseOf('card-1'), ID);
  await memory.beforeAnswer('card-1');
  assert.equal(index.writes, 1);
});

test('a card that was never shown is not made known by an answer', async () => {
  const index = faultyIndex();
  await shownCards(index).beforeAnswer('card-9');
  assert.equal(await index.caseOf('card-9'), undefined);
});
