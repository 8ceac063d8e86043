/** The yearly report: its counts are the truth of the made year, its page says them, and the estimates lie where the truth is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditCase } from '#src/case/audit-figures.ts';
import { caseId } from '#src/case/ids.ts';
import { referralStatus } from '#src/case/referral-status.ts';
import { periodOf } from '#src/measure/audit-figures.ts';
import { interruptedSeries } from '#src/measure/interrupted-series.ts';
import { yearReport } from '#src/measure/year-report.ts';
import { yearPage } from '#src/web/audit/year-page.ts';
import { yearCase } from '../../tools/year/year-case.ts';
import { DEFAULT_YEAR, trueGrade, type YearTruth } from '../../tools/year/year-options.ts';
import { yearTruths } from '../../tools/year/year-truth.ts';

const truths = [...yearTruths({ ...DEFAULT_YEAR, reports: 2500 })];
const cases = truths.map((truth): AuditCase => {
  const { id, state, facts, at, events } = yearCase(truth, 1);
  const { report, reading, finding, history, decision, answers, stopped } = facts;
  return {
    id: caseId(id),
    state,
    version: 1,
    reportVersion: 1,
    patientReference: null,
    createdAt: at,
    updatedAt: at,
    referral: referralStatus(answers),
    report,
    reading,
    finding: finding && {
      state: finding.state,
      ...(finding.state === 'measured' ? { worstGrade: finding.worstGrade } : {}),
      scanner: null,
      models: [],
      vertebrae: [],
    },
    history,
    decision,
    answers,
    stopped,
    writtenAt: events.at(-1)?.at ?? null,
  };
});
const QUESTION = { year: '2025', intervention: '2025-07-01', interventionSites: ['ashmore', 'birchfield'], today: '2026-02-01', backlog: 3 };
const report = yearReport(cases, QUESTION);

function byHand(own: readonly YearTruth[], id: string): { hits: number; counted: number } {
  const counted = own.filter((truth) => (id === 'M1' ? truth.measured && trueGrade(truth) >= 2 : truth.says === 'stated'));
  return { hits: counted.filter((truth) => (id === 'M1' ? truth.says === 'stated' : truth.advice)).length, counted: counted.length };
}

test('before and after, with Backstop and without: the counts are the truth that went in', () => {
  for (const one of report.measures) {
    const group = (arm: string, phase: string) =>
      byHand(
        truths.filter((truth) => truth.site.arm === arm && truth.phase === phase),
        one.measure.id,
      );
    assert.deepEqual(
      [one.before, one.after, one.controlBefore, one.controlAfter],
      [group('intervention', 'before'), group('intervention', 'after'), group('control', 'before'), group('control', 'after')],
    );
    const share = ({ hits, counted }: { hits: number; counted: number }): number => hits / counted;
    const own = share(group('intervention', 'after')) - share(group('intervention', 'before'));
    const control = share(group('control', 'after')) - share(group('control', 'before'));
    assert.ok(Math.abs((one.did?.value ?? 0) - (own - control)) < 1e-12);
  }
});

test('each month of the chart holds that month’s reports', () => {
  const chart = report.measures.find((one) => one.measure.id === 'M2')?.chart;
  assert.equal(chart?.points.length, 12);
  for (const point of chart.points) {
    const own = truths.filter((truth) => truth.site.arm === 'intervention' && truth.reportedAt.startsWith(point.period));
    assert.deepEqual({ hits: point.hits, counted: point.counted }, byHand(own, 'M2'));
    assert.equal(point.after, point.period >= '2025-07');
  }
});

test('in ten thousand reports the series sees that advice doubles, and its interval holds the truth', () => {
  const weeks = Map.groupBy(yearTruths(DEFAULT_YEAR), (truth) => periodOf(truth.reportedAt.slice(0, 10), 'week'));
  const series = interruptedSeries(
    [...weeks].map(([period, own]) => ({
      period,
      after: period === '2025-W27' ? null : period > '2025-W27',
      intervention: byHand(
        own.filter((truth) => truth.site.arm === 'intervention'),
        'M2',
      ),
      control: byHand(
        own.filter((truth) => truth.site.arm === 'control'),
        'M2',
      ),
    })),
  );
  assert.ok(series?.withControl && series.points.length > 40);
  const truth = DEFAULT_YEAR.advice.after - DEFAULT_YEAR.advice.before;
  assert.ok(series.level.low > 0 && series.level.low < truth && series.level.high > truth, JSON.stringify(series.level));
});

test('a change in the middle of a month leaves that month on neither side', () => {
  const shifted = yearReport(cases, { ...QUESTION, intervention: '2025-07-10' });
  const points = shifted.measures[0]?.chart?.points ?? [];
  assert.deepEqual(
    points.slice(5, 8).map((one) => one.after),
    [false, null, true],
  );
});

test('without a day of change nothing is compared; without named sites there is no control group', () => {
  assert.deepEqual(yearReport(cases, { ...QUESTION, intervention: null }).measures, []);
  const alone = yearReport(cases, { ...QUESTION, interventionSites: [] });
  assert.deepEqual(alone.controlSites, []);
  assert.equal(alone.measures[0]?.controlBefore, null);
  assert.equal(alone.measures[0]?.did?.control, null);
});

test('the page stands alone and says the counts; small ones are not told', async () => {
  const page = await yearPage(report);
  const m2 = report.measures.find((one) => one.measure.id === 'M2');
  assert.ok(m2);
  assert.ok(page.includes(`${((100 * m2.after.hits) / m2.after.counted).toFixed(1)} % (${m2.after.hits} of ${m2.after.counted})`));
  assert.doesNotMatch(page, /<script|<link|src=|href=/);
  assert.match(page, /coldwater, dunholm/);
  const few = yearReport(cases.slice(0, 40), QUESTION);
  assert.match(await yearPage(few), /under 5|none to count/);
});
