/** The shipped networks on a phantom with known heights (rung c in small): every whole vertebra found, named and measured, the spine bent and off centre. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { SIX_POINTS, type SixOnPicture } from '#src/case/annotation.ts';
import type { SeriesChoice } from '#src/case/study.ts';
import type { Vertebra } from '#src/case/vertebra.ts';
import { makeLog } from '#src/lib/log.ts';
import { type PictureInPatient, pictureToLps } from '#src/measure/picture-to-lps.ts';
import { gradeAnnotations } from '#src/rules/grade-annotation.ts';
import { gradeStudy } from '#src/rules/grade-study.ts';
import { type LoadedFractureModel, loadFractureModel } from '#src/systems/fracture-model/client.ts';
import { makePhantom } from '#test/hospital/phantom/make-phantom.ts';
import { makeXrayPhantom } from '#test/hospital/phantom/make-xray-phantom.ts';

const MODELS = { localizerDir: 'models/spine-localizer', detectorDir: 'models/vertebra-detector', landmarksDir: 'models/vertebra-landmarks' };
const skip = Object.values(MODELS).every((folder) => existsSync(`${folder}/manifest.json`)) ? false : 'the networks are not trained yet';
const CHOICE = { modality: 'CT', kernel: ['B30f'], kvp: 120, contrast: false } as unknown as SeriesChoice;

let model: LoadedFractureModel;
before(async () => {
  if (skip) return;
  model = await loadFractureModel({
    ...MODELS,
    executionProviders: ['cpu'],
    intraOpThreads: 2,
    timeLimitMs: 120_000,
    memoryLimitMb: 4096,
    log: makeLog({ level: 'silent' }),
  });
});
after(() => model?.close());

test('a scoliotic, leaning, off-centre spine with two fractures', { skip }, async () => {
  const { volume, truth } = makePhantom({
    seed: 41,
    sex: 'female',
    from: 'T9',
    to: 'S1',
    scoliosisMm: 10,
    leanDegrees: 5,
    offCentreMm: [14, -10],
    fractures: [
      { level: 'T12', shape: 'wedge', lossPercent: 36 },
      { level: 'L3', shape: 'biconcave', lossPercent: 34 },
    ],
  });
  const output = await model.measure({ kind: 'volume', volume }, new AbortController().signal);
  const finding = gradeStudy(output, {
    sex: 'female',
    choice: CHOICE,
    studyInstanceUid: '2.25.1',
    studyDate: null,
    models: model.identities(),
    executionProvider: model.executionProvider(),
    sliceSpacingMm: volume.sliceSpacingMm,
  });
  assert.equal(finding.state, 'measured');
  const whole = truth.vertebrae.filter((vertebra) => vertebra.wholeInView);
  for (const vertebra of whole) {
    const seen: Vertebra | undefined = finding.vertebrae.find((each) => each.level === vertebra.level);
    assert.ok(seen?.loss && seen.centreLps, `${vertebra.level} found and measured (${seen?.reason ?? 'missed'})`);
    const off = Math.hypot(...vertebra.centreLps.map((value, axis) => value - seen.centreLps![axis]!));
    assert.ok(off < 4, `${vertebra.level} is ${off.toFixed(1)} mm off`);
    // Ten points, not five, so that the test does not hang on one training run; the model card tells the measured figures.
    assert.ok(
      Math.abs(seen.loss.percent - vertebra.lossPercent) < 10,
      `${vertebra.level}: ${seen.loss.percent.toFixed(1)} for ${vertebra.lossPercent}`,
    );
    assert.equal((seen.grade ?? 0) >= 2, vertebra.lossPercent >= 25, vertebra.level);
  }
  const graded = finding.vertebrae.filter((vertebra) => vertebra.state !== 'not_evaluable').map((vertebra) => vertebra.level);
  assert.ok(
    graded.every((level) => truth.vertebrae.some((vertebra) => vertebra.level === level)),
    `nothing invented: ${graded.join()}`,
  );
  assert.ok(finding.density === null || Math.abs(finding.density.hu - truth.trabecularHu) < 15);
});

test('a lordotic film of whole vertebrae is measured on the film, not on the picture that is straightened along it', { skip }, async () => {
  const { picture } = makeXrayPhantom({ seed: 42, sex: 'male', bodyScale: 1.06, from: 'L1', to: 'S3' });
  const output = await model.measure({ kind: 'picture', picture }, new AbortController().signal);
  const context = {
    sex: 'male' as const,
    choice: { ...CHOICE, modality: 'CR' as const, kvp: null, kernel: [] },
    studyInstanceUid: '2.25.1',
    studyDate: null,
    models: model.identities(),
    executionProvider: model.executionProvider(),
    sliceSpacingMm: null,
  };
  const losses = (of: typeof output): number[] => gradeStudy(of, context).vertebrae.flatMap(({ loss }) => (loss ? [loss.percent] : []));
  const measured = losses(output);
  assert.ok(measured.length >= 4, `${measured.length} bodies measured`);
  assert.ok(Math.max(...measured) < 12, measured.map(Math.round).join(' '));
  // The same points on the straightened picture: the rear of a lordosis is stretched there, and the lowest bodies read as broken.
  const bodies = output.bodies.map((body) => ({ ...body, landmarks: body.landmarks.map(({ film: _film, ...landmark }) => landmark) }));
  assert.ok(Math.max(...losses({ ...output, bodies })) > 15);

  // A reader who leaves every point where it is (annotation) gets the same: six points instead of ten, so nearly.
  const { columns, rowsFilm } = output.picture;
  const film: PictureInPatient = { columns, mmPerPixel: 1, rowsLps: rowsFilm! };
  for (const { landmarks } of output.bodies)
    for (const landmark of landmarks) {
      const [, right, up] = pictureToLps(film, landmark.picture);
      assert.ok(Math.hypot(right - landmark.film![0], -up - landmark.film![1]) < 0.5, `${landmark.name}: ${right},${-up} for ${landmark.film}`);
    }
  const marked = output.bodies.map(({ level, landmarks }) => ({
    study: 'S1',
    level,
    points: Object.fromEntries(SIX_POINTS.map((name) => [name, landmarks.find((one) => one.name === name)!.picture])) as unknown as SixOnPicture,
  }));
  const readers = (on: PictureInPatient | null) => gradeAnnotations(marked, { sex: 'male', picture: on }).map(({ loss }) => loss ?? 0);
  assert.ok(Math.max(...readers(film)) < 12, readers(film).map(Math.round).join(' '));
  assert.ok(Math.max(...readers(null)) > 15, 'on the straightened picture they read as broken');
});
