/** The rules of measurement, given the true landmarks of the samples, must give the true grades: phantom and rules were written apart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeasuredBody } from '#src/case/model-output.ts';
import type { Level, Vertebra } from '#src/case/vertebra.ts';
import { LANDMARK_NAMES, LEVELS } from '#src/case/vertebra.ts';
import { gradeStudy } from '#src/rules/grade-study.ts';
import { phantomTruth } from '#test/hospital/phantom/make-phantom.ts';
import type { VertebraTruth } from '#test/hospital/phantom/parameters.ts';
import { SAMPLE_STUDIES } from '../tools/samples/sample-studies.ts';

/** One picture pixel is 1 mm; columns run back, rows run down. */
function seen(vertebra: VertebraTruth, trabecularHu: number): MeasuredBody {
  const picture = ([, y, z]: readonly [number, number, number]): [number, number] => [150 + y, 400 - z];
  return {
    level: vertebra.level as Level,
    levelProbability: 0.99,
    levelText: vertebra.level,
    complete: vertebra.wholeInView ? 1 : 0,
    quality: 3,
    tiltRad: 0,
    landmarks: LANDMARK_NAMES.map((name) => ({ name, lps: vertebra.landmarksLps[name], picture: picture(vertebra.landmarksLps[name]), sigma: 0.7 })),
    centrePicture: picture(vertebra.centreLps),
    centreLps: vertebra.centreLps,
    trabecular: { hu: trabecularHu, sdHu: 20, areaMm2: 200 },
    denseShare: 0,
  };
}

for (const sample of SAMPLE_STUDIES) {
  test(`${sample.id}: true landmarks give true grades, and losses within 5 points`, () => {
    const truth = phantomTruth(sample.phantom);
    for (const vertebra of truth.vertebrae) assert.ok((LEVELS as readonly string[]).includes(vertebra.level));
    const finding = gradeStudy(
      {
        bodies: truth.vertebrae.map((vertebra) => seen(vertebra, truth.trabecularHu)),
        picture: { columns: 400, rows: 900, values: new Float32Array(0), mmPerPixel: 1 },
        notes: [],
      },
      {
        sex: sample.person.sex,
        choice: {
          seriesInstanceUid: '2.25.1' as never,
          kind: 'ct-volume',
          modality: 'CT',
          sopInstanceUids: [],
          sliceThicknessMm: 1.5,
          kernel: ['B30f'],
          kvp: 120,
          contrast: sample.phantom.contrast ?? false,
          scanner: '',
          because: [],
          rejected: [],
        },
        studyInstanceUid: '2.25.1',
        studyDate: null,
        models: [],
        executionProvider: 'none',
        sliceSpacingMm: 1.5,
      },
    );
    assert.equal(finding.state, 'measured');
    for (const vertebra of truth.vertebrae.filter((one) => one.wholeInView)) {
      const graded: Vertebra | undefined = finding.vertebrae.find((one) => one.level === vertebra.level);
      assert.equal(graded?.grade, vertebra.grade, vertebra.level);
      assert.equal(graded?.shape ?? null, vertebra.shape, vertebra.level);
      const error = Math.abs((graded?.loss?.percent ?? Number.NaN) - vertebra.lossPercent);
      assert.ok(error < (vertebra.grade > 0 ? 5 : 15), `${vertebra.level}: ${graded?.loss?.percent} % for ${vertebra.lossPercent} %`);
    }
    for (const vertebra of truth.vertebrae.filter((one) => !one.wholeInView)) {
      assert.equal(finding.vertebrae.find((one) => one.level === vertebra.level)?.state, 'not_evaluable', vertebra.level);
    }
  });
}
