/** A place in a sentence that names one of the things we look for, before its context is judged. */
import type { Target } from '#src/case/reading.ts';

export interface Mention {
  readonly target: Target;
  readonly concept: string;
  /** Token indexes [first, last). */
  readonly first: number;
  readonly last: number;
  /** The words themselves name a vertebra (and not only what surrounds them). */
  readonly explicit: boolean;
  /** The words say that it is not so: "vertebral body heights are preserved". */
  readonly denies?: boolean;
}
