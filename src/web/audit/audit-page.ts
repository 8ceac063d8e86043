/** The audit page: question, charts with their tables, strata, reasons, and what cannot be said. */
import { html, raw } from 'hono/html';
import {
  type AuditFigures,
  type AuditQuestion,
  PERIODS,
  type RunSignals,
  type ShareFigure,
  STRATA,
  type TimeFigure,
} from '#src/case/audit-figures.ts';
import type { Markup } from '../layout.ts';
import { table } from '../operations/operations-page.ts';
import { shareChart, timeChart } from './share-chart.ts';

const STRATUM_WORDS = { age: 'Age', sex: 'Sex', site: 'Source', scanner: 'Scanner', modality: 'Modality', model: 'Model version' } as const;

export function questionQuery(question: AuditQuestion, more: Readonly<Record<string, string>> = {}): string {
  const only = question.only ? { stratum: question.only.name, value: question.only.value } : {};
  return `?${new URLSearchParams({ from: question.from, to: question.to, by: question.by, ...only, ...more }).toString()}`;
}

export function auditPage(figures: AuditFigures): Markup {
  const { question, shares } = figures;
  const group = (kind: ShareFigure['measure']['kind']): readonly ShareFigure[] => shares.filter((one) => one.measure.kind === kind);
  return html`${questionForm(figures)}
<ul class="tiles"><li><strong>${figures.cases}</strong> cases</li><li><strong>${figures.backlog}</strong> open referrals now</li></ul>
<p class="actions"><a class="button quiet" href="/audit.csv${questionQuery(question)}">Figures as CSV</a><a class="button quiet" href="/audit-fls-db.csv${questionQuery(question)}">Referrals under FLS-DB field names (holds patients' numbers)</a></p>
<p class="note">Grey steps are the 3-sigma limits of the p-chart; a crossed ring lies outside them. Counts from 1 to 4 are not told (shown as "under 5"), because with few people a count can name one. Other counts may still let one be worked out by subtraction: think before you pass a table on.</p>
<div class="charts">${group('main').map((one) => shareSection(one, question))}${figures.times.map(timeSection)}</div>
<h2>Wording of the report</h2><div class="charts">${group('wording').map((one) => shareSection(one, question))}</div>
<h2>Balancing measures</h2><div class="charts">${group('balance').map((one) => shareSection(one, question))}</div>
<div class="columns even">${figures.reasons.map(
    (one) =>
      html`<section class="panel"><h2>${one.name}</h2>${table(
        ['Reason', 'Count'],
        one.reasons.map((reason) => [reason.code.replaceAll('-', ' '), reason.count === null ? 'under 5' : String(reason.count)]),
        'None.',
      )}</section>`,
  )}</div>
<section class="panel"><h2>Cannot say</h2><p>These belong to the audit, but Backstop holds no data for them.</p>${table(
    ['Measure', 'Name', 'Why'],
    figures.cannotSay.map((one) => [one.id, one.name, one.because]),
    '',
  )}</section>`;
}

function questionForm({ question, shares }: AuditFigures): Markup {
  const values = [...new Map((shares.find((one) => one.measure.id === 'B6')?.strata ?? []).map((row) => [`${row.name}=${row.value}`, row])).values()];
  const chosen = question.only ? `${question.only.name}=${question.only.value}` : '';
  const options = question.only && !values.some((row) => `${row.name}=${row.value}` === chosen) ? [...values, question.only] : values;
  return html`<form class="filters" method="get" action="/audit" aria-label="Question">
<div><label for="from">From</label><input id="from" type="date" name="from" value="${question.from}"></div>
<div><label for="to">To (not included)</label><input id="to" type="date" name="to" value="${question.to}"></div>
<div><label for="by">By</label><select id="by" name="by">${PERIODS.map((period) => html`<option value="${period}"${period === question.by ? raw(' selected') : ''}>${period}</option>`)}</select></div>
<div><label for="only">Only</label><select id="only" name="only"><option value="">all cases</option>${STRATA.map((name) => html`<optgroup label="${STRATUM_WORDS[name]}">${options.filter((row) => row.name === name).map((row) => html`<option value="${name}=${row.value}"${`${name}=${row.value}` === chosen ? raw(' selected') : ''}>${row.value}</option>`)}</optgroup>`)}</select></div>
<button type="submit">Show</button></form>`;
}

function shareSection(figure: ShareFigure, question: AuditQuestion): Markup {
  const { measure, overall, points, run } = figure;
  const counted = points.some((point) => point.counted !== 0);
  return html`<section class="panel" id="${measure.id}"><h2>${measure.id} ${measure.name}: ${overall ? percent(overall.share) : 'cannot say'}${overall ? ` (${overall.hits} of ${overall.counted})` : ''}</h2>
<p>Counted: ${measure.counted}. Hit: ${measure.hit}.${measure.baseline ? ` Start: ${measure.baseline.percent} % (${measure.baseline.source}).` : ''}${measure.targetPercent === null ? '' : ` Aim: ${measure.targetPercent} %.`}</p>
${
  counted
    ? html`${shareChart(figure)}<p>${signalWords(points.filter((point) => point.outside).length, run)}</p>
<details><summary>Table and cases<span class="hidden"> of ${measure.id}</span></summary>${pointTable(figure, question)}${strataTable(figure)}</details>`
    : html`<p>No case counts here yet.</p>`
}</section>`;
}

function signalWords(outside: number, run: RunSignals | null): string {
  const first =
    outside === 0
      ? 'No point lies outside its 3-sigma limits.'
      : `${outside} ${outside === 1 ? 'point lies' : 'points lie'} outside the 3-sigma limits.`;
  if (!run) return `${first} Too few points for the rules of the run chart (10 are needed).`;
  return `${first} Longest run ${run.longestRun} (limit ${run.longestRunLimit}), crossings of the median ${run.crossings} (at least ${run.crossingsLimit}): ${run.shift ? 'a shift (Anhøj)' : 'no shift (Anhøj)'}.`;
}

const percent = (share: number | null): string => (share === null ? 'cannot say' : `${(100 * share).toFixed(1)} %`);
const count = (value: number | null): string => (value === null ? 'under 5' : String(value));

function pointTable({ measure, points }: ShareFigure, question: AuditQuestion): Markup {
  const link = (period: string, hit: string, words: string): Markup =>
    html`<a href="/audit/cases${questionQuery(question, { measure: measure.id, period, hit })}">${words}<span class="hidden"> of ${measure.id} in ${period}</span></a>`;
  return table(
    ['Period', 'Hits', 'Counted', 'Share', 'Limits', 'Cases'],
    points.map((point) => [
      point.period,
      count(point.hits),
      count(point.counted),
      point.counted === 0 ? 'none' : percent(point.share),
      point.low === null ? '' : `${percent(point.low)} to ${percent(point.high)}${point.outside ? ', outside' : ''}`,
      point.counted === 0 ? '' : html`${link(point.period, 'yes', 'hits')} ${link(point.period, 'no', 'misses')}`,
    ]),
    'None.',
  );
}

function strataTable({ strata }: ShareFigure): Markup {
  return table(
    ['Stratum', 'Value', 'Hits', 'Counted', 'Share'],
    strata.map((row) => [STRATUM_WORDS[row.name], row.value, count(row.hits), count(row.counted), percent(row.share)]),
    'None.',
  );
}

function timeSection(figure: TimeFigure): Markup {
  const told = figure.points.some((point) => point.value !== null);
  return html`<section class="panel" id="${figure.id}"><h2>${figure.id} ${figure.name}: ${figure.mean === null ? 'cannot say' : `mean of the medians ${figure.mean.toFixed(1)} ${figure.unit}`}</h2>
<p>From the examination to the moment the work first stood in the health record; the median of each period on an XmR chart (mean and 2.66 times the mean moving range).</p>
${
  told
    ? html`${timeChart(figure)}<details><summary>Table<span class="hidden"> of ${figure.id}</span></summary>${table(
        ['Period', 'Median', 'Cases', 'Outside'],
        figure.points.map((point) => [
          point.period,
          point.value === null ? 'cannot say' : `${point.value.toFixed(1)} ${figure.unit}`,
          count(point.counted),
          point.outside ? 'yes' : 'no',
        ]),
        'None.',
      )}</details>`
    : html`<p>No period has 5 cases yet.</p>`
}</section>`;
}
