/** The radiologist's list: only disagreements of report and images, worst first. */
import { html } from 'hono/html';
import { type CaseSummary, worstGrade } from '#src/case/case-summary.ts';
import type { Markup } from '../layout.ts';
import { days, daysBetween, imagesWords, personName, reportWords } from '../words.ts';

/** Worst grade first, then the longest wait. */
export function inReviewOrder(cases: readonly CaseSummary[]): readonly CaseSummary[] {
  const low = (one: CaseSummary): number => (one.decision?.priority === 'low' ? 1 : 0);
  return cases.toSorted((a, b) => low(a) - low(b) || (worstGrade(b) ?? -1) - (worstGrade(a) ?? -1) || (a.createdAt < b.createdAt ? -1 : 1));
}

export function questionWords(one: Pick<CaseSummary, 'decision' | 'reading'>): string {
  if (isContradiction(one)) return 'The report states a fracture, a radiologist says there is none: a second one is needed';
  if (one.decision?.modelDisagrees) return 'The report states a fracture, the images measure none';
  if (one.reading?.fracture === 'not-read') return "Measured; the report's text could not be read, so not compared";
  if (one.decision?.outcome === 'clarification') return 'The report is not clear';
  return one.reading?.fracture === 'denied' ? 'Measured, and the report denies it' : 'Measured, and not in the report';
}

function isContradiction({ decision }: Pick<CaseSummary, 'decision'>): boolean {
  return decision?.outcome === 'clarification' && decision.confirmedBy === 'report';
}

export function reviewList(cases: readonly CaseSummary[], today: string, told: string): Markup {
  return html`<div id="told" role="status" class="${told ? 'note' : ''}">${told}</div>
${cases.length === 0 ? html`<p>Nothing waits for a review.</p>` : table(inReviewOrder(cases), today)}`;
}

function table(cases: readonly CaseSummary[], today: string): Markup {
  return html`<p><a class="button" href="/review/${cases[0]?.id}">Start with the first</a></p>
<div class="scroll" tabindex="0" role="region" aria-label="Cases to review"><table>
<caption>${cases.length} ${cases.length === 1 ? 'case' : 'cases'}; the worst grade first, low priority last</caption>
<thead><tr><th scope="col">Patient</th><th scope="col">Question</th><th scope="col">Images</th><th scope="col">Report</th><th scope="col">Examination</th><th scope="col">Waits</th><th scope="col">Due</th></tr></thead>
<tbody>${cases.map((one) => row(one, today))}</tbody></table></div>`;
}

function row(one: CaseSummary, today: string): Markup {
  const { report, decision } = one;
  const due = decision?.dueDate ?? null;
  const late = due === null ? 0 : daysBetween(due, today);
  return html`<tr><th scope="row"><a href="/review/${one.id}">${personName(report.patient)}</a></th><td>${questionWords(one)}${decision?.priority === 'low' ? html` <span class="badge plain">low priority</span>` : ''}</td><td>${imagesWords(one)}</td><td>${reportWords(one.reading)}</td>
<td>${report.procedure?.text ?? report.modality ?? ''}, ${report.examinedAt?.slice(0, 10) ?? 'date unknown'}</td><td>${days(Math.max(0, daysBetween(report.reportedAt ?? one.createdAt, today)))}</td><td>${due ?? 'none'}${late > 0 ? html` <span class="badge bad">overdue</span>` : ''}</td></tr>`;
}
