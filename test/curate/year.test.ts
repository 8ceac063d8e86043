/** The made year: the same on every machine, its words read as they were meant, and the audit's figures equal to the truth that went in. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { makeAudit } from '#src/app/audit.ts';
import { SMALLEST_TOLD } from '#src/measure/audit-figures.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { storeYear } from '../../tools/year/store-year.ts';
import { yearCase } from '../../tools/year/year-case.ts';
import { yearCsv } from '../../tools/year/year-csv.ts';
import { DEFAULT_YEAR, trueGrade, type YearTruth } from '../../tools/year/year-options.ts';
import { yearTruths } from '../../tools/year/year-truth.ts';

const OPTIONS = { ...DEFAULT_YEAR, reports: 900 };
const QUESTION = { from: '2025-01-01', to: '2026-01-01', by: 'quarter', only: null } as const;
let database: TestDatabase;
let truths: readonly YearTruth[];

before(async () => {
  database = await testDatabase();
  truths = await storeYear(database.pool, OPTIONS);
});
after(() => database.close());

test('the same options give the same year, another seed another one', () => {
  const hash = (seed: number): string =>
    createHash('sha256')
      .update(yearCsv([...yearTruths({ ...OPTIONS, reports: 50, seed })]))
      .digest('hex');
  assert.equal(hash(1), hash(1));
  assert.notEqual(hash(1), hash(2));
});

test('every text is read as it was meant', () => {
  for (const truth of truths.slice(0, 300)) {
    const { reading, report } = yearCase(truth, 1).facts;
    assert.ok(reading);
    const isDoubtful = reading.fracture === 'uncertain' || reading.ambiguousOnly;
    assert.equal(isDoubtful ? 'ambiguous' : reading.fracture, truth.says, report.text);
    assert.equal(reading.advice, truth.advice, report.text);
    if (truth.says === 'stated') assert.deepEqual([...reading.levels].sort(), truth.fractures.map((one) => one.level).sort(), report.text);
  }
});

/** Hits and counted of M1 and M2 by hand, from the truth alone. */
function byHand(own: readonly YearTruth[]): Record<'M1' | 'M2', { hits: number; counted: number }> {
  const fractured = own.filter((truth) => truth.measured && trueGrade(truth) >= 2);
  const stated = own.filter((truth) => truth.says === 'stated');
  return {
    M1: { hits: fractured.filter((truth) => truth.says === 'stated').length, counted: fractured.length },
    M2: { hits: stated.filter((truth) => truth.advice).length, counted: stated.length },
  };
}

test('the audit counts what is true: whole, by quarter and by site', async () => {
  const { shares } = await makeAudit(database.pool, () => new Date('2026-02-01')).figures(QUESTION);
  for (const id of ['M1', 'M2'] as const) {
    const figure = shares.find((one) => one.measure.id === id);
    const { hits, counted } = byHand(truths)[id];
    assert.ok(counted > 60, `${counted} counted for ${id}`);
    assert.deepEqual(figure?.overall, { hits, counted, share: hits / counted });
    for (const point of figure.points) {
      const quarter = truths.filter((truth) => `2025-Q${Math.ceil(Number(truth.reportedAt.slice(5, 7)) / 3)}` === point.period);
      const mine = byHand(quarter)[id];
      if (mine.hits >= SMALLEST_TOLD) assert.deepEqual([point.hits, point.counted], [mine.hits, mine.counted], `${id} ${point.period}`);
    }
    for (const row of figure.strata.filter((one) => one.name === 'site' && one.hits !== null)) {
      const mine = byHand(truths.filter((truth) => truth.site.name === row.value))[id];
      assert.deepEqual([row.hits, row.counted], [mine.hits, mine.counted], `${id} ${row.value}`);
    }
  }
});

test('the CSV of the audit says the same numbers', async () => {
  const csv = await makeAudit(database.pool, () => new Date('2026-02-01')).csv(QUESTION);
  const { hits, counted } = byHand(truths).M1;
  assert.ok(csv.includes(`M1,Fracture stated in the report,all,,all,${hits},${counted},`), csv.slice(0, 400));
});
