/** Series choice by tables: what is refused, what wins against what, and that the reasons are told. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type DicomUid, dicomUid } from '#src/case/ids.ts';
import type { InstanceSummary, SeriesChoice, SeriesSummary, StudySummary } from '#src/case/study.ts';
import { pickSeries } from '#src/rules/pick-series.ts';
import { sharpness } from '#src/rules/series-order.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const MR = '1.2.840.10008.5.1.4.1.1.4';
const DX = '1.2.840.10008.5.1.4.1.1.1.1';
const CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const SAGITTAL = [0, 1, 0, 0, 0, -1];
let counter = 0;
const uid = (): DicomUid => dicomUid(`2.25.${(counter += 1)}`)!;

const STUDY: StudySummary = {
  studyInstanceUid: uid(),
  accession: 'A-1',
  patientId: 'P-1',
  issuerOfPatientId: null,
  studyDate: '2026-03-10',
  modalities: ['CT'],
  description: '',
  instanceCount: null,
};

function instance(change: Partial<InstanceSummary> = {}): InstanceSummary {
  return {
    sopInstanceUid: uid(),
    sopClassUid: CT,
    instanceNumber: 1,
    imageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    imagePosition: [0, 0, 0],
    imageOrientation: [1, 0, 0, 0, 1, 0],
    pixelSpacing: [0.8, 0.8],
    imagerPixelSpacing: null,
    sliceThickness: 1,
    rows: 512,
    columns: 512,
    numberOfFrames: 1,
    acquisitionNumber: 1,
    contentTime: null,
    viewPosition: null,
    patientOrientation: null,
    ...change,
  };
}

const stack = (count: number, step: number, change: Partial<InstanceSummary> = {}): InstanceSummary[] =>
  Array.from({ length: count }, (_, k) => instance({ imagePosition: [0, 0, k * step], sliceThickness: step, ...change }));

function series(change: Partial<SeriesSummary> = {}): SeriesSummary {
  return {
    seriesInstanceUid: uid(),
    modality: 'CT',
    seriesNumber: 2,
    description: 'THORAX',
    bodyPart: 'CHEST',
    kernel: ['Br40'],
    kvp: 120,
    contrastAgent: null,
    manufacturer: 'Invented',
    model: 'One',
    sequenceName: '',
    echoTimeMs: null,
    repetitionTimeMs: null,
    instanceCount: null,
    instances: stack(300, 1),
    ...change,
  };
}

function choose(...all: SeriesSummary[]): SeriesChoice {
  const pick = pickSeries(all, STUDY);
  assert.ok(pick.ok, pick.ok ? '' : JSON.stringify(pick.rejected));
  return pick.choice;
}

function refusal(...all: SeriesSummary[]): string {
  const pick = pickSeries(all, STUDY);
  assert.ok(!pick.ok, 'a series was chosen');
  assert.equal(pick.code, 'no-usable-series');
  return pick.rejected.map((one) => one.because).join('; ');
}

describe('refused, each for its reason', () => {
  const cases: readonly (readonly [name: string, one: SeriesSummary, because: RegExp])[] = [
    ['a localizer', series({ instances: stack(3, 1, { imageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] }) }), /localizer/],
    ['a Philips surview', series({ instances: stack(3, 1, { imageType: ['DERIVED', 'SECONDARY', 'REF_SURVIEW'] }) }), /localizer/],
    ['a structured report', series({ modality: 'SR', instances: [] }), /modality SR/],
    ['a segmentation', series({ modality: 'SEG', instances: [] }), /modality SEG/],
    ['captures under modality CT', series({ instances: stack(20, 1, { sopClassUid: CAPTURE }) }), /no instance is an image/],
    ['our own key image', series({ modality: 'OT', description: 'Backstop key image' }), /our own result/],
    ['our own result under modality CT', series({ manufacturer: 'Backstop' }), /our own result/],
    ['no pixel spacing', series({ instances: stack(20, 1, { pixelSpacing: null }) }), /no sound position/],
    ['pixel spacing zero', series({ instances: stack(20, 1, { pixelSpacing: [0, 0] }) }), /no sound position/],
    ['no position', series({ instances: stack(20, 1, { imagePosition: null }) }), /no sound position/],
    ['a single slice', series({ instances: stack(1, 1) }), /only 1 slices/],
    ['a maximum intensity projection', series({ instances: stack(60, 1, { imageType: ['DERIVED', 'SECONDARY', 'MIP'] }) }), /not anatomy/],
    ['axial MR', series({ modality: 'MR', instances: stack(30, 4, { sopClassUid: MR }) }), /axial MR/],
    ['a frontal X-ray', series({ modality: 'DX', instances: [instance({ sopClassUid: DX, viewPosition: 'AP' })] }), /not a lateral view/],
    ['a series without instances', series({ instances: [] }), /lists no instances/],
  ];
  for (const [name, one, because] of cases) test(name, () => assert.match(refusal(one), because));
  test('a study without series', () => assert.equal(refusal(), ''));
});

describe('what wins', () => {
  const thin = series({ description: 'thin soft' });
  const cases: readonly (readonly [name: string, better: SeriesSummary, worse: SeriesSummary])[] = [
    ['thin before thick', thin, series({ instances: stack(60, 5) })],
    ['thin and sharp before thick and soft', series({ kernel: ['B70f'] }), series({ instances: stack(100, 3) })],
    ['soft before sharp', thin, series({ kernel: ['Br64', '3'] })],
    ['soft before unknown', thin, series({ kernel: [] })],
    [
      'axial before a sagittal reformat',
      thin,
      series({ instances: stack(300, 1).map((one, k) => ({ ...one, imagePosition: [k, 0, 0], imageOrientation: SAGITTAL })) }),
    ],
    ['original before derived', thin, series({ instances: stack(300, 1, { imageType: ['DERIVED', 'PRIMARY', 'AXIAL'] }) })],
    ['the whole chest at 2 mm before 20 mm of it at 1 mm', series({ instances: stack(150, 2) }), series({ instances: stack(20, 1) })],
    ['native before contrast', thin, series({ contrastAgent: 'Iomeron' })],
    ['a thin CT before an X-ray', thin, series({ modality: 'DX', instances: [instance({ sopClassUid: DX, viewPosition: 'LL' })] })],
    ['an original 2 mm overlap before 3 mm', series({ instances: stack(200, 2) }), series({ instances: stack(150, 3) })],
  ];
  for (const [name, better, worse] of cases) {
    test(name, () => {
      for (const order of [
        [better, worse],
        [worse, better],
      ]) {
        const choice = choose(...order);
        assert.equal(choice.seriesInstanceUid, better.seriesInstanceUid);
        assert.match(choice.rejected.find((one) => one.seriesInstanceUid === worse.seriesInstanceUid)!.because, /usable, but/);
      }
    });
  }
  test('sagittal T1 before T2 before STIR', () => {
    const mr = (change: Partial<SeriesSummary>) =>
      series({
        modality: 'MR',
        kernel: [],
        instances: Array.from({ length: 15 }, (_, k) => instance({ sopClassUid: MR, imagePosition: [4 * k, 0, 0], imageOrientation: SAGITTAL })),
        ...change,
      });
    const [t1, t2, stir] = [mr({ echoTimeMs: 10 }), mr({ echoTimeMs: 100 }), mr({ echoTimeMs: 40, description: 'SAG STIR' })];
    assert.equal(choose(stir, t2, t1).seriesInstanceUid, t1.seriesInstanceUid);
    assert.equal(choose(stir, t2).seriesInstanceUid, t2.seriesInstanceUid);
    assert.equal(choose(stir).kind, 'mr-sagittal');
  });
  test('the same series win in any order', () => {
    const all = cases.flatMap(([, better, worse]) => [better, worse]);
    const winner = choose(...all).seriesInstanceUid;
    fc.assert(fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (order) => assert.equal(choose(...order).seriesInstanceUid, winner)));
  });
});

describe('within the chosen series', () => {
  test('captures and localizers among the slices are left out, and the choice says how many', () => {
    const instances = [...stack(50, 1), instance({ sopClassUid: CAPTURE }), instance({ imageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] })];
    const choice = choose(series({ instances }));
    assert.equal(choice.sopInstanceUids.length, 50);
    assert.equal(choice.seriesInstanceCount, 52);
    assert.match(choice.because.join(), /2 of 52 instances/);
  });
  test('instances are listed along the normal, whatever their numbers', () => {
    const instances = stack(20, 1).map((one, k) => ({ ...one, instanceNumber: 20 - k }));
    assert.deepEqual(
      choose(series({ instances: instances.toReversed() })).sopInstanceUids,
      instances.map((one) => one.sopInstanceUid),
    );
  });
  test('an enhanced object with 200 frames counts as 200 slices', () => {
    const enhanced = series({ instances: [instance({ sopClassUid: '1.2.840.10008.5.1.4.1.1.2.1', numberOfFrames: 200, sliceThickness: 1.5 })] });
    const choice = choose(enhanced, series({ instances: stack(20, 1) }));
    assert.equal(choice.seriesInstanceUid, enhanced.seriesInstanceUid);
    assert.match(choice.because[0]!, /300 mm along the spine/);
  });
  test('of two phases in one series one is fetched: the larger, else the earlier', () => {
    const phase = (acquisitionNumber: number, count: number) => stack(count, 1, { acquisitionNumber });
    const [arterial, venous] = [phase(3, 40), phase(4, 40)];
    assert.deepEqual(
      choose(series({ instances: [...venous, ...arterial] })).sopInstanceUids,
      arterial.map((one) => one.sopInstanceUid),
    );
    assert.equal(choose(series({ instances: [...phase(3, 40), ...phase(4, 60)] })).sopInstanceUids.length, 60);
    const byTime = [...stack(30, 1, { contentTime: '101500' }), ...stack(30, 1, { contentTime: '101545' })];
    assert.equal(choose(series({ instances: byTime })).sopInstanceUids.length, 30);
    const numbered = [
      ...stack(30, 1).map((one, k) => ({ ...one, acquisitionNumber: k, contentTime: String(k) })),
      instance({ acquisitionNumber: 99, contentTime: '99' }),
    ];
    assert.equal(choose(series({ instances: numbered })).sopInstanceUids.length, 31, 'a number per slice is no phase');
    const same = [...stack(30, 1), ...stack(30, 1)];
    assert.equal(choose(series({ instances: same })).sopInstanceUids.length, 60, 'left to the assembly');
  });
  test('the size of the series is the archive’s own count where it gives one', () => {
    assert.equal(choose(series({ instanceCount: 301 })).seriesInstanceCount, 301);
    assert.equal(choose(series({ instanceCount: null })).seriesInstanceCount, 300);
  });
  test('a tilted gantry stays axial', () => {
    const angle = (18.5 * Math.PI) / 180;
    const tilted = series({ instances: stack(40, 2, { imageOrientation: [1, 0, 0, 0, Math.cos(angle), -Math.sin(angle)] }) });
    assert.match(choose(tilted).because[0]!, /^axial CT/);
  });
  test('contrast is read from the agent', () => {
    assert.deepEqual(
      [null, 'Iomeron 350', 'NONE', 'APPLIED'].map((contrastAgent) => choose(series({ contrastAgent })).contrast),
      [false, true, false, true],
    );
  });
  test('the lateral view of an X-ray series', () => {
    const lateral = instance({ sopClassUid: DX, patientOrientation: ['P', 'F'], imagePosition: null, imageOrientation: null });
    const choice = choose(series({ modality: 'DX', instances: [instance({ sopClassUid: DX, patientOrientation: ['L', 'F'] }), lateral] }));
    assert.equal(choice.kind, 'xray-lateral');
    assert.deepEqual(choice.sopInstanceUids, [lateral.sopInstanceUid]);
  });
});

test('kernels of four makers', () => {
  const soft = [['Br40d', '3'], ['B30f'], ['STANDARD'], ['SOFT'], ['FC18'], ['B'], ['STD+']];
  const sharp = [['B70f'], ['Br64'], ['Bl57'], ['BONE'], ['LUNG'], ['BONEPLUS'], ['FC52'], ['D'], ['YA']];
  assert.deepEqual(
    soft.map(sharpness),
    soft.map(() => 0),
  );
  assert.deepEqual(
    sharp.map(sharpness),
    sharp.map(() => 2),
  );
  assert.deepEqual([[], [''], ['XYZ']].map(sharpness), [1, 1, 1]);
});
