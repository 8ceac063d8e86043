/** The backload: the whole flow in the shadow, restartable, at a pace; its report equals the truth that went in; nobody is written to. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type BackloadPorts, backload } from '#src/app/backload.ts';
import { makeTurn } from '#src/app/backload-turn.ts';
import { heapOf, type ReportHeap, reportDay } from '#src/app/curate-sources.ts';
import type { BackloadFigures } from '#src/case/backload-figures.ts';
import type { Measured } from '#src/case/finding.ts';
import type { StudySummary } from '#src/case/study.ts';
import { TryLater } from '#src/lib/errors.ts';
import { loadPolicy } from '#src/load-policy.ts';
import { backloadCsv, backloadText } from '#src/measure/backload-text.ts';
import type { ImageArchive } from '#src/ports.ts';
import { backloadFigures } from '#src/rules/backload-figures.ts';
import { howOld } from '#src/rules/how-old.ts';
import { DEFAULT_PROFILE } from '#src/systems/hl7/source-profile.ts';
import { type BackloadStore, makeBackloadStore } from '#src/systems/postgres/backload-store.ts';
import { backloadPage } from '#src/web/audit/backload-page.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { makeHistory } from '#test/fakes/make-case.ts';
import { yearCase } from '../../tools/year/year-case.ts';
import { yearMessage } from '../../tools/year/year-message.ts';
import { DEFAULT_YEAR, trueGrade, type YearTruth } from '../../tools/year/year-options.ts';
import { yearTruths } from '../../tools/year/year-truth.ts';

const YEAR = { ...DEFAULT_YEAR, reports: 240, days: 28, from: '2025-03-03', intervention: null };
const PERIOD = { from: '2025-03-03', to: '2025-03-31' };
const truths = [...yearTruths(YEAR)];
const cases = truths.map((truth) => yearCase(truth, 1));
let database: TestDatabase;
let store: BackloadStore;

before(async () => {
  database = await testDatabase();
  store = makeBackloadStore(database.pool);
});
after(() => database.close());

const reports = new Map(
  cases.map((one) => [`${one.facts.report.source}|accession|${one.facts.report.accession}`, { report: one.facts.report, messages: [] }]),
);
const heap: ReportHeap = {
  size: reports.size,
  messages: cases.length,
  unusable: 0,
  keys: () => reports.keys(),
  get: (key) => reports.get(key)!,
  close: () => undefined,
};
test('of a long archive only the reports of the period and two months around it are held, and no message', async () => {
  const years = [...yearTruths({ ...DEFAULT_YEAR, reports: 300, days: 365, from: '2025-01-01', intervention: null })];
  async function* pieces() {
    for (const truth of years)
      yield { bytes: Buffer.from(yearMessage(truth), 'utf8'), profile: { ...DEFAULT_PROFILE, name: truth.site.name }, flags: [] };
  }
  const all = await heapOf(pieces());
  const held = await heapOf(pieces(), { withMessages: false, period: { from: '2025-06-01', to: '2025-07-01' } });
  assert.deepEqual([all.messages, held.messages, all.unusable, held.unusable], [300, 300, 0, 0], 'each was looked at');
  assert.equal(all.size, 300);
  const values = (one: ReportHeap) => [...one.keys()].map((key) => one.get(key));
  const days = values(held).map((one) => reportDay(one.report));
  const wanted = values(all).filter((one) => reportDay(one.report) >= '2025-04-02' && reportDay(one.report) < '2025-08-30');
  assert.deepEqual(days.toSorted(), wanted.map((one) => reportDay(one.report)).toSorted());
  assert.ok(days.length > 60 && days.length < 200 && days.some((day) => day.startsWith('2025-06')));
  assert.ok(values(held).every((one) => one.messages.length === 0) && values(all).every((one) => one.messages.length === 1));
  all.close();
  held.close();
});

const nothingWritten = (): never => {
  throw new Error('a backload wrote to somebody');
};

/** Archive and model that answer with the truth: `grades` as the model sees them is what the year's own finding says. */
function ports(changes: Partial<BackloadPorts> = {}): BackloadPorts & { askedFor(): number } {
  const byStudy = new Map(cases.map((one) => [one.facts.study?.studyInstanceUid ?? '', one]));
  const state = { asked: 0 };
  const archive = {
    findStudies: (query: { studyInstanceUid?: string }) => {
      state.asked += 1;
      const study = byStudy.get(query.studyInstanceUid ?? '')?.facts.study as StudySummary;
      return Promise.resolve([study]);
    },
    earlierStudies: () => Promise.resolve([]),
    // No series: the flow ends in "cannot say" for all. What is measured is tested with a real archive below, in figures of the year.
    describeSeries: () => Promise.resolve([]),
    readSlices: nothingWritten,
    store: nothingWritten,
  } as unknown as ImageArchive;
  const model = { identities: () => [], executionProvider: () => 'cpu', measure: nothingWritten };
  const record = {
    findPatient: () => Promise.resolve({ kind: 'found' as const, reference: 'Patient/x' }),
    history: () => Promise.resolve(makeHistory()),
  };
  return { archive, model, record, store, turn: () => Promise.resolve(), progress: () => undefined, askedFor: () => state.asked, ...changes };
}

test('every report of the period goes through the steps once, and a run that broke goes on', async () => {
  const settings = { ...PERIOD, policy: loadPolicy() };
  let turns = 0;
  const breaking = ports({
    turn: () => {
      turns += 1;
      return turns > 100 ? Promise.reject(new Error('the power failed')) : Promise.resolve();
    },
  });
  await assert.rejects(backload(heap, settings, breaking), /the power failed/);
  const second = ports();
  assert.deepEqual(await backload(heap, settings, second), { inPeriod: 240, doneBefore: 100, done: 140, later: 0 });
  assert.equal(second.askedFor(), 140, 'what was done before is not asked for again');
  const rows = await store.rows(PERIOD.from, PERIOD.to);
  assert.equal(rows.length, 240);
  const text = JSON.stringify(rows);
  for (const truth of truths.slice(0, 50))
    for (const secret of [truth.person.family, truth.person.id, truth.accession, truth.person.birthDate]) assert.equal(text.includes(secret), false);
  for (const table of ['cases', 'case_event', 'outbox', 'delivery', 'message', 'artifact']) {
    const count = await database.pool.query<{ count: string }>(`SELECT count(*) FROM backstop.${table}`);
    assert.equal(count.rows[0]?.count, '0', table);
  }
  const figures = backloadFigures(
    rows.map((row) => row.facts),
    PERIOD.from,
    PERIOD.to,
  );
  const stated = truths.filter((truth) => truth.says === 'stated');
  assert.deepEqual(figures.advised, { hits: stated.filter((truth) => truth.advice).length, of: stated.length });
  assert.equal(figures.measured, 0);
  assert.equal(await store.forget(PERIOD.from, PERIOD.to), 240);
});

test('an archive that is down keeps nothing of a report: the next run tries it again', async () => {
  const down = ports();
  const archive = { ...down.archive, findStudies: () => Promise.reject(new TryLater('down', { code: 'DICOMWEB_UNREACHABLE', phase: 'connect' })) };
  const settings = { from: '2025-03-03', to: '2025-03-04', policy: loadPolicy() };
  const first = await backload(heap, settings, { ...down, archive });
  assert.ok(first.later > 0 && first.done === 0);
  assert.deepEqual(await store.rows(settings.from, settings.to), []);
  const again = await backload(heap, settings, ports());
  assert.deepEqual([again.done, again.later], [first.later, 0]);
});

/** The figures by hand, from the truth alone. */
function figuresOfYear(): BackloadFigures {
  const facts = cases.map(({ facts: { report, reading, finding, decision } }) => ({
    person: report.patient.id.value,
    source: report.source,
    authority: report.patient.id.authority ?? '',
    ageYears: howOld(report.patient.birthDate ?? '', report.reportedAt?.slice(0, 10) ?? ''),
    sex: report.patient.sex,
    reading,
    finding: finding && {
      state: finding.state,
      ...(finding.state === 'measured' ? { worstGrade: finding.worstGrade } : { reason: finding.reason }),
      scanner: null,
      models: [],
      vertebrae: finding.vertebrae.map((one) => ({ ...one, percent: one.loss?.percent ?? null })),
    },
    decision,
    stopped: null,
  }));
  return backloadFigures(facts, PERIOD.from, PERIOD.to);
}

test('missed, not advised, load and what-if equal the truth of the year', () => {
  const figures = figuresOfYear();
  const seen = (truth: YearTruth): number => (truth.measured ? Math.max(truth.falsePositive?.grade ?? 0, trueGrade(truth)) : 0);
  const fractured = truths.filter((truth) => seen(truth) >= 2);
  assert.ok(fractured.length > 20);
  assert.deepEqual(figures.stated, { hits: fractured.filter((truth) => truth.says === 'stated').length, of: fractured.length });
  assert.equal(figures.weeks, 4);
  for (const line of figures.whatIf) {
    const loss = (truth: YearTruth): number =>
      truth.measured ? Math.max(0, truth.falsePositive?.lossPercent ?? 0, ...truth.fractures.map((one) => one.lossPercent)) : 0;
    const own = truths.filter((truth) => loss(truth) >= line.lossPercent && truth.ageYears >= line.ageYears);
    const patients = Map.groupBy(own, (truth) => truth.person.id);
    assert.equal(line.patients, patients.size, `loss ${line.lossPercent} age ${line.ageYears}`);
    assert.equal(line.perWeek, patients.size / 4);
    assert.equal(line.notStated, [...patients.values()].filter((list) => !list.some((truth) => truth.says === 'stated')).length);
  }
  const refer = figures.byRule.filter((row) => row.outcome === 'refer').reduce((sum, row) => sum + row.count, 0);
  assert.equal(refer, cases.filter((one) => one.facts.decision?.outcome === 'refer').length);
});

test('page, CSV and text say the same numbers', async () => {
  const figures = figuresOfYear();
  const [page, csv, text] = [await backloadPage(figures), backloadCsv(figures), backloadText(figures)];
  const missed = figures.stated.of - figures.stated.hits;
  assert.ok(page.includes(`<strong>${missed}</strong> fractures of grade 2 or 3 that the report does not state`));
  assert.ok(csv.includes(`whole,stated,hits,,${figures.stated.hits},`));
  assert.ok(text.includes(`not stated: ${missed}`));
  for (const line of figures.whatIf) {
    assert.ok(csv.includes(`what-if,loss ${line.lossPercent} age ${line.ageYears},patients,,${line.patients},${line.perWeek.toFixed(2)}`));
    assert.ok(
      text.includes(
        `${line.lossPercent} %, ${line.ageYears} -> ${line.patients} (${line.perWeek.toFixed(1)}), ${line.notStated}, ${line.statedWithoutAdvice}`,
      ),
    );
  }
});

test('the pace: so many a minute, and only in its hours', async () => {
  const slept: number[] = [];
  let now = 0;
  let minute = 12 * 60;
  const clock = {
    now: () => now,
    minuteOfDay: () => minute,
    sleep: (ms: number) => {
      slept.push(ms);
      now += ms;
      minute = (minute + ms / 60_000) % 1440;
      return Promise.resolve();
    },
  };
  const turn = makeTurn({ perMinute: 30, between: null }, clock);
  await turn();
  await turn();
  now += 500;
  await turn();
  assert.deepEqual(slept, [2000, 1500]);
  slept.length = 0;
  minute = 19 * 60 + 58;
  await makeTurn({ perMinute: null, between: { from: 20 * 60, to: 6 * 60 } }, clock)();
  assert.deepEqual(slept, [60_000, 60_000]);
  minute = 30;
  await makeTurn({ perMinute: null, between: { from: 20 * 60, to: 6 * 60 } }, clock)();
  assert.equal(slept.length, 2, 'after midnight is still within the hours');
});

test('the finding of the year is the kind that the product stores', () => {
  const finding = cases.find((one) => one.facts.finding?.state === 'measured')?.facts.finding as Measured;
  assert.ok(finding.vertebrae.length >= 8 && finding.vertebrae.every((one) => one.landmarks.length === 10));
});
