/** How many messages wait to be filed, as far as this process knows, and who waits at the door because they are too many. */
import { TryLater } from '#src/lib/errors.ts';
import type { Log } from '#src/lib/log.ts';

export interface Backlog {
  count(): number;
  /** Null when there is room; else resolves when there is, or rejects with HL7_BACKLOG_FULL after a while. */
  room(): Promise<void> | null;
  add(): void;
  filed(count: number): void;
  /** What the database says. */
  correct(count: number): void;
}

export interface BacklogOptions {
  readonly most: number;
  readonly log: Log;
  /** How long a sender is held back before it is told to try again: less than senders wait for an ACK. */
  readonly holdMs?: number;
}

export function makeBacklog({ most, log, holdMs = 3_000 }: BacklogOptions): Backlog {
  let unfiled = 0;
  let isFull = false;
  const waiting = new Set<() => void>();

  const changed = (): void => {
    if (isFull && unfiled < most / 2) {
      isFull = false;
      log.info('listener.backlog', { unfiled, full: false });
    }
    // In the order of their coming. Each counts only when it is kept, so for a moment a few more than `most` can be on their way in.
    let free = most - unfiled;
    for (const go of waiting) {
      if (free <= 0) break;
      free -= 1;
      go();
    }
  };

  const hold = (): Promise<void> => {
    if (!isFull) log.warn('listener.backlog', { unfiled, full: true });
    isFull = true;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(go);
        reject(new TryLater('too many messages wait to be filed', { code: 'HL7_BACKLOG_FULL', phase: 'store' }));
      }, holdMs);
      const go = (): void => {
        clearTimeout(timer);
        waiting.delete(go);
        resolve();
      };
      waiting.add(go);
    });
  };

  return {
    count: () => unfiled,
    room: () => (unfiled < most ? null : hold()),
    add: () => {
      unfiled += 1;
    },
    filed: (count) => {
      unfiled = Math.max(0, unfiled - count);
      changed();
    },
    correct: (count) => {
      unfiled = count;
      changed();
    },
  };
}
