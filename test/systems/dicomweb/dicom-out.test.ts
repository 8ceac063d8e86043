/** What Backstop stores: without error for dciodvfy and dsrdump, taken by archives, never stored twice, never read as input. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import dicomParser from 'dicom-parser';
import sharp from 'sharp';
import type { Measured } from '#src/case/finding.ts';
import { caseId, dicomUid } from '#src/case/ids.ts';
import { LEVELS, type Vertebra } from '#src/case/vertebra.ts';
import { makeLog } from '#src/lib/log.ts';
import { pickSeries } from '#src/rules/pick-series.ts';
import { makeImageArchive } from '#src/systems/dicomweb/client.ts';
import { type DicomOutInput, dicomOut } from '#src/systems/dicomweb/dicom-out.ts';
import { rejectionNote } from '#src/systems/dicomweb/rejection-note.ts';
import { startArchive } from '#test/hospital/archive.ts';
import { makeSliceFile, uidOf } from './make-slices.ts';
import { ORTHANC_USER, startOrthanc, whyNoOrthanc } from './orthanc.ts';
import { run, tool } from './outside-tools.ts';

const STUDY = dicomUid(uidOf('study'))!;

function vertebra(level: (typeof LEVELS)[number], change: Partial<Vertebra> = {}): Vertebra {
  return {
    level,
    levelProbability: 0.98,
    levelText: level,
    state: 'graded',
    reason: null,
    grade: 0,
    gradeText: '0',
    shape: null,
    loss: { anterior: 3, middle: 4, posterior: 0, percent: 4, raw: 9, sd: 5 },
    heights: { anterior: 22.14, middle: 21.9, posterior: 23.06, unit: 'mm' },
    probability: [0.1, 0.02, 0],
    flags: [],
    landmarks: [],
    centrePicture: [60, 100],
    centreLps: [0, 0, 0],
    trabecularHu: 131.4,
    ...change,
  };
}

const FINDING: Measured = {
  state: 'measured',
  vertebrae: [
    ...LEVELS.slice(3, 11).map((level) => vertebra(level)),
    vertebra('T12', { grade: 2, gradeText: '2', shape: 'wedge', levelProbability: 0.6, levelText: 'T12/L1?' }),
    vertebra('L1', { state: 'not_evaluable', reason: 'cut-by-field-of-view', grade: null, loss: null, heights: null, trabecularHu: null }),
  ],
  levelsAssessed: ['T4', 'T12'],
  density: null,
  worstGrade: 2,
  notes: [],
  models: [{ id: 'vertebra-landmarks', version: '0.1.0', sha256: 'ab'.repeat(32), manifestSha256: 'cd'.repeat(32), clinicalData: false }],
  executionProvider: 'cpu',
  series: {
    seriesInstanceUid: dicomUid(uidOf('series'))!,
    kind: 'ct-volume',
    modality: 'CT',
    sopInstanceUids: Array.from({ length: 12 }, (_, z) => dicomUid(uidOf(`instance ${z}`))!),
    sliceThicknessMm: 1,
    kernel: ['Br40'],
    kvp: 120,
    contrast: false,
    scanner: 'Invented',
    because: [],
    rejected: [],
  },
  studyInstanceUid: STUDY,
  studyDate: '2026-03-10',
  modality: 'CT',
  picture: { columns: 63, rows: 41, mmPerPixel: 1 },
};

async function input(change: Partial<DicomOutInput> = {}): Promise<DicomOutInput> {
  const png = await sharp({ create: { width: 63, height: 41, channels: 3, background: { r: 10, g: 200, b: 30 } } })
    .png()
    .toBuffer();
  return {
    caseId: caseId('11111111-2222-4333-8444-555555555555'),
    version: 1,
    study: {
      studyInstanceUid: STUDY,
      accession: 'A-0001',
      patientId: 'P-100',
      issuerOfPatientId: null,
      studyDate: '2026-03-10',
      modalities: ['CT'],
      description: '',
      instanceCount: 12,
    },
    patient: {
      id: { value: 'P-100', authority: null, type: 'MR' },
      otherIds: [],
      familyName: 'Müller-Østergård',
      givenName: 'Ada',
      birthDate: '1950-01-01',
      sex: 'female',
      deceased: null,
    },
    finding: FINDING,
    madeAt: new Date('2026-03-10T12:34:56Z'),
    softwareVersion: '0.1.0',
    keyImagePng: png,
    replacesVersion: null,
    ...change,
  };
}

async function check(t: TestContext, program: string, file: Uint8Array): Promise<string | undefined> {
  const path = tool(program);
  if (!path) {
    t.skip(`${program} is not installed`);
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'backstop-out-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'x.dcm'), file);
  const { code, output } = await run(path, [join(folder, 'x.dcm')]);
  assert.equal(code, 0, output);
  assert.ok(!/^(Error|E:|F:)/m.test(output), output);
  return output;
}

describe('independent checks', () => {
  test('dciodvfy: the key image', async (t) => void (await check(t, 'dciodvfy', (await dicomOut(await input()))[0]!)));
  test('dciodvfy: the report', async (t) => void (await check(t, 'dciodvfy', (await dicomOut(await input()))[1]!)));
  test('dciodvfy: a corrected report, without a picture', async (t) =>
    void (await check(t, 'dciodvfy', (await dicomOut(await input({ version: 2, replacesVersion: 1, keyImagePng: null })))[0]!)));
  test('dciodvfy: the note that a result does not stand, and dsrdump reads why', async (t) => {
    const { caseId: of, study, patient, madeAt, softwareVersion } = await input();
    const note = rejectionNote({
      caseId: of,
      rejects: 1,
      withPicture: true,
      study,
      patient,
      because: 'Cannot say any more',
      madeAt,
      softwareVersion,
    });
    await check(t, 'dciodvfy', note);
    const output = await check(t, 'dsrdump', note);
    if (output !== undefined) assert.match(output, /Rejected for Quality Reasons[\s\S]*Cannot say any more/);
  });
  test('dsrdump prints every vertebra with its figures', async (t) => {
    const output = await check(t, 'dsrdump', (await dicomOut(await input()))[1]!);
    if (output === undefined) return;
    assert.equal(output.match(/Measurement Group/g)?.length, 10);
    assert.match(output, /Anterior vertebral body height.*22\.1/);
    assert.match(output, /Genant grade 2/);
    assert.match(output, /Not evaluable: cut-by-field-of-view/);
    assert.match(output, /T12\/L1\?/);
    assert.match(output, /Müller-Østergård/);
  });
});

test('the picture is the picture, pixel by pixel', async () => {
  const [file] = await dicomOut(await input());
  const dataset = dicomParser.parseDicom(file!);
  const pixels = dataset.elements['x7fe00010']!;
  assert.deepEqual([dataset.uint16('x00280010'), dataset.uint16('x00280011')], [41, 63]);
  assert.deepEqual([...file!.subarray(pixels.dataOffset, pixels.dataOffset + 6)], [10, 200, 30, 10, 200, 30]);
  assert.equal(pixels.length, 41 * 63 * 3 + 1, 'padded to an even length');
});

test('the same version has the same UIDs, another version other ones, a body keeps its tracking UID', async () => {
  const uids = async (change: Partial<DicomOutInput>) =>
    (await dicomOut(await input(change))).map((file) => dicomParser.parseDicom(file).string('x00080018'));
  const [first, again, second] = [
    await uids({}),
    await uids({ madeAt: new Date('2026-04-01T00:00:00Z') }),
    await uids({ version: 2, replacesVersion: 1 }),
  ];
  assert.deepEqual(first, again);
  assert.ok(first.every((uid) => !second.includes(uid)));
  for (const uid of [...first, ...second]) assert.ok(dicomUid(uid!), 'a valid UID');
});

test('a corrected report names the one it replaces', async () => {
  const [, before] = await dicomOut(await input());
  const [, after] = await dicomOut(await input({ version: 2, replacesVersion: 1 }));
  const predecessor = dicomParser.parseDicom(after!).elements['x0040a360']!.items![0]!.dataSet!;
  const reference = predecessor.elements['x00081115']!.items![0]!.dataSet!.elements['x00081199']!.items![0]!.dataSet!;
  assert.equal(reference.string('x00081155'), dicomParser.parseDicom(before!).string('x00080018'));
});

test('an X-ray without millimetres reports no millimetres', async (t) => {
  const bodies = [vertebra('T12', { heights: { anterior: 80, middle: 80, posterior: 90, unit: 'px' }, trabecularHu: null })];
  const output = await check(t, 'dsrdump', (await dicomOut(await input({ finding: { ...FINDING, modality: 'DX', vertebrae: bodies } })))[1]!);
  if (output === undefined) return;
  assert.ok(!/body height"/.test(output));
  assert.match(output, /Vertebral body height loss/);
});

for (const [name, skip, start] of [
  ['the stand-in', undefined, () => startArchive({ folders: [] })],
  ['Orthanc', whyNoOrthanc(), () => startOrthanc()],
] as const) {
  test(`${name} takes the result once, and it is never chosen as input`, { skip: skip ?? false }, async (t) => {
    const server = await start();
    const auth = name === 'Orthanc' ? ({ kind: 'basic', ...ORTHANC_USER } as const) : ({ kind: 'none' } as const);
    const archive = makeImageArchive({ url: server.url, auth, log: makeLog({ level: 'silent' }) });
    t.after(async () => {
      await archive.close();
      await server.close();
    });
    await archive.store(
      STUDY,
      Array.from({ length: 12 }, (_, z) => makeSliceFile(z)),
    );
    const result = await dicomOut(await input());
    assert.deepEqual((await archive.store(STUDY, result)).failed, []);
    assert.equal((await archive.store(STUDY, result)).stored.length, 2);
    const series = await archive.describeSeries(STUDY);
    assert.equal(series.length, 3);
    assert.equal(series.find((one) => one.modality === 'SR')!.instanceCount, 1, 'stored once');
    const pick = pickSeries(series, (await input()).study);
    assert.ok(pick.ok);
    assert.equal(pick.choice.seriesInstanceUid, uidOf('series'));
    assert.deepEqual(
      pick.choice.rejected.map((one) => one.because),
      ['our own result', 'our own result'],
    );
  });
}
