/** Finds the patient in the health record, reads the history, and decides by the rules. A case that cannot be decided is kept, with its reason. */
import { cannotSayCode, NOT_A_FAULT } from '#src/case/cannot-say-code.ts';
import type { Case } from '#src/case/case.ts';
import { mayBeWritten } from '#src/case/may-be-written.ts';
import type { Decision, PatientHistory } from '#src/case/referral.ts';
import { AskAHuman } from '#src/lib/errors.ts';
import type { Clock, HealthRecord, StepResult } from '#src/ports.ts';
import { needsReferral } from '#src/rules/needs-referral.ts';
import type { Policy } from '#src/rules/policy.ts';
import { standsDecision } from '#src/rules/stands-decision.ts';

export interface DecidePorts {
  readonly record: Pick<HealthRecord, 'findPatient' | 'history'>;
  readonly clock: Clock;
}

/** Throws AskAHuman when the report was never read. The port's TryLater passes through. */
export async function decide(subject: Case, ports: DecidePorts, policy: Policy): Promise<StepResult> {
  const { report, reading, finding, answers } = subject.facts;
  if (reading === null) throw new AskAHuman('the report was never read', { code: 'DECIDE_NO_READING', phase: 'compute' });
  if (standsDecision(subject)) return { to: 'decided', detail: `${subject.facts.decision?.rule ?? ''} stands: only answers about the referral came` };

  const patient = await ports.record.findPatient(report);
  const history = patient.kind === 'found' ? await ports.record.history(patient.reference, subject.id) : null;
  const recordProblem = patient.kind === 'found' ? null : { kind: patient.kind, detail: patient.detail };
  const today = ports.clock.now().toISOString().slice(0, 10);
  const facts = { report, reading, finding, history, recordProblem, answers, today, reportVersion: subject.reportVersion };
  return toResult(subject, history, needsReferral(facts, policy), recordProblem?.kind);
}

/** Why neither says anything. A fault of the images that can be mended comes first; a text that cannot be read, before images that are what they are. */
function cannotSayCodeOf({ facts: { finding, reading } }: Case): string {
  const code = cannotSayCode(finding?.state === 'cannot-say' ? finding.reason : null);
  const isFault = finding?.state === 'cannot-say' && !NOT_A_FAULT.has(code);
  return reading?.fracture === 'not-read' && !isFault ? 'REPORT_NO_TEXT' : code;
}

const PROBLEM_CODES = { none: 'PATIENT_NOT_FOUND', many: 'PATIENT_AMBIGUOUS', mismatch: 'PATIENT_MISMATCH' } as const;

function toResult(subject: Case, history: PatientHistory | null, decision: Decision, problem: keyof typeof PROBLEM_CODES | undefined): StepResult {
  const text = decision.because[0]?.text ?? '';
  const detail = `${decision.rule} ${decision.outcome}${decision.priority === null ? '' : `, ${decision.priority}`}`;
  const facts = { history: history ?? subject.facts.history, decision };
  // What was written before has to be taken back, so the case goes on to the write step whatever the answer is now.
  const written = mayBeWritten(subject.facts) && (history !== null || subject.facts.history !== null);
  if (written) return { to: 'decided', facts: { ...facts, stopped: null }, detail };
  if (decision.outcome === 'exception') {
    const code = problem ? PROBLEM_CODES[problem] : decision.rule === 'R99' ? cannotSayCodeOf(subject) : 'NOT_DECIDABLE';
    const to = decision.rule === 'R99' ? 'closed' : 'parked';
    return { to, facts: { ...facts, stopped: { code, text } }, detail };
  }
  const nothingToWrite = decision.rule === 'R00' || decision.rule === 'R01';
  if (nothingToWrite) return { to: 'closed', facts: { ...facts, stopped: { code: 'NOTHING_TO_DO', text } }, detail };
  return { to: 'decided', facts: { ...facts, stopped: null }, detail };
}
