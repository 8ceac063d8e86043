/** A channel to one HL7 receiver: takes messages from a durable outbox, one at a time, and keeps each until the receiver says that it has it. */
import { TryLater } from '#src/lib/errors.ts';
import type { Log } from '#src/lib/log.ts';
import type { Outbox, OutboxItem } from '#src/ports.ts';
import { MllpClient, type ReceiverAddress } from './mllp-client.ts';

interface ChannelTimings {
  readonly connectLimitMs: number;
  readonly answerLimitMs: number;
  /** First wait after a failure; doubled up to `longestWaitMs`. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** How often an idle channel looks into the outbox without being woken. */
  readonly pollMs: number;
  /** AE answers to one message before it is set aside for a person, so that it can't block the others for ever. */
  readonly maxTries: number;
}

const CHANNEL_TIMINGS: ChannelTimings = {
  connectLimitMs: 10_000,
  answerLimitMs: 30_000,
  firstWaitMs: 1_000,
  longestWaitMs: 60_000,
  pollMs: 5_000,
  maxTries: 20,
};

export interface ChannelOptions {
  /** Name in the outbox and the log. */
  readonly channel: string;
  readonly receiver: ReceiverAddress;
  readonly outbox: Outbox;
  readonly log: Log;
  /** False while another process serves this channel: two would send a message twice, or out of order. */
  readonly isMine?: () => Promise<boolean>;
  readonly timings?: Partial<ChannelTimings>;
  /** Calls `done` after `ms`; gives back how to call that off. The clock's own unless a test walks the hours faster. */
  readonly setTimer?: SetTimer;
}

type SetTimer = (ms: number, done: () => void) => () => void;

const clockTimer: SetTimer = (ms, done) => {
  const timer = setTimeout(done, ms);
  return () => clearTimeout(timer);
};

export interface Channel {
  /** Call after adding to the outbox. */
  wake(): void;
  /** Lets the message in work finish (or time out), then stops. What is left stays in the outbox. */
  close(): Promise<void>;
}

/** Starts at once. Never throws afterwards: a receiver or an outbox that is down is waited for. */
export function startChannel(options: ChannelOptions): Channel {
  const timings = { ...CHANNEL_TIMINGS, ...options.timings };
  const client = new MllpClient(options.receiver, timings.connectLimitMs);
  const sleeper = new Sleeper(options.setTimer ?? clockTimer);
  let open = true;
  let failures = 0;

  const run = async (): Promise<void> => {
    while (open) {
      const waitMs = await step(options, client, timings).then(
        (moved) => {
          failures = 0;
          return moved === 'sent' ? 0 : moved === 'nothing' ? timings.pollMs : timings.firstWaitMs;
        },
        (cause: unknown) => {
          failures++;
          options.log.warn('outbox.retry', {
            channel: options.channel,
            code: cause instanceof TryLater ? cause.code : 'HL7_OUT_FAULT',
            attempt: failures,
          });
          return Math.min(timings.firstWaitMs * 2 ** (failures - 1), timings.longestWaitMs);
        },
      );
      // A wake-up is for new messages; it must not cut short the wait for a receiver that is down.
      if (open && waitMs > 0) await sleeper.sleep(waitMs, failures === 0);
    }
    client.close();
  };
  const ended = run();
  return {
    wake: () => sleeper.wake(),
    close: () => {
      open = false;
      sleeper.stop();
      return ended;
    },
  };
}

/** One message: sent and answered, set aside, to be tried again, or none there. Throws when the receiver or the outbox is down. */
async function step(options: ChannelOptions, client: MllpClient, timings: ChannelTimings): Promise<'sent' | 'again' | 'nothing'> {
  const { channel, outbox, log } = options;
  if (options.isMine && !(await options.isMine())) return 'nothing';
  const item = await outbox.next(channel);
  if (!item) return 'nothing';
  const started = performance.now();
  const answer = await client.send(item.bytes, item.controlId, timings.answerLimitMs);
  if (answer.code.endsWith('A')) {
    await outbox.sent(item.id);
    log.info('outbox.sent', { channel, ms: Math.round(performance.now() - started) });
    return 'sent';
  }
  return refused(options, item, answer.code, timings);
}

async function refused({ channel, outbox, log }: ChannelOptions, item: OutboxItem, code: string, timings: ChannelTimings): Promise<'sent' | 'again'> {
  const attempt = item.tries + 1;
  log.warn('outbox.retry', { channel, code, attempt });
  if (code.endsWith('R') || attempt >= timings.maxTries) {
    await outbox.setAside(item.id, code);
    return 'sent';
  }
  await outbox.tried(item.id, code);
  return 'again';
}

/** A wait that can be ended early. */
class Sleeper {
  readonly #setTimer: SetTimer;
  #end: (() => void) | null = null;
  #mayWake = false;
  #woken = false;
  #stopped = false;

  constructor(setTimer: SetTimer) {
    this.#setTimer = setTimer;
  }

  async sleep(ms: number, mayWake: boolean): Promise<void> {
    if (this.#stopped || (mayWake && this.#woken)) {
      this.#woken = false;
      return;
    }
    this.#mayWake = mayWake;
    let callOff = (): void => {};
    await new Promise<void>((resolve) => {
      this.#end = resolve;
      callOff = this.#setTimer(ms, resolve);
    });
    callOff();
    this.#end = null;
    this.#woken = false;
  }

  wake(): void {
    this.#woken = true;
    if (this.#mayWake) this.#end?.();
  }

  stop(): void {
    this.#stopped = true;
    this.#end?.();
  }
}
