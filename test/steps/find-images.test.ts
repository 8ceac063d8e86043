/** Late, missing, ambiguous and foreign images: what becomes of the case. The archive here is a list; the real ones have their contract suite. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Case } from '#src/case/case.ts';
import { accession, caseId, dicomUid } from '#src/case/ids.ts';
import type { InstanceSummary, SeriesSummary, StudySummary } from '#src/case/study.ts';
import { GiveUp, TryLater } from '#src/lib/errors.ts';
import { evenStackOf } from '#src/measure/even-stack.ts';
import type { ImageArchive } from '#src/ports.ts';
import { findImages } from '#src/steps/find-images.ts';
import { makeReport } from '#test/fakes/make-report.ts';

const STUDY: StudySummary = {
  studyInstanceUid: dicomUid('2.25.1')!,
  accession: 'A-1',
  patientId: 'P-1',
  issuerOfPatientId: null,
  studyDate: '2026-03-10',
  modalities: ['CT'],
  description: '',
  instanceCount: 20,
};
const CREATED = '2026-03-10T12:00:00.000Z';

function instances(count: number): InstanceSummary[] {
  return Array.from({ length: count }, (_, k) => ({
    sopInstanceUid: dicomUid(`2.25.${1000 + k}`)!,
    sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
    instanceNumber: k,
    imageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    imagePosition: [0, 0, k],
    imageOrientation: [1, 0, 0, 0, 1, 0],
    pixelSpacing: [1, 1],
    imagerPixelSpacing: null,
    sliceThickness: 1,
    rows: 64,
    columns: 64,
    numberOfFrames: 1,
    acquisitionNumber: 1,
    contentTime: null,
    viewPosition: null,
    patientOrientation: null,
  }));
}

function series(change: Partial<SeriesSummary> = {}): SeriesSummary {
  return {
    seriesInstanceUid: dicomUid('2.25.2')!,
    modality: 'CT',
    seriesNumber: 2,
    description: '',
    bodyPart: '',
    kernel: [],
    kvp: null,
    contrastAgent: null,
    manufacturer: '',
    model: '',
    sequenceName: '',
    echoTimeMs: null,
    repetitionTimeMs: null,
    instanceCount: 20,
    instances: instances(20),
    ...change,
  };
}

function run(options: {
  fault?: Error;
  studies?: readonly StudySummary[];
  series?: readonly SeriesSummary[];
  earlier?: readonly StudySummary[] | Error;
  ageHours?: number;
  report?: Partial<Case['facts']['report']>;
  /** What a description by sample gives; absent where none is expected. */
  sampled?: readonly SeriesSummary[];
  allHeaders?: boolean;
}) {
  const asked: string[] = [];
  const described: boolean[] = [];
  const archive: ImageArchive = {
    async findStudies(query) {
      const key = 'accession' in query ? query.accession : query.studyInstanceUid;
      asked.push(key);
      if (options.fault) throw options.fault;
      return (options.studies ?? [STUDY]).filter((study) => study.accession === key || study.studyInstanceUid === key);
    },
    async earlierStudies(query) {
      assert.deepEqual(query, { patientId: 'P-1', before: '2026-03-10' });
      if (options.earlier instanceof Error) throw options.earlier;
      return options.earlier ?? [];
    },
    async describeSeries(_study, how) {
      described.push(how?.bySample === true);
      return (how?.bySample && options.sampled) || (options.series ?? [series()]);
    },
    readSlices: async () => assert.fail('no pixels are read in this step'),
    store: async () => assert.fail('nothing is stored in this step'),
  };
  const report = makeReport({
    accession: accession('A-1')!,
    accessionCandidates: [{ value: 'A-1', field: 'OBR-18' }],
    studyInstanceUid: null,
    patient: { ...makeReport().patient, id: { value: 'P-1', authority: null, type: 'MR' }, otherIds: [] },
    ...options.report,
  });
  const facts = {
    report,
    reading: null,
    study: null,
    choice: null,
    finding: null,
    history: null,
    decision: null,
    resources: [],
    answers: [],
    stopped: null,
    ...(options.allHeaders === undefined ? {} : { allHeaders: options.allHeaders }),
  };
  const subject: Case = {
    id: caseId('00000000-0000-4000-8000-000000000001'),
    state: 'read',
    version: 1,
    reportVersion: 1,
    createdAt: CREATED,
    updatedAt: CREATED,
    facts,
  };
  const now = new Date(Date.parse(CREATED) + (options.ageHours ?? 0) * 3_600_000);
  const settings = { giveUpAfterHours: 48, bySample: options.sampled !== undefined };
  return { asked, described, result: findImages(subject, { archive, clock: { now: () => now } }, settings) };
}

test('images that are there: the study and the series, with reasons', async () => {
  const result = await run({}).result;
  assert.equal(result.to, 'located');
  assert.equal(result.facts?.study?.studyInstanceUid, STUDY.studyInstanceUid);
  assert.equal(result.facts?.choice?.sopInstanceUids.length, 20);
  assert.match(result.detail, /axial CT.*patient id is the report’s/);
});

for (const [ageHours, retryAfterMs] of [
  [0, 60_000],
  [0.5, 300_000],
  [3, 1_200_000],
  [47.9, 3_600_000],
] as const) {
  test(`images not there ${ageHours} hours after the report: look again in ${retryAfterMs / 60_000} minutes`, async () => {
    await assert.rejects(run({ studies: [], ageHours }).result, (error) => {
      assert.ok(error instanceof TryLater);
      assert.deepEqual([error.code, error.retryAfterMs], ['DICOMWEB_NOT_YET', retryAfterMs]);
      return true;
    });
  });
}

test('images that never came: cannot say, not "no fracture"', async () => {
  const result = await run({ studies: [], ageHours: 48.1 }).result;
  assert.equal(result.to, 'measured');
  assert.ok(result.facts?.finding?.state === 'cannot-say');
  assert.equal(result.facts.finding.reason, 'images-not-found');
  assert.deepEqual([result.facts.prior, result.facts.sincePrior], [null, null], 'nothing of an earlier run stays');
});

test('images still on their way are waited for, until it is too late', async () => {
  const arriving = [series({ instanceCount: 21 })];
  await assert.rejects(run({ series: arriving }).result, { code: 'DICOMWEB_NOT_YET' });
  assert.equal((await run({ series: arriving, ageHours: 49 }).result).to, 'located');
  await assert.rejects(run({ series: [series({ modality: 'SR', instances: [] })] }).result, { code: 'DICOMWEB_NOT_YET' });
});

test('a series is chosen by a sample where that tells enough, and that none can be is said of all headers only', async () => {
  const all = instances(60).map((one) => ({ ...one, instanceNumber: one.instanceNumber! + 1 }));
  const few = [all[0]!, all[1]!, all[30]!, all[59]!];
  const sampled = [series({ instanceCount: 60, instances: few, stack: evenStackOf(few, 60)! })];
  const enough = run({ sampled, series: [series({ instanceCount: 60, instances: all })] });
  const { to, facts } = await enough.result;
  assert.deepEqual([to, facts?.choice?.stack?.count, facts?.choice?.seriesInstanceCount], ['located', 60, 60]);
  assert.deepEqual(enough.described, [true], 'not taken for a series that is still arriving');

  const axialMr = sampled.map((one) => ({ ...one, modality: 'MR' }));
  const doubtful = run({ sampled: axialMr, series: [series({ instanceCount: 60, instances: all })] });
  assert.equal((await doubtful.result).facts?.choice?.sopInstanceUids.length, 60);
  assert.deepEqual(doubtful.described, [true, false]);

  const again = run({ sampled, allHeaders: true, series: [series({ instanceCount: 60, instances: all })] });
  assert.equal((await again.result).facts?.choice?.stack, undefined);
  assert.deepEqual(again.described, [false], 'a case whose sample told too little once');
});

test('another patient: parked for a person, without an identifier in the text', async () => {
  const result = await run({ studies: [{ ...STUDY, patientId: 'P-2' }] }).result;
  assert.equal(result.to, 'parked');
  assert.equal(result.facts?.stopped?.code, 'PATIENT_MISMATCH');
  assert.ok(!/P-[12]/.test(JSON.stringify(result)));
});

test('two studies that nothing tells apart: cannot say', async () => {
  const result = await run({ studies: [STUDY, { ...STUDY, studyInstanceUid: dicomUid('2.25.9')! }] }).result;
  assert.ok(result.facts?.finding?.state === 'cannot-say');
  assert.equal(result.facts.finding.reason, 'images-ambiguous');
});

test('no series that shows the spine: cannot say, with every reason', async () => {
  const result = await run({ series: [series({ instanceCount: 3, instances: instances(3) }), series({ modality: 'SR', instances: [] })] }).result;
  assert.ok(result.facts?.finding?.state === 'cannot-say');
  assert.equal(result.facts.finding.reason, 'no-usable-series');
  assert.match(result.facts.finding.detail, /only 3 slices.*modality SR/);
});

test('the UID is asked first, then every accession candidate until one finds something', async () => {
  const candidates = [
    { value: 'A*', field: 'x' },
    { value: 'Z-1', field: 'OBR-18' },
    { value: 'A-1', field: 'OBR-3.1' },
    { value: 'NEVER', field: 'OBR-2.1' },
  ];
  const { asked, result } = run({
    report: { accession: accession('Z-1')!, accessionCandidates: candidates, studyInstanceUid: dicomUid('2.25.404')! },
  });
  assert.equal((await result).to, 'located');
  assert.deepEqual(asked, ['2.25.404', 'Z-1', 'A-1'], 'a wildcard is never searched for');
});

test('a report without any key cannot be matched: said at once', async () => {
  const result = await run({ report: { accession: null, accessionCandidates: [], studyInstanceUid: null } }).result;
  assert.ok(result.facts?.finding?.state === 'cannot-say');
  assert.equal(result.facts.finding.reason, 'images-not-found');
});

test('an archive that will never answer leads to "cannot say"; one that is down is asked again', async () => {
  const never = await run({ fault: new GiveUp('refused', { code: 'DICOMWEB_REFUSED', phase: 'answer' }) }).result;
  assert.ok(never.facts?.finding?.state === 'cannot-say');
  assert.equal(never.facts.finding.reason, 'archive-failed');
  const down = new TryLater('down', { code: 'DICOMWEB_UNREACHABLE', phase: 'connect' });
  await assert.rejects(run({ fault: down }).result, down);
});

test('an earlier study is named with its day; without one the case goes on, and an archive that does not answer stops nothing', async () => {
  const found = await run({ earlier: [{ ...STUDY, studyInstanceUid: dicomUid('2.25.7')!, studyDate: '2024-05-02' }] }).result;
  assert.equal(found.facts?.prior?.studyInstanceUid, '2.25.7');
  assert.match(found.detail, /compare with the CT of 2024-05-02$/);
  const none = await run({}).result;
  assert.deepEqual([none.to, none.facts?.prior], ['located', null]);
  for (const fault of [
    new TryLater('down', { code: 'DICOMWEB_TIMEOUT', phase: 'answer' }),
    new GiveUp('no', { code: 'DICOMWEB_REFUSED', phase: 'answer' }),
  ]) {
    const result = await run({ earlier: fault }).result;
    assert.deepEqual([result.to, result.facts?.prior], ['located', null]);
    assert.match(result.detail, /earlier studies are not known \(DICOMWEB_/);
  }
  await assert.rejects(run({ earlier: new RangeError('a bug') }).result, RangeError);
});
