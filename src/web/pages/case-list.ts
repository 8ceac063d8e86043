/** A table of cases; the state's reason stands in the row. */
import { html } from 'hono/html';
import type { CaseSummary } from '#src/case/case-summary.ts';
import type { Markup } from '../layout.ts';
import { imagesWords, outcomeWords, personName, reportWords } from '../words.ts';

export function caseTable(cases: readonly CaseSummary[], caption: string): Markup {
  if (cases.length === 0) return html`<p>No cases.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr><th scope="col">Patient</th><th scope="col">Accession</th><th scope="col">Examined</th><th scope="col">Report</th><th scope="col">Images</th><th scope="col">Decision</th><th scope="col">State</th></tr></thead>
<tbody>${cases.map(row)}</tbody></table></div>`;
}

function row(one: CaseSummary): Markup {
  const { report, decision, stopped } = one;
  return html`<tr><th scope="row"><a href="/cases/${one.id}">${personName(report.patient)}</a></th><td>${report.accession ?? 'none'}</td><td>${report.examinedAt?.slice(0, 10) ?? 'unknown'}</td>
<td>${reportWords(one.reading)}</td><td>${imagesWords(one)}</td>
<td>${decision ? `${decision.rule}: ${outcomeWords(decision)}` : 'not decided'}</td><td>${one.state}${stopped ? html`<br><span class="badge warn">${stopped.code}</span>` : ''}</td></tr>`;
}
