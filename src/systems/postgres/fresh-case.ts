/** A case on its first report: its key, its facts and its first event. Pure. */
import type { CaseFacts, CaseState } from '#src/case/case.ts';
import type { MessageId } from '#src/case/ids.ts';
import type { Report } from '#src/case/report.ts';

export interface Unusable {
  readonly code: string;
  readonly text: string;
}

/** Cases of two sources never meet; a report that names no examination is a case of its own. */
export function caseKey(report: Report, id: MessageId): string {
  return examinationKey(report) ?? `${report.source}|message|${id}`;
}

/** Null for a report that names no examination. */
export function examinationKey(report: Report): string | null {
  if (report.accession) return `${report.source}|accession|${report.accession}`;
  return report.studyInstanceUid ? `${report.source}|study|${report.studyInstanceUid}` : null;
}

export function freshState(unusable: Unusable | null): CaseState {
  return unusable ? 'parked' : 'received';
}

/** Facts beside the report and why it stopped. */
export const NOTHING_YET: Omit<CaseFacts, 'report' | 'stopped'> = {
  reading: null,
  study: null,
  choice: null,
  finding: null,
  history: null,
  decision: null,
  resources: [],
  answers: [],
};

export function freshFacts(report: Report, unusable: Unusable | null): CaseFacts {
  return { ...NOTHING_YET, report, stopped: unusable };
}

export function freshEvent(unusable: Unusable | null): string {
  return unusable ? `${unusable.code}: ${unusable.text}` : 'report stored';
}
