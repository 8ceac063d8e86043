/** The yearly report as one HTML file, to be read, kept and printed: did the reports get better where Backstop works? */
import { html } from 'hono/html';
import type { ShareFigure } from '#src/case/audit-figures.ts';
import type { Counts, Estimate, PhaseChart, YearMeasure, YearReport } from '#src/case/year-report.ts';
import type { Markup } from '../layout.ts';
import { shareChart } from './share-chart.ts';
import { plainTable, standalonePage } from './standalone-page.ts';
import { phaseChartSvg, seriesChartSvg } from './year-charts.ts';

const number = (name: string) => ({ name, isNumber: true });
const points = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)} points`;
const signed = (share: number): string => `${share < 0 ? '−' : ''}${Math.abs(100 * share).toFixed(1)}`;
const interval = ({ low, high, p }: Estimate): string =>
  `95 % interval ${signed(low)} to ${signed(high)}, p ${p < 0.001 ? '< 0.001' : `= ${p.toFixed(3)}`}`;
/** Counts from 1 to 4 are not told: with few people a count can name one. */
const isSmall = (count: number): boolean => count > 0 && count < 5;
const hides = ({ hits, counted }: Counts): boolean => isSmall(hits) || isSmall(counted);
const told = (counts: Counts | null): string => {
  if (counts === null) return 'no control group';
  if (counts.counted === 0) return 'none to count';
  return hides(counts) ? 'under 5' : `${((100 * counts.hits) / counts.counted).toFixed(1)} % (${counts.hits} of ${counts.counted})`;
};

export function yearPage(report: YearReport): Promise<string> {
  const { audit, year, intervention, measures } = report;
  const m1 = audit.shares.find((one) => one.measure.id === 'M1');
  const m2 = audit.shares.find((one) => one.measure.id === 'M2');
  return standalonePage(
    `Audit of vertebral fracture reporting, ${year}`,
    html`<ul class="tiles"><li><strong>${audit.cases}</strong> reports</li>${[m1, m2].map((one) => (one ? tile(one) : ''))}<li><strong>${audit.backlog}</strong> open referrals now</li></ul>
${
  intervention === null
    ? html`<p>No day was named on which work with Backstop began (--intervention): before and after are not compared.</p>`
    : html`<p>Backstop began on <strong>${intervention}</strong> at ${report.interventionSites.join(', ')}. ${report.controlSites.length === 0 ? 'There is no control group: what changed at the same time for other reasons cannot be told from Backstop’s effect.' : `Control group, which worked as before: ${report.controlSites.join(', ')}.`}</p>`
}
${measures.map(compared)}
<h2>What a next study needs</h2>
<p>Two-sided test at 5 %, power 80 %. The weekly column is the share of ${report.simulatedYears} simulated years of this year’s size in which the step was seen in the time series; it needs more than two plain groups do.</p>
${plainTable(
  'Examinations needed to see a rise',
  [{ name: 'Measure' }, number('from, %'), number('to, %'), number('counted, each group'), number('scans in all'), number('seen in weekly series')],
  report.power.map((line) => [
    line.measure,
    (100 * line.from).toFixed(0),
    (100 * line.to).toFixed(0),
    line.inEachGroup,
    line.scans ?? 'cannot say',
    line.seriesPower === null ? 'cannot say' : `${(100 * line.seriesPower).toFixed(0)} %`,
  ]),
)}
<h2>The year by month, all sites</h2>
${audit.shares.filter((one) => one.measure.kind === 'main').map(monthly)}
<h2>Wording and balance</h2>
${plainTable(
  'All measures, whole year',
  [{ name: 'Measure' }, { name: 'Name' }, number('Share'), number('Hits'), number('Counted'), number('Aim')],
  audit.shares.map((one) => [
    one.measure.id,
    one.measure.name,
    one.overall ? `${(100 * one.overall.share).toFixed(1)} %` : 'not told',
    one.overall?.hits ?? '',
    one.overall?.counted ?? '',
    one.measure.targetPercent === null ? '' : `${one.measure.targetPercent} %`,
  ]),
)}
${plainTable(
  'What cannot be said',
  [{ name: 'Measure' }, { name: 'Name' }, { name: 'Why' }],
  audit.cannotSay.map((one) => [one.id, one.name, one.because]),
)}
<section><h2>How it was worked out</h2>
<p>A case counts on the day of its report. M1 counts examinations with a vertebral fracture of grade 2 or 3, as a radiologist gave it in a review, else as the model measured it: where the model is wrong, so is M1’s denominator. Counts from 1 to 4 are not told.</p>
<p>Time series: the weekly share of the arm that works with Backstop less that of the control group, weighted by the counts, fitted with a level and a slope before and after; Newey and West’s errors allow neighbouring weeks to be alike. Difference in differences: four shares, normal approximation. Monthly charts: the grey steps are the 3-sigma limits of the time before, drawn on; a ring marks a month outside them. None of this makes a controlled trial: sites chose themselves, and a change of scanner, staff or guideline at one of them looks like an effect.</p></section>`,
  );
}

function tile(figure: ShareFigure): Markup {
  const { measure, overall } = figure;
  return html`<li><strong>${overall ? `${(100 * overall.share).toFixed(1)} %` : 'not told'}</strong> ${measure.name.toLowerCase()}${measure.baseline ? ` (start ${measure.baseline.percent} %, aim ${measure.targetPercent} %)` : ''}</li>`;
}

function compared(one: YearMeasure): Markup {
  const { measure, did, series, chart, controlChart } = one;
  const isTold = (point: PhaseChart['points'][number]): boolean => !hides(point);
  return html`<section><h2>${measure.id} ${measure.name}: before and after</h2>
${plainTable(
  'Shares',
  [{ name: '' }, { name: 'Before' }, { name: 'After' }],
  [
    ['With Backstop', told(one.before), told(one.after)],
    ['Control', told(one.controlBefore), told(one.controlAfter)],
  ],
)}
<p>${did ? html`Difference in differences: <strong>${points(did.value)}</strong> (${interval(did)}). With Backstop ${points(did.own)}, control ${did.control === null ? 'none' : points(did.control)}.` : 'Cannot say: a group is empty.'}${measure.baseline ? ` The audit with which the project began: ${measure.baseline.percent} %.` : ''}</p>
${chart ? html`<h3>By month</h3>${phaseChartSvg(`${measure.name} by month, with Backstop (dots) and control (squares)`, chart, controlChart, isTold)}<p class="note">Dots: sites with Backstop. Squares: control.</p>` : ''}
${
  series
    ? html`<h3>Time series by week</h3><p>Level at the start: <strong>${points(series.level.value)}</strong> (${interval(series.level)}). Slope after, against before: ${points(series.slope.value)} a week (${interval(series.slope)}). ${series.points.length} weeks, ${series.lags} lags.</p>${seriesChartSvg(`${measure.name}: weekly ${series.withControl ? 'difference between the arms' : 'share'} and its fit`, series)}`
    : html`<p>Time series: too few weeks before or after to fit one.</p>`
}</section>`;
}

function monthly(figure: ShareFigure): Markup {
  const counted = figure.points.some((point) => point.share !== null);
  return html`<section><h3>${figure.measure.id} ${figure.measure.name}: ${figure.overall ? `${(100 * figure.overall.share).toFixed(1)} % (${figure.overall.hits} of ${figure.overall.counted})` : 'not told'}</h3>
<p class="note">Counted: ${figure.measure.counted}. Hit: ${figure.measure.hit}.</p>${counted ? shareChart(figure) : html`<p>No month has figures that may be told.</p>`}</section>`;
}
