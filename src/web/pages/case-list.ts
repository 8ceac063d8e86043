/** A table of cases, newest first; the state's reason stands in the row. */
import { html } from 'hono/html';
import type { Case } from '#src/case/case.ts';
import type { Markup } from '../layout.ts';

export function caseTable(cases: readonly Case[], caption: string): Markup {
  if (cases.length === 0) return html`<p>No cases.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr><th scope="col">Patient</th><th scope="col">Accession</th><th scope="col">Examined</th><th scope="col">Report says</th><th scope="col">Images</th><th scope="col">Decision</th><th scope="col">State</th></tr></thead>
<tbody>${cases.map(row)}</tbody></table></div>`;
}

function row(subject: Case): Markup {
  const { report, reading, decision, stopped } = subject.facts;
  const name = [report.patient.familyName, report.patient.givenName].filter((part) => part !== '').join(', ') || 'no name';
  return html`<tr><th scope="row"><a href="/cases/${subject.id}">${name}</a></th><td>${report.accession ?? 'none'}</td><td>${report.examinedAt?.slice(0, 10) ?? 'unknown'}</td>
<td>${reading ? `${reading.fracture}${reading.advice ? ', advice given' : ''}` : 'not read'}</td><td>${imagesSay(subject)}</td>
<td>${decision ? `${decision.rule} ${decision.outcome.replaceAll('-', ' ')}` : ''}</td><td>${subject.state}${stopped ? html`<br><span class="badge warn">${stopped.code}</span>` : ''}</td></tr>`;
}

/** What the images show in a few words; never silent where nothing can be said. */
export function imagesSay(subject: Case): string {
  const { finding } = subject.facts;
  if (!finding) return 'not measured';
  if (finding.state === 'cannot-say') return `cannot say: ${finding.reason.replaceAll('-', ' ')}`;
  const fractured = finding.vertebrae.filter((vertebra) => vertebra.state === 'graded' && (vertebra.grade ?? 0) >= 1);
  if (fractured.length === 0) return `none seen in ${finding.levelsAssessed[0] ?? '?'} to ${finding.levelsAssessed.at(-1) ?? '?'}`;
  return fractured.map((vertebra) => `${vertebra.levelText} grade ${vertebra.gradeText}`).join(', ');
}
