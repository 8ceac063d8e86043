/** The audit's figures on a made year of 10,000 cases, counted a second time by hand; small counts; periods; CSV. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AuditCase, AuditQuestion } from '#src/case/audit-figures.ts';
import { caseId } from '#src/case/ids.ts';
import { referralStatus } from '#src/case/referral-status.ts';
import { auditCsv, cell, flsDbCsv } from '#src/measure/audit-csv.ts';
import { auditFigures, casesBehind, periodOf, periodsOf } from '#src/measure/audit-figures.ts';
import { dayFrom, dayNumber, secondsOf } from '#src/measure/calendar.ts';
import type { InventedCase } from '#test/web/invented-cases.ts';
import { inventedYear } from '#test/web/invented-year.ts';

const UNTIL = '2026-11-23';
const QUESTION: AuditQuestion = { from: '2025-11-24', to: '2026-11-24', by: 'month', only: null };

/** As the database's summary gives it. */
function summed(one: InventedCase): AuditCase {
  const { report, reading, finding, history, decision, answers, stopped } = one.facts;
  const measured = finding?.state === 'measured' ? finding : null;
  return {
    id: caseId(one.id),
    state: one.state,
    version: 1,
    reportVersion: 1,
    patientReference: history?.patientReference ?? null,
    createdAt: one.at,
    updatedAt: one.at,
    referral: referralStatus(answers),
    report,
    reading,
    finding: finding && {
      state: finding.state,
      worstGrade: measured?.worstGrade ?? null,
      modality: measured?.modality ?? '',
      scanner: measured?.series.scanner ?? null,
      models: finding.models,
      vertebrae: finding.vertebrae.map((v) => ({
        level: v.level,
        levelText: v.levelText,
        state: v.state,
        grade: v.grade,
        gradeText: v.gradeText,
        percent: v.loss?.percent ?? null,
      })),
    },
    history,
    decision,
    answers,
    stopped,
    writtenAt: new Date(Date.parse(one.at) + 200_000).toISOString(),
  };
}

const year = inventedYear(10_000, UNTIL).map(summed);
const figures = auditFigures(year, QUESTION, UNTIL, 7);
const figure = (id: string) => {
  const found = figures.shares.find((one) => one.measure.id === id);
  assert.ok(found, id);
  return found;
};

test('10,000 cases: M1 and M2, whole and by month, are what a plain loop counts', () => {
  assert.equal(figures.cases, 10_000);
  const plain = (month: string | null) => {
    const counts = { fractured: 0, stated: 0, statedAny: 0, advised: 0 };
    for (const { report, reading, finding, answers } of year) {
      if (month !== null && !report.reportedAt?.startsWith(month)) continue;
      const refuted = answers.some((answer) => answer.kind === 'finding-refuted');
      if (!refuted && (finding?.worstGrade ?? 0) >= 2) {
        counts.fractured += 1;
        if (reading?.fracture === 'stated') counts.stated += 1;
      }
      if (reading?.fracture === 'stated') {
        counts.statedAny += 1;
        if (reading.advice) counts.advised += 1;
      }
    }
    return counts;
  };
  for (const month of [null, '2025-12', '2026-03', '2026-11']) {
    const counts = plain(month);
    const [m1, m2] = ['M1', 'M2'].map((id) => (month === null ? figure(id).overall : figure(id).points.find((point) => point.period === month)));
    assert.deepEqual(
      [m1?.hits, m1?.counted, m2?.hits, m2?.counted],
      [counts.stated, counts.fractured, counts.advised, counts.statedAny],
      month ?? 'all',
    );
    assert.ok(counts.fractured > 0 && counts.stated < counts.fractured && counts.advised < counts.statedAny);
  }
});

test('the improvement half way through the year is seen: points outside the limits and a shift by week', () => {
  const byWeek = auditFigures(year, { ...QUESTION, by: 'week' }, UNTIL, 0).shares.find((one) => one.measure.id === 'M2');
  assert.equal(byWeek?.run?.shift, true);
  assert.ok(figure('M2').points.some((point) => point.outside));
});

test('strata and periods add up to the whole, and every point leads to just as many cases', () => {
  for (const one of figures.shares) {
    if (!one.overall) continue;
    const told = one.points.every((point) => point.counted !== null);
    if (told)
      assert.equal(
        one.points.reduce((sum, point) => sum + (point.counted ?? 0), 0),
        one.overall.counted,
        one.measure.id,
      );
    const sexes = one.strata.filter((row) => row.name === 'sex');
    if (sexes.every((row) => row.counted !== null))
      assert.equal(
        sexes.reduce((sum, row) => sum + (row.counted ?? 0), 0),
        one.overall.counted,
      );
  }
  for (const point of figure('M1').points.filter((each) => each.hits !== null)) {
    assert.equal(casesBehind(year, QUESTION, UNTIL, 'M1', point.period, true).length, point.hits);
    assert.equal(casesBehind(year, QUESTION, UNTIL, 'M1', point.period, false).length, (point.counted ?? 0) - (point.hits ?? 0));
  }
});

test('a stratum asked for is the same as that stratum of the whole', () => {
  const women = auditFigures(year, { ...QUESTION, only: { name: 'sex', value: 'female' } }, UNTIL, 0);
  const row = figure('M1').strata.find((each) => each.name === 'sex' && each.value === 'female');
  const whole = women.shares.find((one) => one.measure.id === 'M1')?.overall;
  assert.deepEqual([whole?.hits, whole?.counted], [row?.hits, row?.counted]);
});

test('no count from 1 to 4 is told anywhere, on the page or in the CSV', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_900 }), fc.integer({ min: 1, max: 60 }), (start, length) => {
      const few = auditFigures(year.slice(start, start + length), QUESTION, UNTIL, 0);
      for (const one of few.shares) {
        const shown = [...one.points, ...one.strata, ...(one.overall ? [one.overall] : [])];
        for (const { hits, counted } of shown) for (const count of [hits, counted]) assert.ok(count === null || count === 0 || count >= 5);
        for (const each of [...one.points, ...one.strata]) if (each.hits === null) assert.equal(each.share, null);
      }
      for (const { reasons } of few.reasons) for (const { count } of reasons) assert.ok(count === null || count >= 5);
      for (const line of auditCsv(few).split('\r\n').slice(1, -1)) {
        const [hits = '', counted = ''] = line
          .replace(/"[^"]*"/g, '')
          .split(',')
          .slice(5, 7);
        for (const count of [hits, counted]) assert.ok(count === '' || Number(count) === 0 || Number(count) >= 5, line);
      }
    }),
    { numRuns: 30 },
  );
});

test('the CSV holds the figures of the page, line by line', () => {
  const lines = auditCsv(figures).split('\r\n');
  const m1 = figure('M1');
  const line = lines.find((one) => one.startsWith('M1,') && one.includes(',all,2026-03,') === false && one.includes(',all,,2026-03,'));
  const point = m1.points.find((one) => one.period === '2026-03');
  assert.deepEqual(line?.split(',').slice(4, 8), [
    '2026-03',
    String(point?.hits),
    String(point?.counted),
    String(Math.round((point?.share ?? 0) * 10_000) / 10_000),
  ]);
  assert.equal(lines.filter((one) => one.startsWith('M1,')).length, 1 + m1.points.length + m1.strata.length);
  const flsDb = flsDbCsv(year, QUESTION).split('\r\n');
  assert.equal(flsDb.length - 2, year.filter((one) => one.decision?.outcome === 'refer').length);
  assert.match(flsDb[0] ?? '', /^Local number,1\.03 Gender,.*1\.09 Date Index Frac Diagnosed/);
});

test('a cell never breaks its line and never starts a formula', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const shown = cell(text);
      const plain = shown.startsWith('"') ? shown.slice(1, -1).replaceAll('""', '"') : shown;
      assert.equal(plain, /^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
      assert.ok(shown.startsWith('"') || !/[",\r\n]/.test(shown));
      assert.doesNotMatch(plain, /^[=+\-@]/);
    }),
  );
});

test('the calendar agrees with the machine’s for every day of 1900 to 2100, and for instants with zones', () => {
  for (let day = -25_567; day < 47_482; day++) {
    const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
    assert.equal(dayNumber(text), day);
    assert.equal(dayFrom(day), text);
  }
  for (const iso of ['2026-11-20', '2026-11-20T23:30:00Z', '2026-11-20T23:30:00-05:00', '2026-03-01T00:10:00.250+01:00', '2026-11-20T23:30+02:00'])
    assert.equal(secondsOf(iso), Date.parse(iso) / 1000, iso);
  assert.ok(Number.isNaN(secondsOf('yesterday')));
});

test('periods: ISO weeks at the turn of the year, quarters, and every period once and in order', () => {
  for (const [day, week] of [
    ['2021-01-03', '2020-W53'],
    ['2021-01-04', '2021-W01'],
    ['2024-12-30', '2025-W01'],
    ['2026-12-31', '2026-W53'],
  ] as const)
    assert.equal(periodOf(day, 'week'), week);
  assert.equal(periodOf('2026-10-01', 'quarter'), '2026-Q4');
  for (const by of ['week', 'month', 'quarter'] as const) {
    const periods = periodsOf({ ...QUESTION, by });
    assert.deepEqual(periods, [...new Set(periods)].toSorted());
  }
});
