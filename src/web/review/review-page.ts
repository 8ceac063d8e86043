/** One disagreement: picture beside text, the figures, the points to move, and the three answers a radiologist can give. */
import { html, raw } from 'hono/html';
import type { Case } from '#src/case/case.ts';
import type { Measured } from '#src/case/finding.ts';
import { LEVELS, type Vertebra } from '#src/case/vertebra.ts';
import type { Markup } from '../layout.ts';
import { cannotSay, decisionPanel, readingWords } from '../pages/case-page.ts';
import { reportText } from '../pages/report-text.ts';
import { SIX_POINTS, spineFigure } from '../pages/spine-figure.ts';
import { vertebraTable } from '../pages/vertebra-table.ts';
import { birthAndAge, personName } from '../words.ts';
import type { Chosen } from './moved-points.ts';
import { REFUTE_REASONS } from './refute-reasons.ts';

export interface ReviewParts {
  readonly subject: Case;
  /** With the chosen vertebra measured again. */
  readonly finding: Measured | null;
  readonly chosen: Chosen;
  readonly moved: boolean;
  readonly stamp: string;
  readonly csrf: string;
  readonly today: string;
  readonly viewerUrl: string | null;
  readonly nextUrl: string | null;
  readonly waiting: number;
  readonly addendum: string | null;
}

const POINT_WORDS = {
  AS: 'upper edge, front',
  MS: 'upper edge, middle',
  PS: 'upper edge, back',
  AI: 'lower edge, front',
  MI: 'lower edge, middle',
  PI: 'lower edge, back',
} as const;

export function reviewPage(parts: ReviewParts): Markup {
  const { subject, finding } = parts;
  const { patient, accession } = subject.facts.report;
  return html`<p class="identity"><strong>${personName(patient)}</strong>, ${birthAndAge(patient.birthDate, parts.today)}, ${patient.sex}, number ${patient.id.value}, accession ${accession ?? 'none'}</p>
<p class="actions">${parts.nextUrl ? html`<a class="button quiet" id="next-case" href="${parts.nextUrl}" accesskey="n">Next case (n)</a>` : ''}<a href="/review">List (${parts.waiting} waiting)</a><a href="/cases/${subject.id}">Case page</a>${parts.viewerUrl ? html`<a href="${parts.viewerUrl}" rel="noopener noreferrer">Whole study in the viewer</a>` : ''}<button type="button" class="quiet" id="key-switch" hidden aria-pressed="true">Single keys are on</button></p>
${decisionPanel(parts)}
<div class="columns">
<section class="panel stays"><h2>Picture</h2>${finding ? spineFigure(finding, `/cases/${subject.id}/strip.png`, parts.chosen.level) : html`<p class="note warn">${cannotSay(subject)}</p>`}</section>
<div>
<section class="panel"><h2>What the report says</h2>${readingWords(subject)}${reportText(subject.facts.report.text, subject.facts.reading)}</section>
<section class="panel"><h2>Your answer</h2>${answers(parts)}</section>
${finding ? html`<section class="panel"><h2>Measured on the images</h2>${vertebraTable(finding)}</section>${points(parts, finding)}` : ''}
${parts.addendum ? words(parts.addendum) : ''}
</div></div>
<script src="/static/review.js" defer></script>`;
}

export function words(addendum: string): Markup {
  return html`<section class="panel"><h2>Words for the addendum</h2><label for="addendum">To copy into the report; brackets are for you to fill or delete</label><textarea id="addendum" class="wide" rows="4" readonly>${addendum}</textarea> <button type="button" class="quiet" id="copy" hidden>Copy</button></section>`;
}

function hidden(parts: ReviewParts): Markup {
  const moved =
    parts.moved && parts.chosen.level
      ? SIX_POINTS.flatMap((name) =>
          ((point) =>
            point
              ? [html`<input type="hidden" name="${name}-x" value="${point[0]}"><input type="hidden" name="${name}-y" value="${point[1]}">`]
              : [])(parts.chosen.points[name]),
        )
      : [];
  return html`<input type="hidden" name="_csrf" value="${parts.csrf}"><input type="hidden" name="stamp" value="${parts.stamp}">${moved}${parts.chosen.level ? html`<input type="hidden" name="level" value="${parts.chosen.level}">` : ''}`;
}

function answers(parts: ReviewParts): Markup {
  const { subject, finding } = parts;
  const action = `/review/${subject.id}`;
  const fractured = finding?.vertebrae.some((vertebra) => vertebra.state === 'graded' && (vertebra.grade ?? 0) >= 1) ?? false;
  return html`${
    fractured && !parts.moved
      ? html`<form method="post" action="${action}">${hidden(parts)}<button type="submit" name="action" value="confirm">There is a fracture: as measured</button></form>`
      : ''
  }
<details${parts.moved || !fractured ? raw(' open') : ''}><summary>There is a fracture: change level or grade</summary>
<form method="post" action="${action}">${hidden(parts)}${grades(finding)}<button type="submit" name="action" value="change">There is a fracture: as given here</button></form></details>
<details><summary>There is no fracture</summary>
<form method="post" action="${action}">${hidden(parts)}<label for="refute-reason">Reason</label><select id="refute-reason" name="reason" required><option value="">choose a reason</option>${Object.entries(REFUTE_REASONS).map(([code, text]) => html`<option value="${code}">${text}</option>`)}</select>
<label for="refute-text">In words (needed for "other")</label><input id="refute-text" name="reasonText" maxlength="500" autocomplete="off">
<p><button type="submit" name="action" value="refute" class="danger">There is no fracture</button></p></form></details>`;
}

/** Level and grade of each vertebra as measured, to be changed; without a measurement, one empty line. */
function grades(finding: Measured | null): Markup {
  const rows: readonly (Vertebra | null)[] = finding ? finding.vertebrae : [null];
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Levels and grades"><table><caption>Grade: 0 none, 1 mild (20 to 25 % loss), 2 moderate (25 to 40 %), 3 severe (over 40 %)</caption>
<thead><tr><th scope="col">Measured</th><th scope="col">Level</th><th scope="col">Grade</th></tr></thead>
<tbody>${rows.map((vertebra, index) => gradeRow(vertebra, index))}</tbody></table></div>`;
}

function gradeRow(vertebra: Vertebra | null, index: number): Markup {
  const seen =
    vertebra === null
      ? 'not measured'
      : vertebra.state === 'not_evaluable'
        ? `${vertebra.levelText}: cannot say`
        : `${vertebra.levelText}: ${vertebra.loss?.percent.toFixed(0) ?? '?'} % loss`;
  const grade = vertebra?.state === 'not_evaluable' || vertebra === null ? '' : String(vertebra.grade ?? '');
  const select = (name: string, label: string, value: string, options: readonly (readonly [string, string])[]): Markup =>
    html`<select name="${name}" aria-label="${label}">${options.map(([option, text]) => html`<option value="${option}"${option === value ? raw(' selected') : ''}>${text}</option>`)}</select>`;
  return html`<tr><th scope="row">${seen}</th><td>${select(
    'levels',
    `Level of row ${index + 1}`,
    vertebra?.level ?? 'L1',
    LEVELS.map((level) => [level, level]),
  )}</td>
<td>${select('grades', `Grade of row ${index + 1}`, grade, [
    ['', 'cannot say'],
    ['0', '0 no fracture'],
    ['1', '1 mild'],
    ['2', '2 moderate'],
    ['3', '3 severe'],
  ])}</td></tr>`;
}

function points({ subject, chosen, moved }: ReviewParts, finding: Measured): Markup {
  const withPoints = finding.vertebrae.filter((vertebra) => vertebra.landmarks.length > 0);
  if (withPoints.length === 0) return html``;
  const vertebra = withPoints.find((one) => one.level === chosen.level) ?? null;
  const { columns, rows } = finding.picture;
  return html`<section class="panel" id="points"><h2>Move the points</h2>
<form method="get" action="/review/${subject.id}" class="filters"><div><label for="level">Vertebra</label><select id="level" name="level">${withPoints.map((one) => html`<option${one.level === chosen.level ? raw(' selected') : ''} value="${one.level}">${one.levelText}</option>`)}</select></div><button type="submit" class="quiet">Show its points</button></form>
${
  vertebra
    ? html`<form method="get" action="/review/${subject.id}#points" id="points-form" data-columns="${columns}" data-rows="${rows}"><input type="hidden" name="level" value="${vertebra.level}">
<p>Drag the dots on the picture, or change the numbers (picture pixels${finding.picture.mmPerPixel ? `, ${finding.picture.mmPerPixel} mm each` : ''}), then measure again.${moved ? ` Now: ${vertebra.loss?.percent.toFixed(0) ?? '?'} % loss, grade ${vertebra.gradeText}.` : ''}</p>
<div class="points">${SIX_POINTS.map((name) => pointInputs(name, vertebra, columns, rows))}</div>
<p><button type="submit">Measure again</button> <a href="/review/${subject.id}?level=${vertebra.level}#points">As the model placed them</a></p></form>`
    : ''
}</section>`;
}

function pointInputs(name: (typeof SIX_POINTS)[number], vertebra: Vertebra, columns: number, rows: number): Markup {
  const at = vertebra.landmarks.find((landmark) => landmark.name === name)?.picture;
  if (!at) return html``;
  return html`<fieldset><legend>${name}: ${POINT_WORDS[name]}</legend>
<label>column <input type="number" name="${name}-x" value="${at[0].toFixed(1)}" min="0" max="${columns - 1}" step="0.1"></label>
<label>row <input type="number" name="${name}-y" value="${at[1].toFixed(1)}" min="0" max="${rows - 1}" step="0.1"></label></fieldset>`;
}
