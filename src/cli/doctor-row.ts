/** A line of what `backstop doctor` says. */
import type { Config } from '../config.ts';

export interface DoctorRow {
  readonly system: string;
  readonly phase: string;
  /** null: not tried, or nothing that is good or bad. */
  readonly ok: boolean | null;
  readonly text: string;
}

export interface DoctorOptions {
  readonly store?: boolean;
  readonly json?: boolean;
}

export type DoctorCheck = (config: Config, options: DoctorOptions) => Promise<readonly DoctorRow[]>;
