/** Which fault comes when, for how long and how hard: made from the seed alone, before the run. */
import { type Chance, makeChance } from './chance.ts';

/** How often each happens, against the others. */
const WEIGHTS = {
  'kill-worker': 14,
  'kill-listener': 9,
  'kill-web': 6,
  'kill-postgres': 7,
  'kill-backend': 4,
  'cut-connections': 5,
  'pause-worker': 8,
  'pause-listener': 4,
  'archive-503': 4,
  'archive-hangs-up': 4,
  'archive-slow': 3,
  'archive-silent': 3,
  'archive-login-page': 3,
  'archive-truncated': 3,
  'archive-stores-without-answer': 4,
  'ehr-weather': 12,
  'ehr-503-after-commit': 6,
  'ehr-reset-after-commit': 6,
  'ehr-slow': 3,
  'receiver-says-later': 3,
  'receiver-hangs-up': 3,
  'disk-full': 4,
  'clock-jump': 8,
} as const;
export type FaultName = keyof typeof WEIGHTS;

export interface PlannedFault {
  readonly atMs: number;
  readonly name: FaultName;
  /** How long a state lasts; 0 for what happens in a moment. */
  readonly lastsMs: number;
  /** In [0, 1): picks the worker, the share of requests or the size of the jump. */
  readonly draw: number;
}

/** The first comes a second after the start at the earliest, when every role has been up once. */
export function planFaults(options: {
  readonly seed: number;
  readonly seconds: number;
  readonly everyMs: number;
  readonly canJump: boolean;
}): readonly PlannedFault[] {
  const chance: Chance = makeChance(options.seed);
  const weights: Record<string, number> = { ...WEIGHTS };
  if (!options.canJump) delete weights['clock-jump'];
  const plan: PlannedFault[] = [];
  for (let atMs = 1_000 + chance.gap(options.everyMs); atMs < options.seconds * 1000; atMs += chance.gap(options.everyMs)) {
    const name = chance.weighted(weights) as FaultName;
    plan.push({ atMs: Math.round(atMs), name, lastsMs: Math.round(lasting(name, chance)), draw: chance.next() });
  }
  return plan;
}

function lasting(name: FaultName, chance: Chance): number {
  if (name.startsWith('pause-')) return chance.between(1_000, 9_000);
  if (name === 'disk-full') return chance.between(2_000, 8_000);
  if (name === 'clock-jump') return chance.between(5_000, 25_000);
  if (/^(archive|ehr|receiver)-/.test(name)) return chance.between(3_000, 15_000);
  if (name === 'kill-postgres') return chance.between(200, 4_000);
  return 0;
}
