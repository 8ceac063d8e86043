/** Taking up again what stopped for one cause, as the operations page sees it. */
import type { ReportChange } from '#src/case/report-changes.ts';
import type { TrailEntry } from '#src/ports.ts';

export interface ReplayItem {
  readonly messageId: string;
  readonly caseId: string | null;
  readonly receivedAt: string;
  readonly source: string;
  /** What a replay would do: the same report from the start, a report that now reads differently, the same stop, or nothing readable. */
  readonly then: 'starts-again' | 'changed' | 'stops-again' | 'unreadable';
  readonly because: string;
  /** Without patient data. */
  readonly changes: readonly ReportChange[];
}

export interface ReplayPort {
  /** Changes nothing. At most 500 messages, oldest first. */
  plan(code: string): Promise<readonly ReplayItem[]>;
  /** One message, or (null) all of the cause. Each case that moves is committed with its row of the audit trail. */
  run(
    code: string,
    messageId: string | null,
    trail: (caseId: string) => TrailEntry,
  ): Promise<{ readonly started: number; readonly changed: number; readonly left: number }>;
}
