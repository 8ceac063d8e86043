/** What every outbox must do, the fake and the real one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outbox } from '#src/ports.ts';

const item = (key: string) => ({ key, controlId: `ID-${key}`, bytes: Buffer.from(`bytes of ${key} \u0000é`) });

/** `makeOutbox` gives an empty outbox, or one whose channels nobody else uses. */
export function outboxContract(name: string, makeOutbox: () => Promise<Outbox>): void {
  test(`${name}: first in, first out, within a channel`, async () => {
    const outbox = await makeOutbox();
    for (const key of ['a', 'b']) assert.equal(await outbox.add('one', item(key)), true);
    await outbox.add('two', item('c'));
    const first = await outbox.next('one');
    assert.ok(first);
    assert.deepEqual([first.controlId, Buffer.from(first.bytes), first.tries], ['ID-a', item('a').bytes, 0]);
    assert.equal((await outbox.next('one'))?.controlId, 'ID-a', 'looking does not take');
    await outbox.sent(first.id);
    assert.equal((await outbox.next('one'))?.controlId, 'ID-b');
    assert.equal((await outbox.next('two'))?.controlId, 'ID-c');
    assert.equal(await outbox.next('three'), undefined);
  });

  test(`${name}: the same key is taken once, even after it was sent`, async () => {
    const outbox = await makeOutbox();
    assert.equal(await outbox.add('one', item('a')), true);
    assert.equal(await outbox.add('one', item('a')), false);
    assert.equal(await outbox.add('two', item('a')), true, 'another channel is another matter');
    await outbox.sent((await outbox.next('one'))?.id ?? '');
    assert.equal(await outbox.add('one', item('a')), false);
    assert.equal(await outbox.next('one'), undefined);
  });

  test(`${name}: a message that was tried stays first and counts; one that is set aside makes room`, async () => {
    const outbox = await makeOutbox();
    for (const key of ['a', 'b']) await outbox.add('one', item(key));
    const first = await outbox.next('one');
    assert.ok(first);
    await outbox.tried(first.id, 'AE');
    await outbox.tried(first.id, 'AE');
    const again = await outbox.next('one');
    assert.deepEqual([again?.id, again?.tries], [first.id, 2]);
    await outbox.setAside(first.id, 'AR');
    assert.equal((await outbox.next('one'))?.controlId, 'ID-b');
  });
}
