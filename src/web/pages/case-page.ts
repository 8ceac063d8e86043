/** The page of one case: picture beside figures, the report with its marks, the decision with its reasons, and the time line. */
import { html } from 'hono/html';
import type { Case } from '#src/case/case.ts';
import type { Delivery } from '#src/case/delivery.ts';
import type { CaseEvent, CaseNote } from '#src/ports.ts';
import type { Markup } from '../layout.ts';
import { birthAndAge, moment, outcomeWords, personName } from '../words.ts';
import { deliveryTable } from './delivery-table.ts';
import { reportText } from './report-text.ts';
import { spineFigure } from './spine-figure.ts';
import { vertebraTable } from './vertebra-table.ts';

export interface CasePageParts {
  readonly subject: Case;
  /** A radiologist changed what was measured: the subject is as they left it. */
  readonly changed: boolean;
  readonly events: readonly CaseEvent[];
  readonly notes: readonly CaseNote[];
  readonly deliveries: readonly Delivery[];
  /** Link to the whole study in the site's viewer, or null. */
  readonly viewerUrl: string | null;
  /** Where this viewer may confirm, change or refute, or null. */
  readonly reviewUrl: string | null;
  readonly today: string;
}

export function caseTitle(subject: Case): string {
  const { report } = subject.facts;
  const day = report.examinedAt ? `, ${report.examinedAt.slice(0, 10)}` : '';
  return `${personName(report.patient)}: ${report.procedure?.text || report.modality || 'study'}${day}`;
}

export function casePage(parts: CasePageParts): Markup {
  const { facts, id } = parts.subject;
  const { finding } = facts;
  return html`${identity(parts)}
${decisionPanel(parts)}
<div class="columns">
<section class="panel"><h2>Picture</h2>${finding?.state === 'measured' ? spineFigure(finding, `/cases/${id}/strip.png`) : html`<p class="note warn">${cannotSay(parts.subject)}</p>`}</section>
<div>
${finding ? html`<section class="panel"><h2>Measured on the images</h2>${parts.changed ? html`<p class="note">A radiologist changed what was measured. This is how they left it, and how it stands in the health record.</p>` : ''}${vertebraTable(finding)}${density(parts.subject)}</section>` : ''}
<section class="panel"><h2>What the report says</h2>${readingWords(parts.subject)}${reportText(facts.report.text, facts.reading)}</section>
</div>
</div>
<div class="columns">
<section class="panel"><h2>Evidence</h2>${evidence(parts)}${deliveryTable(parts)}</section>
<section class="panel"><h2>Time line</h2>${timeLine(parts)}</section>
</div>`;
}

function identity({ subject, today, viewerUrl, reviewUrl }: CasePageParts): Markup {
  const { patient } = subject.facts.report;
  return html`<p class="identity"><strong>${personName(patient)}</strong>, ${birthAndAge(patient.birthDate, today)}, ${patient.sex}, number ${patient.id.value}, accession ${subject.facts.report.accession ?? 'none'}</p>
${viewerUrl || reviewUrl ? html`<p class="actions">${reviewUrl ? html`<a class="button" href="${reviewUrl}">Confirm, change or refute</a>` : ''}${viewerUrl ? html`<a class="button quiet" href="${viewerUrl}" rel="noopener noreferrer">Whole study in the viewer</a>` : ''}</p>` : ''}`;
}

export function decisionPanel({ subject }: Pick<CasePageParts, 'subject'>): Markup {
  const { decision, stopped } = subject.facts;
  const tone = stopped ? 'warn' : decision?.outcome === 'refer' || decision?.outcome === 'urgent-to-referrer' ? 'bad' : '';
  return html`<section class="note ${tone}" aria-label="Decision">
<p><strong>${decision ? outcomeWords(decision) : 'Not decided yet'}</strong>${decision?.dueDate ? `, due ${decision.dueDate}` : ''}${decision ? html` <span class="badge plain">rule ${decision.rule}</span>` : ''}${decision?.veryHighRisk ? html` <span class="badge bad">very high risk</span>` : ''}</p>
${stopped ? html`<p>Stopped (${stopped.code}): ${stopped.text}</p>` : ''}
${decision && decision.because.length > 0 ? html`<ul>${decision.because.map((one) => html`<li>${one.text} <span class="badge plain">${one.rule}</span></li>`)}</ul>` : ''}
${decision?.addendumText ? html`<p>Words for an addendum: <q>${decision.addendumText}</q></p>` : ''}</section>`;
}

export function cannotSay(subject: Case): string {
  const { finding } = subject.facts;
  if (finding?.state === 'cannot-say') return `Cannot say: ${finding.detail} This does not mean that there is no fracture.`;
  return 'Cannot say: the images have not been measured. This does not mean that there is no fracture.';
}

function density(subject: Case): Markup {
  const value = subject.facts.finding?.state === 'measured' ? subject.facts.finding.density : null;
  if (!value) return html``;
  return html`<p>Trabecular attenuation of ${value.level}: ${value.hu.toFixed(0)} HU (sd ${value.sdHu.toFixed(0)} HU, ${value.areaMm2.toFixed(0)} mm²)${value.kvp ? `, ${value.kvp} kV` : ', tube voltage not known'}${value.contrast ? ', with contrast' : ''}. HU is not a bone density and gives no T-score.</p>`;
}

export function readingWords(subject: Case): Markup {
  const found = subject.facts.reading;
  if (!found) return html`<p>The text has not been read yet.</p>`;
  if (found.fracture === 'not-read') {
    return html`<p class="note warn">The report’s text could not be read by Backstop: its words are in a document of the message (PDF, scan). What it says is not known, and it is not compared with the images. Read the report where it is kept.</p>`;
  }
  const words = {
    stated: 'The report states a vertebral fracture',
    uncertain: 'The report is not sure about a vertebral fracture',
    denied: 'The report denies a vertebral fracture',
    silent: 'The report says nothing about vertebral fractures',
  }[found.fracture];
  return html`<p>${words}${found.levels.length > 0 ? ` (${found.levels.join(', ')})` : ''}${found.ambiguousOnly ? ', in ambiguous words only' : ''}. ${found.advice ? 'It gives advice on osteoporosis.' : 'It gives no advice on osteoporosis.'}</p>`;
}

function evidence({ subject }: CasePageParts): Markup {
  const { facts } = subject;
  const measured = facts.finding?.state === 'measured' ? facts.finding : null;
  const written = facts.resources.filter((resource) => !resource.refused);
  const rows: readonly (readonly [string, string])[] = [
    ['Examined', `${moment(facts.report.examinedAt)} UTC`],
    ['Report', `${facts.report.status}, version ${subject.reportVersion}`],
    ...(measured
      ? ([
          ['Series', `${measured.series.scanner || 'scanner not named'}; ${measured.series.because.join('; ') || 'no reason kept'}`],
          ['Model', measured.models.map((model) => `${model.id} ${model.version} (${model.sha256.slice(0, 8)})`).join(', ')],
          ['Runs on', measured.executionProvider],
        ] as const)
      : []),
    ...(facts.finding?.notes?.length ? ([['Noted on the images', facts.finding.notes.join('; ')]] as const) : []),
    [
      'In the record',
      written.length === 0 ? 'nothing written' : written.map((one) => `${one.resourceType}/${one.id}${one.role ? ` (${one.role})` : ''}`).join(', '),
    ],
    [
      'Answers',
      facts.answers.length === 0
        ? 'none'
        : facts.answers
            .map(
              (one) =>
                `${one.at.slice(0, 10)} ${one.kind.replaceAll('-', ' ')}${one.reasonCode ? ` (${one.reasonCode.replaceAll('-', ' ')}${one.reasonText ? `: ${one.reasonText}` : ''})` : ''}`,
            )
            .join('; '),
    ],
    ['Policy', facts.decision?.policyVersion ?? 'not decided'],
  ];
  return html`<dl class="facts">${rows.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>`;
}

function timeLine({ events, notes }: CasePageParts): Markup {
  const lines = [
    ...events.map((event) => ({ at: event.at, text: `${event.step.replaceAll('-', ' ')}: ${event.outcome}. ${event.detail}`, ms: event.ms })),
    ...notes.map((note) => ({
      at: note.at,
      text: `${note.byName}: ${note.kind === 'handed-over' ? (note.text ? `handed over to ${note.text}` : 'given back to the list') : note.text}`,
      ms: null,
    })),
  ].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return html`<ol class="timeline">${lines.map((line) => html`<li><time datetime="${line.at}">${moment(line.at)} UTC</time>${line.text}${line.ms === null ? '' : html` <span class="soft">(${line.ms} ms)</span>`}</li>`)}</ol>`;
}
