/** Repeatable chance of the torture run: which message, which fault and when all come from one seed. */
import { randomStream } from '#test/hospital/phantom/random.ts';

export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** True once in `1 / share` times. */
  isHit(share: number): boolean;
  between(low: number, high: number): number;
  whole(low: number, high: number): number;
  /** Milliseconds to the next of events that come `meanMs` apart on the average. */
  gap(meanMs: number): number;
  pick<T>(from: readonly T[]): T;
  /** One of the names, each as likely as its weight. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name;
}

export function makeChance(seed: number): Chance {
  const next = randomStream(seed);
  const between = (low: number, high: number): number => low + (high - low) * next();
  const whole = (low: number, high: number): number => Math.floor(between(low, high + 1));
  return {
    next,
    isHit: (share) => next() < share,
    between,
    whole,
    gap: (meanMs) => Math.min(4 * meanMs, -Math.log(1 - next()) * meanMs),
    pick: (from) => {
      const one = from[whole(0, from.length - 1)];
      if (one === undefined) throw new RangeError('nothing to pick from');
      return one;
    },
    weighted: <Name extends string>(weights: Readonly<Record<Name, number>>): Name => {
      const names = Object.keys(weights) as Name[];
      let left = next() * names.reduce((sum, name) => sum + weights[name], 0);
      for (const name of names) {
        left -= weights[name];
        if (left < 0) return name;
      }
      return names.at(-1) as Name;
    },
  };
}
