/** The page of one case: picture beside figures, the report with its marks, the decision with its reasons, and the time line. */
import { html } from 'hono/html';
import type { Case } from '#src/case/case.ts';
import type { CaseEvent } from '#src/ports.ts';
import type { Markup } from '../layout.ts';
import { reportText } from './report-text.ts';
import { spineFigure } from './spine-figure.ts';
import { vertebraTable } from './vertebra-table.ts';

export interface CasePageParts {
  readonly subject: Case;
  readonly events: readonly CaseEvent[];
  /** Link to the whole study in the site's viewer, or null. */
  readonly viewerUrl: string | null;
  /** Forms of the viewer's role, under the decision. */
  readonly actions: Markup | null;
}

export function caseTitle(subject: Case): string {
  const { report } = subject.facts;
  return `${report.patient.familyName}, ${report.patient.givenName}: ${report.procedure?.text || report.modality || 'study'}${day(report.examinedAt)}`;
}

export function casePage(parts: CasePageParts): Markup {
  const { facts } = parts.subject;
  return html`${summary(parts)}
<div class="columns">
<div>${facts.finding?.state === 'measured' ? spineFigure(facts.finding, `/cases/${parts.subject.id}/strip.png`) : html`<p class="note warn">${cannotSay(parts.subject)}</p>`}</div>
<div>
${facts.finding ? html`<section class="panel"><h2>Measured on the images</h2>${vertebraTable(facts.finding)}${density(parts.subject)}</section>` : ''}
<section class="panel"><h2>What the report says</h2>${reading(parts.subject)}${reportText(facts.report.text, facts.reading)}</section>
</div>
</div>
<div class="columns">
<section class="panel"><h2>Evidence</h2>${evidence(parts)}</section>
<section class="panel"><h2>Time line</h2><ol class="timeline">${parts.events.map((event) => html`<li><time datetime="${event.at}">${event.at.slice(0, 16).replace('T', ' ')}</time>${event.step}: ${event.outcome}. ${event.detail}${event.ms === null ? '' : ` (${event.ms} ms)`}</li>`)}</ol></section>
</div>`;
}

function summary(parts: CasePageParts): Markup {
  const { facts, state } = parts.subject;
  const because = facts.decision?.because ?? [];
  const tone = facts.stopped ? 'warn' : facts.decision?.outcome === 'refer' || facts.decision?.outcome === 'urgent-to-referrer' ? 'bad' : '';
  return html`<div class="note ${tone}"><p><strong>${facts.decision ? `${facts.decision.rule}: ${facts.decision.outcome.replaceAll('-', ' ')}` : state}</strong>${facts.decision?.dueDate ? ` by ${facts.decision.dueDate}` : ''}${facts.stopped ? ` (${facts.stopped.code}: ${facts.stopped.text})` : ''}</p>
${because.length > 0 ? html`<ul>${because.map((one) => html`<li>${one.text} <span class="badge plain">${one.rule}</span></li>`)}</ul>` : ''}
${facts.decision?.addendumText ? html`<p>Words for an addendum: <q>${facts.decision.addendumText}</q></p>` : ''}</div>${parts.actions ?? ''}`;
}

function cannotSay(subject: Case): string {
  const { finding } = subject.facts;
  if (finding?.state === 'cannot-say') return `The images could not be judged: ${finding.detail} This does not mean that there is no fracture.`;
  return 'The images have not been measured. This does not mean that there is no fracture.';
}

function density(subject: Case): Markup {
  const value = subject.facts.finding?.state === 'measured' ? subject.facts.finding.density : null;
  if (!value) return html``;
  return html`<p>Trabecular attenuation of ${value.level}: ${value.hu.toFixed(0)} HU (sd ${value.sdHu.toFixed(0)} HU, ${value.areaMm2.toFixed(0)} mm²)${value.kvp ? `, ${value.kvp} kV` : ', tube voltage not known'}${value.contrast ? ', with contrast' : ''}. HU is not a bone density and gives no T-score.</p>`;
}

function reading(subject: Case): Markup {
  const found = subject.facts.reading;
  if (!found) return html`<p>The text has not been read yet.</p>`;
  const words = {
    stated: 'The report states a vertebral fracture',
    uncertain: 'The report is not sure about a vertebral fracture',
    denied: 'The report denies a vertebral fracture',
    silent: 'The report says nothing about vertebral fractures',
  }[found.fracture];
  return html`<p>${words}${found.levels.length > 0 ? ` (${found.levels.join(', ')})` : ''}${found.ambiguousOnly ? ', in ambiguous words only' : ''}. ${found.advice ? 'It gives advice on osteoporosis.' : 'It gives no advice on osteoporosis.'}</p>`;
}

function evidence(parts: CasePageParts): Markup {
  const { facts } = parts.subject;
  const measured = facts.finding?.state === 'measured' ? facts.finding : null;
  const rows: readonly (readonly [string, string | Markup])[] = [
    [
      'Patient',
      `${facts.report.patient.familyName}, ${facts.report.patient.givenName}, born ${facts.report.patient.birthDate ?? 'unknown'}, ${facts.report.patient.sex}`,
    ],
    ['Number', facts.report.patient.id.value],
    ['Accession', facts.report.accession ?? 'none'],
    ['Examined', facts.report.examinedAt ?? 'unknown'],
    ['Report', `${facts.report.status}, version ${parts.subject.reportVersion}`],
    ...(measured
      ? ([
          ['Series', `${measured.series.scanner}, ${measured.series.sopInstanceUids.length} images, ${measured.series.because.join('; ')}`],
          ['Model', measured.models.map((model) => `${model.id} ${model.version} (${model.sha256.slice(0, 8)})`).join(', ')],
          ['Runs on', measured.executionProvider],
        ] as const)
      : []),
    ['Written', facts.resources.length === 0 ? 'nothing' : facts.resources.map((resource) => `${resource.resourceType}/${resource.id}`).join(', ')],
    [
      'Answers',
      facts.answers.length === 0
        ? 'none'
        : facts.answers.map((answer) => `${answer.kind} (${answer.reasonCode ?? 'no reason'}) ${answer.at.slice(0, 10)}`).join('; '),
    ],
    ...(parts.viewerUrl ? ([['Whole study', html`<a href="${parts.viewerUrl}" rel="noopener noreferrer">open in the viewer</a>`]] as const) : []),
  ];
  return html`<dl class="facts">${rows.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>`;
}

function day(time: string | null): string {
  return time ? `, ${time.slice(0, 10)}` : '';
}
