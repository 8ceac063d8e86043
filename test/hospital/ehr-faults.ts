/** Ways in which a real EHR fails, to be put on any request of the stand-in. */

export type FaultKind =
  | '503'
  | '503-after-commit'
  | 'reset'
  | 'reset-after-commit'
  | 'timeout'
  | 'timeout-after-commit'
  | '429'
  | '401'
  | '412'
  | 'empty-201'
  | 'truncated'
  | 'slow';

export const FAULT_KINDS: readonly FaultKind[] = [
  '503',
  '503-after-commit',
  'reset',
  'reset-after-commit',
  'timeout',
  'timeout-after-commit',
  '429',
  '401',
  '412',
  'empty-201',
  'truncated',
  'slow',
];

export interface Seen {
  readonly method: string;
  /** Path and query below the base. */
  readonly url: string;
  readonly status: number;
  readonly fault?: FaultKind;
}

interface Planned {
  readonly kind: FaultKind;
  readonly match: (method: string, url: string) => boolean;
  skip: number;
  times: number;
}

/** A list of faults still to come; each says which request it waits for. */
export class Faults {
  readonly #planned: Planned[] = [];

  /** On the `nth` (from 0) matching request from now, `times` times. */
  add(kind: FaultKind, options: { nth?: number; times?: number; match?: (method: string, url: string) => boolean } = {}): void {
    this.#planned.push({ kind, match: options.match ?? (() => true), skip: options.nth ?? 0, times: options.times ?? 1 });
  }

  clear(): void {
    this.#planned.length = 0;
  }

  /** How many have not happened yet. */
  pending(): number {
    return this.#planned.reduce((sum, planned) => sum + planned.times, 0);
  }

  /** Asked by the server for each request. */
  next(method: string, url: string): FaultKind | undefined {
    for (const planned of this.#planned) {
      if (planned.times === 0 || !planned.match(method, url)) continue;
      if (planned.skip > 0) {
        planned.skip -= 1;
        continue;
      }
      planned.times -= 1;
      return planned.kind;
    }
    return undefined;
  }
}
