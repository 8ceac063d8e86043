/** Why was this decided? The rule, the inputs and the sources, line by line, for `backstop explain CASE`. */
import type { Case } from '../case/case.ts';
import { DECISION_TABLE } from './decision-table.ts';

/** Plain lines without names. A case that was not decided says how far it got and why it stopped. */
export function explain(subject: Pick<Case, 'id' | 'state' | 'facts' | 'reportVersion'>): readonly string[] {
  const { decision, stopped, answers, resources } = subject.facts;
  const head = `Case ${subject.id}, state ${subject.state}, report version ${subject.reportVersion}`;
  const stop = stopped ? [`Stopped: ${stopped.code}: ${stopped.text}`] : [];
  if (!decision) return [head, 'Not decided yet.', ...stop];
  const rows = DECISION_TABLE.filter((row) => row.id === decision.rule).map((row) => `  ${row.id}: if ${row.when} -> ${row.then}`);
  const inputs = Object.entries(decision.inputs?.seen ?? {}).map(([name, value]) => `  ${name}: ${value}`);
  return [
    head,
    ...stop,
    `Decided by ${decision.rule}: ${decision.outcome}${decision.priority ? `, ${decision.priority}` : ''}${decision.veryHighRisk ? ', very high risk' : ''}`,
    `Policy ${decision.policyVersion}${decision.inputs ? `, on ${decision.inputs.decidedOn}, report version ${decision.inputs.reportVersion}` : ''}`,
    'The rule:',
    ...rows,
    'Because:',
    ...decision.because.map((reason) => `  ${reason.rule}: ${reason.text}`),
    'From:',
    ...(inputs.length > 0 ? inputs : ['  inputs were not kept']),
    `Due: ${decision.dueDate ?? 'no date'}`,
    `Answers: ${answers.map((a) => `${a.kind}${a.reasonCode ? ` (${a.reasonCode})` : ''} at ${a.at}`).join('; ') || 'none'}`,
    `In the health record: ${resources.map((r) => (r.refused ? `${r.role ?? r.resourceType} refused (${r.refused})` : `${r.resourceType}/${r.id}`)).join(', ') || 'nothing'}`,
  ];
}
