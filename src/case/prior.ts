/** An earlier examination of the same patient, and what has changed in the vertebrae since then. */
import type { DicomUid } from './ids.ts';
import type { Grade, Level } from './vertebra.ts';

/** The earlier study that is worth a look beside this one. */
export interface PriorStudy {
  readonly studyInstanceUid: DicomUid;
  /** YYYY-MM-DD */
  readonly studyDate: string;
  readonly modality: string;
  /** Counts and rules only: no identifier. */
  readonly because: readonly string[];
}

/** One vertebra then and now. `cannot-say` is never "unchanged". */
export interface LevelChange {
  readonly level: Level;
  readonly change: 'new' | 'progressed' | 'unchanged' | 'cannot-say';
  readonly before: Grade | null;
  readonly now: Grade | null;
  readonly because: string;
}
