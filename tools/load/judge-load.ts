/** What the figures of a load run say: acknowledgement, memory, the worker's pace, back-pressure. Pure. */
import type { Flood } from './flood.ts';
import type { Acknowledged } from './steady-senders.ts';
import type { Sample } from './watch.ts';

export const TARGET_P99_MS = 50;
/** A process may hold so much more in the last third of the run than in the middle third: garbage that waits for its collector. */
const GROWTH_ALLOWED = 1.2;
const GROWTH_ALLOWED_MB = 24;
/** A backlog must not slow the worker down. */
const PACE_KEPT = 0.75;

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface Judged {
  readonly ack: Percentiles;
  readonly due: Percentiles;
  readonly notAccepted: number;
  readonly memory: Readonly<Record<string, { readonly middleMb: number; readonly endMb: number; readonly grew: boolean }>>;
  /** Cases finished per second in the middle and in the last third. */
  readonly pace: { readonly middle: number; readonly end: number };
  readonly verdict: Readonly<Record<string, boolean>>;
}

export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN };
}

export function judgeLoad(acknowledged: readonly Acknowledged[], samples: readonly Sample[], flood: Flood | null): Judged {
  const third = Math.floor(samples.length / 3);
  const middle = samples.slice(third, 2 * third);
  const end = samples.slice(2 * third);
  const memory = Object.fromEntries(
    Object.keys(samples[0]?.rssMb ?? {}).map((name) => {
      const [middleMb, endMb] = [middle, end].map((part) => median(part.map((sample) => sample.rssMb[name] ?? 0))) as [number, number];
      return [name, { middleMb, endMb, grew: endMb > Math.max(middleMb * GROWTH_ALLOWED, middleMb + GROWTH_ALLOWED_MB) }];
    }),
  );
  const ack = percentiles(acknowledged.map((one) => one.ackMs));
  const notAccepted = acknowledged.filter((one) => one.code !== 'AA').length;
  const pace = { middle: paceOf(middle), end: paceOf(end) };
  const hasBacklog = (end.at(-1)?.backlog ?? 0) > 50;
  return {
    ack,
    due: percentiles(acknowledged.map((one) => one.dueMs)),
    notAccepted,
    memory,
    pace,
    verdict: {
      [`ACK p99 below ${TARGET_P99_MS} ms`]: ack.p99 < TARGET_P99_MS,
      'every message acknowledged': notAccepted === 0,
      'no process grows': Object.values(memory).every((one) => !one.grew),
      'a backlog does not slow the worker': !hasBacklog || pace.end >= PACE_KEPT * pace.middle,
      ...(flood && { 'a sender without patience is held back, and answered': flood.heldBack > 0 && flood.acknowledged === flood.messages }),
    },
  };
}

function paceOf(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  return first && last && last.seconds > first.seconds ? (last.finished - first.finished) / (last.seconds - first.seconds) : Number.NaN;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
