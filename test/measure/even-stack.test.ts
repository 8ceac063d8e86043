/** What four headers foretell is what all of them tell, and a slice that lies elsewhere is never given a place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dicomUid } from '#src/case/ids.ts';
import type { InstanceSummary, SeriesSummary, StudySummary } from '#src/case/study.ts';
import { evenStackOf, placeIn } from '#src/measure/even-stack.ts';
import { pickSeries } from '#src/rules/pick-series.ts';

const STUDY = { studyInstanceUid: dicomUid('2.25.1')!, modalities: ['CT'] } as unknown as StudySummary;
const DIRECTIONS: readonly (readonly number[])[] = [
  [1, 0, 0, 0, 1, 0],
  [0, 1, 0, 0, 0, -1],
  [1, 0, 0, 0, 0, -1],
  [1, 0, 0, 0, Math.cos(0.3), Math.sin(0.3)],
];

interface Made {
  readonly count: number;
  readonly gapMm: number;
  readonly direction: readonly number[];
  readonly isDescending: boolean;
  /** Share of the gap by which a slice's table position may be off. */
  readonly wobble: number;
}

function slices({ count, gapMm, direction: [a, b, c, d, e, f], isDescending, wobble, direction }: Made): InstanceSummary[] {
  const normal = [b! * f! - c! * e!, c! * d! - a! * f!, a! * e! - b! * d!];
  return Array.from({ length: count }, (_, k) => {
    const along = (isDescending ? -1 : 1) * gapMm * (k + wobble * Math.sin(k));
    return {
      sopInstanceUid: dicomUid(`2.25.${1000 + k}`)!,
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      instanceNumber: k + 1,
      imageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
      imagePosition: normal.map((value, axis) => Number((value * along - 100 + 10 * axis).toFixed(5))),
      imageOrientation: [...direction],
      pixelSpacing: [0.7, 0.7],
      imagerPixelSpacing: null,
      sliceThickness: gapMm,
      rows: 512,
      columns: 512,
      numberOfFrames: 1,
      acquisitionNumber: 1,
      contentTime: null,
      viewPosition: null,
      patientOrientation: null,
    };
  });
}

function sampleOf(all: readonly InstanceSummary[]): InstanceSummary[] {
  return [all[0]!, all[1]!, all[all.length >> 1]!, all.at(-1)!];
}

function series(instances: readonly InstanceSummary[], more: Partial<SeriesSummary> = {}): SeriesSummary {
  return {
    seriesInstanceUid: dicomUid('2.25.2')!,
    modality: 'CT',
    seriesNumber: 2,
    description: '',
    bodyPart: '',
    kernel: ['Br40'],
    kvp: 120,
    contrastAgent: null,
    manufacturer: 'Invented',
    model: 'One',
    sequenceName: '',
    echoTimeMs: null,
    repetitionTimeMs: null,
    instanceCount: instances.length,
    instances,
    ...more,
  };
}

const made: fc.Arbitrary<Made> = fc.record({
  count: fc.integer({ min: 40, max: 400 }),
  gapMm: fc.constantFrom(0.5, 0.625, 1, 1.25, 1.5, 2.5, 3, 5),
  direction: fc.constantFrom(...DIRECTIONS),
  isDescending: fc.boolean(),
  wobble: fc.constantFrom(0, 0, 0.005, 0.02),
});

test('a choice by the sample is the choice by all headers, and each slice has its place in that order', () => {
  fc.assert(
    fc.property(made, (one) => {
      const all = slices(one);
      const sample = sampleOf(all);
      const stack = evenStackOf(sample, all.length);
      assert.ok(stack, 'the sample lies evenly');
      const whole = pickSeries([series(all)], STUDY);
      const sampled = pickSeries([series(sample, { instanceCount: all.length, stack })], STUDY);
      assert.ok(whole.ok && sampled.ok);
      const {
        sopInstanceUids,
        because: [line],
        ...rest
      } = whole.choice;
      const {
        sopInstanceUids: _,
        stack: kept,
        because: [sampledLine],
        ...sampledRest
      } = sampled.choice;
      assert.deepEqual(sampledRest, rest);
      assert.equal(kept, stack);
      const coverage = (text?: string) => Number(/(\d+) mm along the spine/.exec(text ?? '')?.[1]);
      if (one.wobble === 0) assert.equal(sampledLine?.replace(/\d+ mm along/, ''), line?.replace(/\d+ mm along/, ''));
      assert.ok(Math.abs(coverage(sampledLine) - coverage(line)) <= 1, 'the same extent, but for rounding');
      const byPlace = all.map((slice) => [placeIn(stack, slice), slice.sopInstanceUid] as const).toSorted(([a], [b]) => a! - b!);
      assert.deepEqual(
        byPlace,
        sopInstanceUids.map((uid, place) => [place, uid]),
      );
    }),
  );
});

const EVEN: Made = { count: 100, gapMm: 1, direction: DIRECTIONS[0]!, isDescending: false, wobble: 0 };

test('a sample that does not lie evenly foretells nothing', () => {
  const all = slices(EVEN);
  const changed = (at: number, change: Partial<InstanceSummary>) => all.map((slice, k) => (k === at ? { ...slice, ...change } : slice));
  const no = (name: string, list: readonly InstanceSummary[], count = list.length) =>
    assert.equal(evenStackOf(sampleOf(list), count), undefined, name);
  no('a gap', changed(99, { imagePosition: [0, 0, 40] }));
  no('two phases one after the other', [...all.slice(0, 50), ...all.slice(0, 50).map((slice, k) => ({ ...slice, instanceNumber: 51 + k }))]);
  no(
    'two phases by turns',
    all.map((slice, k) => ({ ...slice, imagePosition: [0, 0, k >> 1] })),
  );
  no('another direction', changed(50, { imageOrientation: [0, 1, 0, 0, 0, -1] }));
  no('another size', changed(99, { rows: 256 }));
  no('another pixel spacing', changed(50, { pixelSpacing: [0.8, 0.8] }));
  no('a localizer', changed(0, { imageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] }));
  no('a capture', changed(99, { sopClassUid: '1.2.840.10008.5.1.4.1.1.7' }));
  no('no position', changed(50, { imagePosition: null }));
  no('frames', changed(0, { numberOfFrames: 2 }));
  no('the last number is not the count', all, 101);
  no(
    'numbers from 0',
    all.map((slice, k) => ({ ...slice, instanceNumber: k })),
  );
  no(
    'one place',
    all.map((slice) => ({ ...slice, imagePosition: [0, 0, 0] })),
  );
});

test('a slice that lies elsewhere, or is of another kind, has no place', () => {
  const all = slices(EVEN);
  const stack = evenStackOf(sampleOf(all), 100)!;
  const [slice] = all.slice(20);
  const [x, y, z] = slice!.imagePosition!;
  assert.equal(placeIn(stack, slice!), 20);
  assert.equal(placeIn(stack, { ...slice!, imagePosition: [x!, y!, z! + 0.05] }), 20);
  for (const change of [
    { imagePosition: [x!, y!, z! + 0.2] },
    { imagePosition: [x!, y!, z! - 30] },
    { imagePosition: [x!, y!, z! + 80] },
    { imagePosition: null },
    { imageType: ['DERIVED', 'SECONDARY', 'AXIAL'] },
    { imageOrientation: [0, 1, 0, 0, 0, -1] },
    { pixelSpacing: [0.8, 0.7] },
    { columns: 256 },
    { numberOfFrames: 2 },
    { sopClassUid: '1.2.840.10008.5.1.4.1.1.7' },
  ])
    assert.equal(placeIn(stack, { ...slice!, ...change }), undefined, JSON.stringify(change));
});
