/** Reads the text of the report: what it states, denies and advises. Images that were measured before are not measured again. */
import type { Case } from '#src/case/case.ts';
import { hasReportText } from '#src/case/has-report-text.ts';
import { mayBeWritten } from '#src/case/may-be-written.ts';
import { CORRECTION_NOT_READ } from '#src/case/report-version.ts';
import type { StepResult } from '#src/ports.ts';
import { notRead } from '#src/reading/not-read.ts';
import { readReport as read } from '#src/reading/read-report.ts';

export function readReport(subject: Case): StepResult {
  const { report, finding } = subject.facts;
  const to = finding?.state === 'measured' ? 'measured' : 'read';
  if (report.status === 'cancelled' && mayBeWritten(subject.facts)) {
    // The decision for a cancelled report is "nothing", and the write step then withdraws what stands in the health record.
    return {
      to: 'measured',
      facts: { reading: hasReportText(report) ? read(report.text) : notRead() },
      detail: 'report cancelled: what was written is taken back',
    };
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
    // The images are measured all the same; what they show is not compared, and the rules ask a person to.
    return { to, facts: { reading: notRead() }, detail: "the report's text could not be read: the images are measured, and not compared with it" };
  }
  const reading = read(report.text);
  if (report.flags.includes(CORRECTION_NOT_READ) && (reading.fracture === 'silent' || reading.fracture === 'denied')) {
    return { to, facts: { reading: notRead() }, detail: 'the report was corrected by a document that cannot be read: what it says now is not known' };
  }
  return { to, facts: { reading }, detail: `report says: vertebral fracture ${reading.fracture}, advice ${reading.advice ? 'given' : 'not given'}` };
}
