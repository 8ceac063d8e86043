/** Annotation from end to end: two readers on their pages, their agreement, the adjudicator, the export, and an evaluation that reads it. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { aboutStudies, exportAnnotations } from '#src/app/export-annotations.ts';
import { readLocalSlices } from '#src/app/read-local-slices.ts';
import { startAnnotate } from '#src/app/start-annotate.ts';
import { GiveUp } from '#src/lib/errors.ts';
import { makeLog } from '#src/lib/log.ts';
import { assembleVolume } from '#src/measure/assemble-volume.ts';
import { agreementOf, sideBySide } from '#src/rules/settle-annotations.ts';
import { evaluateModel } from '#src/steps/evaluate-model.ts';
import { type LoadedFractureModel, loadFractureModel } from '#src/systems/fracture-model/client.ts';
import { makeKeyImagePainter } from '#src/systems/fracture-model/key-image.ts';
import { openAnnotationFolder } from '#src/systems/labelled-data/annotation-folder.ts';
import { readCuratedSet } from '#src/systems/labelled-data/curated-set.ts';
import { openLabelledData } from '#src/systems/labelled-data/open-labelled-data.ts';
import { writeDicomSeries } from './hospital/phantom/write-dicom.ts';
import { boxSlices, segmentationToy, TOY_LEVELS, toyWholeFolder } from './systems/fracture-model/toy-whole.ts';

let set = '';
let modelFolder = '';
let model: LoadedFractureModel;
const log = makeLog({ level: 'silent' });

const STUDIES = [
  { study: 'S0001', patient: 'P01', sex: 'F', split: 'train', losses: { L1: 40 } },
  { study: 'S0002', patient: 'P02', sex: 'M', split: 'test', losses: {} },
] as const;

async function writeSet(): Promise<void> {
  const studies = [];
  for (const { losses, ...about } of STUDIES) {
    const assembled = assembleVolume(boxSlices(losses), 'CT');
    assert.ok(assembled.ok);
    const folder = `images/${about.patient}/${about.study}`;
    const files = await writeDicomSeries(
      assembled.volume,
      {
        patient: { id: about.patient, name: 'ANON', birthDate: '19500101', sex: about.sex },
        study: { studyInstanceUid: `2.25.9${about.study.slice(1)}`, accession: 'X', date: '20260101', time: '080000', description: 'CT' },
        series: { number: 1, description: 'AX' },
        transferSyntax: 'explicit-le',
      },
      join(set, folder),
    );
    const written = files.map(({ name }) => ({ file: `${folder}/${name}`, bytes: 1, sha256: 'x' }));
    studies.push({ ...about, role: 'case', matchedTo: null, site: 'A', modality: 'CT', ageYears: 71, scanner: 'Toy, "One"', files: written });
  }
  await writeFile(join(set, 'manifest.json'), JSON.stringify({ format: 'backstop-curated-set', version: 1, studies }));
  await writeFile(join(set, 'labels.csv'), 'scan,patient,level,grade,sex,age\nS0001,P01,L1,3,F,71\n');
}

before(async () => {
  set = await mkdtemp(join(tmpdir(), 'backstop-set-'));
  await writeSet();
  modelFolder = await toyWholeFolder(segmentationToy());
  model = await loadFractureModel({
    wholeDir: modelFolder,
    localizerDir: '',
    detectorDir: '',
    landmarksDir: '',
    executionProviders: ['cpu'],
    intraOpThreads: 1,
    timeLimitMs: 60_000,
    memoryLimitMb: 4096,
    log,
  });
});
after(async () => {
  await model?.close();
  await Promise.all([set, modelFolder].map((folder) => rm(folder, { recursive: true })));
});

/** One reader at the page; `work` gets a way to ask and a way to send a form. */
async function atThePage(
  reader: string | null,
  work: (page: { get(path: string): Promise<string>; post(path: string, fields: Record<string, string>): Promise<Response> }) => Promise<void>,
): Promise<void> {
  const open = await startAnnotate({ folder: set, reader, port: 0, model, painter: makeKeyImagePainter(), log });
  try {
    const post = (path: string, fields: Record<string, string>): Promise<Response> =>
      fetch(`${open.url}${path}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
    assert.equal((await fetch(`${open.url}study/S0001/points`, { method: 'POST', body: 'no form' })).status, 400);
    await work({ get: async (path) => await (await fetch(`${open.url}${path}`)).text(), post });
    const { origin } = new URL(open.url);
    assert.equal((await fetch(`${origin}/`)).status, 404);
    assert.equal((await fetch(`${origin}/${'0'.repeat(32)}/`)).status, 404);
  } finally {
    await open.close();
  }
}

/** The numbers that the form offers for a level. */
function offered(page: string): Record<string, string> {
  return Object.fromEntries([...page.matchAll(/name="((?:[AMP][SI])-[xy])" value="([\d.]+)"/g)].map((match) => [match[1]!, match[2]!]));
}

async function markAll(
  page: Parameters<Parameters<typeof atThePage>[1]>[0],
  study: string,
  change: (level: string, at: Record<string, string>) => void,
) {
  for (const level of TOY_LEVELS) {
    const points = offered(await page.get(`study/${study}?level=${level}`));
    assert.equal(Object.keys(points).length, 12, level);
    change(level, points);
    assert.equal((await page.post(`study/${study}/points`, { ...points, level, action: 'save' })).status, 303);
  }
  assert.equal((await page.post(`study/${study}/finish`, { finished: 'yes' })).status, 303);
}

test("two readers mark two studies from the model's points; a shape that is no body is not saved", async () => {
  await atThePage('Ada Lind', async (page) => {
    assert.match(await page.get(''), /0 of 2 finished by Ada Lind/);
    const broken = { ...offered(await page.get('study/S0001?level=L1')), 'AI-y': '1' };
    const refused = await page.post('study/S0001/points', { ...broken, level: 'L1', action: 'save' });
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /these six points make no vertebral body/);
    await markAll(page, 'S0001', () => undefined);
    await markAll(page, 'S0002', () => undefined);
    // A level that the model did not find gets a box beside its neighbour, and may be said to be not judgeable.
    assert.equal(Object.keys(offered(await page.get('study/S0002?level=T10'))).length, 12);
    await page.post('study/S0002/points', { level: 'L3', action: 'not-evaluable' });
    assert.match(await page.get(''), /2 of 2 finished/);
    assert.equal((await page.post('study/S9999/finish', { finished: 'yes' })).status, 404);
  });
  await atThePage('Bo Ferro', async (page) => {
    // The second reader sees a taller front of L1: no loss to speak of.
    await markAll(page, 'S0001', (level, at) => {
      if (level !== 'L1') return;
      at['AS-y'] = String(Number(at['AS-y']) - 9);
      at['MS-y'] = String(Number(at['MS-y']) - 4.5);
    });
    await markAll(page, 'S0002', () => undefined);
  });
});

test('agreement counts what differs, and says of what', async () => {
  const readers = await openAnnotationFolder(set).readers();
  assert.deepEqual(
    readers.map((one) => one.reader),
    ['Ada Lind', 'Bo Ferro'],
  );
  const rows = sideBySide(readers, await aboutStudies(set));
  const disputed = rows.filter((row) => row.differ.length > 0).map((row) => `${row.study} ${row.level}: ${row.differ.join(', ')}`);
  assert.deepEqual(disputed, ['S0001 L1: fracture or none, grade 2 or below, loss more than 10 points apart', 'S0002 L3: not judged by all']);
  const figures = agreementOf(rows, 2);
  assert.deepEqual([figures.vertebrae, figures.disputed, figures.kappa.grade2?.n], [10, 2, 9]);
  // One of nine differs: the one that only the first calls a fracture, so that agreement is no better than chance.
  assert.ok(Math.abs(figures.kappa.grade2!.observed - 8 / 9) < 1e-9 && Math.abs(figures.kappa.grade2!.kappa!) < 1e-9);
  assert.ok(figures.loss!.n === 9 && figures.loss!.bias < 0);
});

test('what is in dispute is left out of the export until a further reader has decided it', async () => {
  const early = await exportAnnotations(set, null, () => undefined);
  assert.deepEqual([early.vertebrae, early.open.length], [8, 2]);
  await atThePage(null, async (page) => {
    const list = await page.get('');
    assert.match(list, /S0001/);
    const study = await page.get('study/S0001?level=L1');
    assert.match(study, /fracture or none/);
    assert.match(study, /Ada Lind, Bo Ferro/);
    assert.doesNotMatch(study, /level=T12/);
    await page.post('study/S0001/points', { ...offered(study), level: 'L1', action: 'save' });
    await page.post('study/S0002/points', { ...offered(await page.get('study/S0002?level=L3')), level: 'L3', action: 'save' });
  });
  const done = await exportAnnotations(set, null, () => undefined);
  assert.deepEqual([done.vertebrae, done.open.length, done.looks], [10, 0, 90]);
  const lines = (await readFile(join(set, 'points.csv'), 'utf8')).trim().split('\n');
  assert.equal(lines.length, 11);
  assert.match(lines.find((line) => line.startsWith('S0001,P01,L1,'))!, /^S0001,P01,L1,[23],F,71,"Toy, ""One""",A,train,/);
});

test('patches: each look shows the body at its points', async () => {
  const { looks } = JSON.parse(await readFile(join(set, 'fine-tune', 'patches.json'), 'utf8')) as {
    looks: { level: string; split: string; xy: [number, number][] }[];
  };
  const bytes = await readFile(join(set, 'fine-tune', 'patches.f32'));
  assert.ok(looks.length > 0);
  assert.equal(bytes.length, looks.length * 64 * 64 * 4);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  for (const [n, { xy, level }] of looks.entries()) {
    const at = (column: number, row: number): number => values[n * 4096 + Math.round(row) * 64 + Math.round(column)]!;
    const [as, , ps, ai, , pi] = xy as [[number, number], [number, number], [number, number], [number, number], [number, number], [number, number]];
    const middle = [(as[0] + ps[0] + ai[0] + pi[0]) / 4, (as[1] + ps[1] + ai[1] + pi[1]) / 4] as const;
    assert.ok(at(...middle) > 250, `${level}: bone in the middle, ${at(...middle)}`);
    assert.ok(at(ps[0] - 3, ps[1] + 3) > 170 && at(ps[0] + 3, ps[1] + 3) < 170, `${level}: the back wall lies at its points`);
    assert.ok(at(pi[0] - 3, pi[1] - 3) > 170 && at(pi[0] - 3, pi[1] + 3) < 170, `${level}: the lower endplate lies at its points`);
  }
});

test('evaluate reads the export: a model that the readers agreed with is right', async () => {
  const scans = openLabelledData({ folder: set, labelsFile: join(set, 'points.csv'), layout: 'curated', readSlices: readLocalSlices });
  const result = await evaluateModel({ scans, model }, new AbortController().signal);
  assert.deepEqual([result.rows.length, result.invented, result.failed.length, result.namesOnly.length], [10, 0, 0, 0]);
  // The same points, by the same rules, measured in the patient: the same grade, also where the straightened picture bends.
  assert.deepEqual(
    result.rows.map((row) => row.measured?.grade),
    result.rows.map((row) => row.truthGrade),
  );
  assert.ok(Math.abs(result.rawLoss!.bias) < 1 && result.rawLoss!.limits < 3, JSON.stringify(result.rawLoss));
  assert.ok(result.landmarkMm.length === 60 && Math.max(...result.landmarkMm) < 1, `furthest point ${Math.max(...result.landmarkMm)} mm`);
});

test("without points the reports' labels are compared by name, and nothing is called invented", async () => {
  const scans = openLabelledData({ folder: set, labelsFile: join(set, 'labels.csv'), layout: 'curated', readSlices: readLocalSlices });
  const result = await evaluateModel({ scans, model }, new AbortController().signal);
  assert.deepEqual([result.rows.length, result.invented, result.namesOnly, result.rows[0]?.measured?.level], [1, 0, ['S0001'], 'L1']);
});

test('a folder that is no curated set, a file outside it, and a name that is no name are refused', async () => {
  await assert.rejects(readCuratedSet(tmpdir()), GiveUp);
  await assert.rejects(openAnnotationFolder(set).read('../../etc/passwd'), GiveUp);
});
