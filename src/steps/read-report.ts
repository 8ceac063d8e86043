/** Reads the text of the report: what it states, denies and advises. Images that were measured before are not measured again. */
import type { Case } from '#src/case/case.ts';
import { hasReportText } from '#src/case/has-report-text.ts';
import { mayBeWritten } from '#src/case/may-be-written.ts';
import type { StepResult } from '#src/ports.ts';
import { readReport as read } from '#src/reading/read-report.ts';

export function readReport(subject: Case): StepResult {
  const { report, finding } = subject.facts;
  if (report.status === 'cancelled' && mayBeWritten(subject.facts)) {
    // The decision for a cancelled report is "nothing", and the write step then withdraws what stands in the health record.
    return { to: 'measured', facts: { reading: read(report.text) }, detail: 'report cancelled: what was written is taken back' };
  }
  if (report.status === 'cancelled') {
    return {
      to: 'closed',
      facts: { stopped: { code: 'REPORT_CANCELLED', text: 'the report was cancelled by its sender' } },
      detail: 'report cancelled',
    };
  }
  if (report.status === 'unknown') {
    return {
      to: 'parked',
      facts: { stopped: { code: 'REPORT_STATUS_UNKNOWN', text: 'the message does not say whether the report is final' } },
      detail: 'report status unknown',
    };
  }
  if (!hasReportText(report)) {
    return {
      to: 'parked',
      facts: { stopped: { code: 'REPORT_NO_TEXT', text: 'the report has no text that can be read: its words may be in a document of the message' } },
      detail: 'report without text',
    };
  }
  const reading = read(report.text);
  const to = finding?.state === 'measured' ? 'measured' : 'read';
  return { to, facts: { reading }, detail: `report says: vertebral fracture ${reading.fracture}, advice ${reading.advice ? 'given' : 'not given'}` };
}
