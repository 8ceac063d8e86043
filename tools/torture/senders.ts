/** Senders as hospitals have them: in order, one message at a time, again and again until it is acknowledged. Some lose patience early. */
import { setTimeout as pause } from 'node:timers/promises';
import { frame, Hl7Sender } from '#test/hospital/hl7-sender.ts';
import type { Chance } from './chance.ts';
import type { Message } from './ledger.ts';

export interface Senders {
  send(lane: number, message: Message): void;
  /** Messages that have no answer yet. */
  waiting(): number;
  /** Resolves when every message has its answer. */
  drained(): Promise<void>;
  stop(): void;
}

const PATIENCE_MS = 8_000;
/** How often a sender hangs up at once after sending, as one that was restarted. */
const IMPATIENT_SHARE = 0.03;

export function startSenders(options: { readonly lanes: number; readonly port: () => number; readonly chance: Chance }): Senders {
  const queues: Message[][] = Array.from({ length: options.lanes }, () => []);
  const wakes: (() => void)[] = [];
  let stopped = false;
  let waiting = 0;

  const run = async (lane: number): Promise<void> => {
    const queue = queues[lane] as Message[];
    let sender: Hl7Sender | undefined;
    while (!stopped) {
      const message = queue[0];
      if (!message) {
        await new Promise<void>((wake) => (wakes[lane] = wake));
        continue;
      }
      const isDone = await tryOnce(message);
      if (!isDone) continue;
      queue.shift();
      waiting -= 1;
    }
    sender?.close();

    async function tryOnce(message: Message): Promise<boolean> {
      try {
        sender ??= await Hl7Sender.open(options.port());
        if (message.kind === 'half') {
          sender.write(frame(message.bytes).subarray(0, message.bytes.length >> 1));
          hangUp();
          return true;
        }
        message.tries += 1;
        const isImpatient = options.chance.isHit(IMPATIENT_SHARE);
        const answer = await sender.send(message.bytes, { timeoutMs: isImpatient ? 2 : PATIENCE_MS });
        if (answer.code === 'AA' || answer.code === 'AR') {
          message.acknowledged = answer.code;
          return true;
        }
        await pause(300);
      } catch {
        hangUp();
        await pause(200);
      }
      return false;
    }
    function hangUp(): void {
      sender?.socket.destroy();
      sender = undefined;
    }
  };
  const running = queues.map((_, lane) => run(lane));
  const wakeAll = (): void => {
    for (const wake of wakes) wake?.();
  };
  return {
    send: (lane, message) => {
      queues[lane]?.push(message);
      waiting += 1;
      wakes[lane]?.();
    },
    waiting: () => waiting,
    drained: async () => {
      while (waiting > 0 && !stopped) await pause(100);
    },
    stop: () => {
      stopped = true;
      wakeAll();
      void Promise.all(running);
    },
  };
}
