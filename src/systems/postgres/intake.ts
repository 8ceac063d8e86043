/** The door's store: the bytes of a message are committed, in a group with what arrives at the same time, and only then is it acknowledged. */
import type { Intake } from '#src/ports.ts';
import type { Backlog } from './backlog.ts';
import { groupCommit } from './group-commit.ts';
import { keepBatch, type ToKeep } from './keep-batch.ts';
import type { Pool } from './pool.ts';

export interface DoorIntake extends Intake {
  /** Milliseconds since the last message came; 0 while one is being kept. Filing gives way to the door. */
  quietMs(): number;
}

export interface IntakeOptions {
  readonly pool: Pool;
  readonly backlog: Backlog;
  /** Called when a message that waits to be filed is committed. */
  kept(): void;
}

/** Several groups: while one waits for the disk, the next is written. Not too small ones: each costs a round trip and a commit (decision 0014). */
const GROUPS = { lanes: 4, enough: 6, mostItems: 64, mostBytes: 4 * 1024 * 1024 };

export function makeIntake({ pool, backlog, kept }: IntakeOptions): DoorIntake {
  let underWay = 0;
  let lastAt = -1e9;
  const group = groupCommit<ToKeep, Awaited<ReturnType<Intake['keep']>>>({
    ...GROUPS,
    bytesOf: ({ message }) => message.bytes.length,
    keysOf: ({ message }) => [[message.source, message.sendingApplication, message.sendingFacility, message.controlId].join('|')],
    together: (items) => keepBatch(pool, items),
    alone: async (item) => (await keepBatch(pool, [item]))[0] as Awaited<ReturnType<Intake['keep']>>,
  });
  return {
    quietMs: () => (underWay > 0 ? 0 : performance.now() - lastAt),
    keep: async (message, next, unusable) => {
      const waits = next === 'file';
      const room = waits ? backlog.room() : null;
      if (room) await room;
      underWay += 1;
      try {
        const result = await group.submit({ message, waits, unusable });
        if (waits && result.kind === 'stored') {
          backlog.add();
          kept();
        }
        return result;
      } finally {
        underWay -= 1;
        lastAt = performance.now();
      }
    },
  };
}
