/** What `npm run torture` was asked for. */
import { parseArgs } from 'node:util';

export interface TortureOptions {
  readonly seed: number;
  /** How long messages are sent and faults happen; healing and draining come after. */
  readonly seconds: number;
  /** New messages a second over all senders. */
  readonly rate: number;
  /** Sent even when the time is over: on a slow machine a short run would else be no run. */
  readonly leastMessages: number;
  readonly workers: number;
  /** Mean time between two faults. */
  readonly faultEveryMs: number;
  /** Studies with enough slices for the networks: at most so many, because each costs seconds of CPU. */
  readonly measuredStudies: number;
  /** Reports whose images come late or never need a minute and more of waiting. */
  readonly lateImages: boolean;
  readonly drainSeconds: number;
  readonly json: boolean;
  /** Folder for the processes' logs; undefined: they go when all was well. */
  readonly keep: string | undefined;
}

export function tortureOptions(args: readonly string[]): TortureOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      rate: { type: 'string', default: '2' },
      workers: { type: 'string', default: '3' },
      'fault-every': { type: 'string', default: '6' },
      measured: { type: 'string' },
      'drain-minutes': { type: 'string', default: '15' },
      json: { type: 'boolean', default: false },
      keep: { type: 'string' },
    },
  });
  const minutes = positive('minutes', values.minutes);
  return {
    seed: positive('seed', values.seed),
    seconds: minutes * 60,
    rate: positive('rate', values.rate),
    leastMessages: 20,
    workers: positive('workers', values.workers),
    faultEveryMs: positive('fault-every', values['fault-every']) * 1000,
    measuredStudies: values.measured === undefined ? Math.ceil(minutes) : positive('measured', values.measured),
    lateImages: minutes >= 3,
    drainSeconds: positive('drain-minutes', values['drain-minutes']) * 60,
    json: values.json,
    keep: values.keep,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new RangeError(`--${name} must be a number above 0, not "${text}"`);
  return value;
}
