/** Lays a fresh measurement beside our own one of the earlier study that was named, if there is one: a fact and a line, nothing is decided by it. */
import type { Case } from '#src/case/case.ts';
import type { LevelChange, PriorStudy } from '#src/case/prior.ts';
import type { EarlierFindings, StepResult } from '#src/ports.ts';
import { isNewSince } from '#src/rules/is-new-since.ts';
import { priorWords } from '#src/rules/pick-prior.ts';

/** `result` is what the measuring step gave; it comes back with `sincePrior`. */
export async function comparePrior(subject: Case, result: StepResult, ports: { readonly earlier: EarlierFindings }): Promise<StepResult> {
  const finding = result.facts?.finding;
  if (result.to !== 'measured' || !finding) return result;
  const { prior, report } = subject.facts;
  const before =
    prior && finding.state === 'measured'
      ? await ports.earlier.measured({ source: report.source, patientId: report.patient.id.value, study: prior.studyInstanceUid, except: subject.id })
      : undefined;
  if (!prior || !before || finding.state !== 'measured') return { ...result, facts: { ...result.facts, sincePrior: null } };
  const sincePrior = isNewSince(before, finding);
  return { ...result, facts: { ...result.facts, sincePrior }, detail: `${result.detail}; ${words(prior, sincePrior)}` };
}

/** Of the bodies that are fractured now; the others say nothing of interest in one line. */
function words(prior: PriorStudy, changes: readonly LevelChange[]): string {
  const fractured = changes.filter((one) => (one.now ?? 0) > 0);
  if (fractured.length === 0) return `${priorWords(prior)}: both were measured, no graded fracture now`;
  return `${priorWords(prior)}: ${fractured.map((one) => `${one.level} ${one.change === 'cannot-say' ? 'cannot say' : one.change}`).join(', ')}`;
}
