/** Contracts are real: a second kind of model, in place of the three networks, measures (segmentation) or may only ask for a look (classifier). */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, test } from 'node:test';
import type { CannotSay, Measured } from '#src/case/finding.ts';
import { dicomUid } from '#src/case/ids.ts';
import type { SeriesChoice, StudySummary } from '#src/case/study.ts';
import { makeLog } from '#src/lib/log.ts';
import { loadPolicy } from '#src/load-policy.ts';
import { needsReferral } from '#src/rules/needs-referral.ts';

import { findFractures } from '#src/steps/find-fractures.ts';
import { checkModelFolder } from '#src/systems/fracture-model/check-model-folder.ts';
import { loadFractureModel } from '#src/systems/fracture-model/client.ts';
import { makeKeyImagePainter } from '#src/systems/fracture-model/key-image.ts';
import { makeCase, makeHistory, statingReading } from '#test/fakes/make-case.ts';
import { boxSlices, classifierToy, segmentationToy, TOY_LEVELS, toyWholeFolder, type WholeToy } from './toy-whole.ts';

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function folderOf(toy: WholeToy, changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
  folders.push(await toyWholeFolder(toy, changes));
  return folders.at(-1)!;
}

const CHOICE = {
  seriesInstanceUid: dicomUid('1.2.3.4'),
  kind: 'ct-volume',
  modality: 'CT',
  sopInstanceUids: [],
  kernel: ['B30f'],
  kvp: 120,
  contrast: false,
} as unknown as SeriesChoice;
const STUDY = { studyInstanceUid: '1.2.3', studyDate: '2026-11-20' } as unknown as StudySummary;

async function findingOf(toy: WholeToy, choice: SeriesChoice = CHOICE, losses: Parameters<typeof boxSlices>[0] = { L1: 40 }) {
  const model = await loadFractureModel({
    wholeDir: await folderOf(toy),
    localizerDir: '',
    detectorDir: '/nowhere',
    landmarksDir: '/nowhere',
    executionProviders: ['cpu'],
    intraOpThreads: 1,
    timeLimitMs: 60_000,
    memoryLimitMb: 4096,
    log: makeLog({ level: 'silent' }),
  });
  try {
    const archive = { readSlices: () => Promise.resolve(boxSlices(losses)) };
    const subject = makeCase({ choice, study: STUDY });
    const result = await findFractures(subject, { archive, model, painter: makeKeyImagePainter() });
    return { finding: result.facts?.finding, artifacts: result.artifacts ?? [] };
  } finally {
    await model.close();
  }
}

test('a segmentation gives named bodies, six points in the patient and a grade, through the same rules', async () => {
  const { finding, artifacts } = await findingOf(segmentationToy());
  assert.equal(finding?.state, 'measured', JSON.stringify(finding?.state === 'cannot-say' ? finding.detail : ''));
  const { vertebrae, models } = finding as Measured;
  assert.deepEqual([vertebrae.map((one) => one.level), models.map((one) => one.id)], [TOY_LEVELS, ['toy-segmentation']]);
  for (const one of vertebrae) {
    const { anterior, posterior } = one.heights!;
    // The label map has voxels of 1 mm: an endplate is known to about half of one.
    assert.ok(Math.abs(posterior - 26) < 1.2, `${one.level} posterior ${posterior}`);
    assert.ok(Math.abs(anterior - (one.level === 'L1' ? 15.6 : 26)) < 1.2, `${one.level} anterior ${anterior}`);
  }
  const marked = vertebrae.filter((one) => one.state === 'graded' && (one.grade ?? 0) >= 2);
  assert.deepEqual(
    marked.map((one) => one.level),
    ['L1'],
  );
  const corner = vertebrae[2]!.landmarks.find((landmark) => landmark.name === 'PS')!;
  assert.ok(Math.abs(corner.lps![1] - 16) < 1, `back wall at ${corner.lps![1]}`);
  assert.deepEqual(
    artifacts.map((one) => one.name),
    ['strip.png'],
  );
});

test('a study classifier names no level: "cannot say", a suspicion with its threshold, a review of low priority and never a referral', async () => {
  const { finding, artifacts } = await findingOf(classifierToy(0.83));
  const said = finding as CannotSay;
  assert.deepEqual([said.state, said.reason, said.vertebrae.length, artifacts.length], ['cannot-say', 'study-level-only', 0, 0]);
  assert.deepEqual([said.suspicion?.probability.toFixed(2), said.suspicion?.threshold], ['0.83', 0.5]);
  assert.match(said.detail, /fracture somewhere is suspected \(83 %, threshold 50 %\); no vertebra was named/);
  const decide = (subject: ReturnType<typeof makeCase>) =>
    needsReferral(
      {
        report: subject.facts.report,
        reading: subject.facts.reading!,
        finding: said,
        history: makeHistory(),
        recordProblem: null,
        answers: [],
        today: '2026-11-30',
        reportVersion: 1,
      },
      loadPolicy(),
    );
  const silent = decide(makeCase());
  assert.deepEqual([silent.rule, silent.outcome, silent.priority], ['R06', 'radiologist-review', 'low']);
  assert.match(silent.because[0]?.text ?? '', /Study-level suspicion .* no vertebra was named or measured/);
  // What the report states itself is decided as ever: the suspicion adds no level to it.
  assert.equal(decide(makeCase({ reading: statingReading(['L1']) })).outcome, 'refer');
});

test('below its threshold a classifier is still no "no fracture"', async () => {
  const { finding } = await findingOf(classifierToy(0.1));
  const said = finding as CannotSay;
  const decision = needsReferral(
    {
      report: makeCase().facts.report,
      reading: makeCase().facts.reading!,
      finding: said,
      history: makeHistory(),
      recordProblem: null,
      answers: [],
      today: '2026-11-30',
      reportVersion: 1,
    },
    loadPolicy(),
  );
  assert.deepEqual([said.reason, decision.rule, decision.outcome], ['study-level-only', 'R99', 'exception']);
});

test('a model that is not made for the images abstains; one that says no probability has failed', async () => {
  const toy = segmentationToy();
  const folder = await folderOf(toy, { applies: { modality: ['MR'] } });
  assert.equal((await checkModelFolder(folder)).ok, true);
  const model = await loadFractureModel({
    wholeDir: folder,
    localizerDir: '',
    detectorDir: '',
    landmarksDir: '',
    executionProviders: ['cpu'],
    intraOpThreads: 1,
    timeLimitMs: 60_000,
    memoryLimitMb: 4096,
    log: makeLog({ level: 'silent' }),
  });
  const archive = { readSlices: () => Promise.resolve(boxSlices({})) };
  const result = await findFractures(makeCase({ choice: CHOICE, study: STUDY }), { archive, model, painter: makeKeyImagePainter() });
  await model.close();
  assert.ok(result.facts);
  assert.equal((result.facts.finding as CannotSay).reason, 'model-abstained');
  assert.equal(((await findingOf(classifierToy(1.7))).finding as CannotSay).reason, 'model-failed');
});

test('what a contract needs beside its tensors is asked for at the door', async () => {
  const check = async (toy: WholeToy): Promise<string> => (await checkModelFolder(await folderOf(toy))).problems.join('; ');
  assert.match(await check({ ...segmentationToy(), calibration: {} }), /segmentation3d@1 needs calibration\.levelProbability/);
  assert.match(await check({ ...classifierToy(0.5), calibration: {} }), /studyClassifier@1 needs calibration\.alert\.pMin/);
});
