import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type GroupCommitOptions, groupCommit } from '#src/systems/postgres/group-commit.ts';

/** A store whose transactions end when the test says so. Items are texts; the letters before a dash are the key. */
function slowStore(changes: Partial<GroupCommitOptions<string, string>> = {}) {
  const groups: { readonly items: readonly string[]; end(fault?: unknown): void }[] = [];
  const alone: string[] = [];
  const door = groupCommit<string, string>({
    lanes: 1,
    enough: 1,
    mostItems: 4,
    mostBytes: 1000,
    bytesOf: (item) => item.length,
    keysOf: (item) => [item.split('-')[0] as string],
    together: (items) => {
      const { promise, resolve, reject } = Promise.withResolvers<(string | null)[]>();
      const result = items.map((item) => (item.includes('known') ? null : `stored ${item}`));
      groups.push({ items, end: (fault) => (fault === undefined ? resolve(result) : reject(fault)) });
      return promise;
    },
    alone: (item) => {
      alone.push(item);
      return item.includes('bad') ? Promise.reject(new Error(`refused ${item}`)) : Promise.resolve(`alone ${item}`);
    },
    ...changes,
  });
  return { groups, alone, door };
}

/** A group that has ended gives its lane free, and the next one starts, within a few turns of the event loop. */
async function turn(): Promise<void> {
  for (let n = 0; n < 3; n += 1) await nextTurn();
}

function sqlFault(code: string): Error {
  return Object.assign(new Error('from the database'), { code });
}

test('a lonely item goes at once; what comes while it is under way goes together', async () => {
  const { groups, door } = slowStore();
  const first = door.submit('a');
  await turn();
  assert.deepEqual(groups[0]?.items, ['a']);
  const rest = ['b', 'c', 'd'].map((item) => door.submit(item));
  await turn();
  assert.equal(groups.length, 1, 'one lane: the rest waits');
  groups[0]?.end();
  assert.equal(await first, 'stored a');
  await turn();
  assert.deepEqual(groups[1]?.items, ['b', 'c', 'd']);
  groups[1]?.end();
  assert.deepEqual(await Promise.all(rest), ['stored b', 'stored c', 'stored d']);
});

test('a group holds no more items and bytes than allowed, and the oldest first', async () => {
  const { groups, door } = slowStore({ lanes: 3, mostBytes: 10 });
  const all = ['a', 'b', 'c', 'd', 'e', 'ffffffffffff', 'g'].map((item) => door.submit(item));
  await turn();
  assert.deepEqual(
    groups.map((group) => group.items),
    [['a', 'b', 'c', 'd'], ['e', 'ffffffffffff'], ['g']],
  );
  for (const group of groups) group.end();
  await Promise.all(all);
});

test('a further group starts when as many wait as are under way, or enough; else when one ends', async () => {
  const { groups, door } = slowStore({ lanes: 3, enough: 3 });
  const all = ['a', 'b'].map((item) => door.submit(item));
  await turn();
  all.push(door.submit('c'));
  await turn();
  assert.equal(groups.length, 1, 'one waits, two are under way');
  all.push(door.submit('d'));
  await turn();
  assert.deepEqual(groups[1]?.items, ['c', 'd'], 'as many as are under way');
  all.push(door.submit('e'), door.submit('f'));
  await turn();
  assert.equal(groups.length, 2, 'two wait, four are under way');
  all.push(door.submit('g'));
  await turn();
  assert.deepEqual(groups[2]?.items, ['e', 'f', 'g'], 'enough');
  all.push(door.submit('h'));
  for (const group of groups) group.end();
  await Promise.all(all.slice(0, -1));
  await turn();
  assert.deepEqual(groups[3]?.items, ['h'], 'nothing is under way: it goes, however few');
  groups[3]?.end();
  await Promise.all(all);
});

test('two items with the same key are never under way together', async () => {
  const { groups, door } = slowStore({ lanes: 2 });
  const [first, second, other] = [door.submit('a-1'), door.submit('a-2'), door.submit('b-1')];
  await turn();
  assert.deepEqual(groups[0]?.items, ['a-1', 'b-1']);
  assert.equal(groups.length, 1);
  groups[0]?.end();
  await Promise.all([first, other]);
  await turn();
  assert.deepEqual(groups[1]?.items, ['a-2']);
  groups[1]?.end();
  assert.equal(await second, 'stored a-2');
});

test('what a group leaves out goes alone, and its key is free only then', async () => {
  const slow = Promise.withResolvers<string>();
  const { groups, door } = slowStore({ alone: () => slow.promise });
  const known = door.submit('a-known');
  const next = door.submit('a-next');
  await turn();
  groups[0]?.end();
  await turn();
  assert.equal(groups.length, 1, 'the same key waits for the one that went alone');
  slow.resolve('told apart');
  assert.equal(await known, 'told apart');
  await turn();
  groups[1]?.end();
  assert.equal(await next, 'stored a-next');
});

test('one bad item does not spoil its neighbours', async () => {
  const { groups, alone, door } = slowStore();
  const all = Promise.allSettled(['a', 'bad', 'c'].map((item) => door.submit(item)));
  await turn();
  groups[0]?.end(sqlFault('22P05'));
  const settled = await all;
  assert.deepEqual(
    settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
    ['alone a', 'refused bad', 'alone c'],
  );
  assert.deepEqual(alone, ['a', 'bad', 'c']);
});

for (const fault of [sqlFault('57P01'), sqlFault('53100'), sqlFault('ECONNREFUSED'), new Error('Connection terminated unexpectedly')]) {
  test(`nobody is told "stored" when the database fails (${'code' in fault ? fault.code : fault.message})`, async () => {
    const { groups, alone, door } = slowStore();
    const all = Promise.allSettled(['a', 'b'].map((item) => door.submit(item)));
    await turn();
    groups[0]?.end(fault);
    assert.deepEqual(
      (await all).map((one) => one.status),
      ['rejected', 'rejected'],
    );
    assert.deepEqual(alone, [], 'a database that is down is not asked again for each item');
    const later = door.submit('c');
    await turn();
    groups[1]?.end();
    assert.equal(await later, 'stored c');
  });
}
