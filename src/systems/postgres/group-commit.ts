/**
 * Group commit: what arrives while a transaction is under way is stored together in the next one. No timer: a lonely item goes at once, in the same
 * turn of the event loop; the busier the door, the fewer commits each item costs. A further group starts beside one that is under way only when enough
 * wait: many small groups cost more than they gain, and what waits goes at the latest when the one under way ends.
 */

export interface GroupCommit<T, R> {
  /** Resolves when the item is committed; rejects when it is not. */
  submit(item: T): Promise<R>;
}

export interface GroupCommitOptions<T, R> {
  /** Groups under way at the same time. */
  readonly lanes: number;
  /** A further group starts when so many wait, or as many as are under way. */
  readonly enough: number;
  readonly mostItems: number;
  /** A group ends with the item that goes over it. */
  readonly mostBytes: number;
  bytesOf(item: T): number;
  /** Two items with a key in common are never under way together: the second waits until the first is settled. */
  keysOf(item: T): readonly string[];
  /** All in one transaction, or none. Null for an item that was left out and has to go alone. */
  together(items: readonly T[]): Promise<readonly (R | null)[]>;
  alone(item: T): Promise<R>;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly keys: readonly string[];
  resolve(result: R): void;
  reject(cause: unknown): void;
}

export function groupCommit<T, R>(options: GroupCommitOptions<T, R>): GroupCommit<T, R> {
  let waiting: Waiting<T, R>[] = [];
  const underWay = new Set<string>();
  let running = 0;
  let itemsUnderWay = 0;
  let isScheduled = false;

  const schedule = (): void => {
    if (isScheduled || waiting.length === 0 || running >= options.lanes) return;
    isScheduled = true;
    // After this turn's reading of sockets, so that messages which came in together are stored together.
    setImmediate(() => {
      isScheduled = false;
      startGroups();
    });
  };

  const startGroups = (): void => {
    while (running === 0 || (running < options.lanes && waiting.length >= Math.min(options.enough, itemsUnderWay))) {
      const group = takeGroup();
      if (group.length === 0) return;
      running += 1;
      itemsUnderWay += group.length;
      void store(group).finally(() => {
        running -= 1;
        itemsUnderWay -= group.length;
        schedule();
      });
    }
  };

  const takeGroup = (): Waiting<T, R>[] => {
    const group: Waiting<T, R>[] = [];
    const rest: Waiting<T, R>[] = [];
    let bytes = 0;
    for (const one of waiting) {
      const isTaken = group.length < options.mostItems && bytes < options.mostBytes && !one.keys.some((key) => underWay.has(key));
      if (!isTaken) {
        rest.push(one);
        continue;
      }
      for (const key of one.keys) underWay.add(key);
      bytes += options.bytesOf(one.item);
      group.push(one);
    }
    waiting = rest;
    return group;
  };

  /** Settles every item of the group; never rejects. What goes alone does not hold the lane. */
  const store = async (group: readonly Waiting<T, R>[]): Promise<void> => {
    let results: readonly (R | null)[];
    try {
      results = await options.together(group.map((one) => one.item));
    } catch (cause) {
      if (!isOneItemsFault(cause)) return settleAll(group, (one) => one.reject(cause));
      results = group.map(() => null);
    }
    for (const [index, one] of group.entries()) {
      const result = results[index] ?? null;
      if (result === null) void options.alone(one.item).then(...settling(one));
      else settleAll([one], () => one.resolve(result));
    }
  };

  const settleAll = (group: readonly Waiting<T, R>[], settle: (one: Waiting<T, R>) => void): void => {
    for (const one of group) {
      for (const key of one.keys) underWay.delete(key);
      settle(one);
    }
    schedule();
  };
  const settling = (one: Waiting<T, R>): [(result: R) => void, (cause: unknown) => void] => [
    (result) => settleAll([one], () => one.resolve(result)),
    (cause) => settleAll([one], () => one.reject(cause)),
  ];

  return {
    submit: (item) => {
      const { promise, resolve, reject } = Promise.withResolvers<R>();
      waiting.push({ item, keys: options.keysOf(item), resolve, reject });
      schedule();
      return promise;
    },
  };
}

/** SQLSTATE of bad data, a broken rule of the tables, a deadlock, a limit of the program: one item's fault, and its neighbours are stored without it. */
const ONE_ITEMS_FAULT = /^(21|22|23|40|42|54|P0|XX)\w{3}$|^BM\d{3}$/;

/** Anything else (connection lost, disk full, shut down) would meet each item again. */
function isOneItemsFault(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && ONE_ITEMS_FAULT.test(cause.code);
}
