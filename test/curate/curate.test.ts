/** A curated set from a made year: whole, the same after a broken run, and without any identifier that went in; what was planted is found. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CurateSettings, curate } from '#src/app/curate.ts';
import { heapOf, piecesOfFolder } from '#src/app/curate-sources.ts';
import { makeLog } from '#src/lib/log.ts';
import type { SetManifest } from '#src/systems/curated-set/manifest.ts';
import { verifySet } from '#src/systems/curated-set/verify-set.ts';
import { makeImageArchive, type OpenImageArchive } from '#src/systems/dicomweb/client.ts';
import { type RunningArchive, startArchive } from '#test/hospital/archive.ts';
import { writeYearImages, YEAR_IMAGE_SIZES } from '../../tools/year/year-images.ts';
import { yearMessage } from '../../tools/year/year-message.ts';
import { DEFAULT_YEAR, type YearTruth } from '../../tools/year/year-options.ts';
import { yearTruths } from '../../tools/year/year-truth.ts';

let folder: string;
let server: RunningArchive;
let archive: OpenImageArchive;
let truths: readonly YearTruth[];
let whole: SetManifest;

const at = (name: string): string => join(folder, name);
const settings = (out: string): CurateSettings => ({
  out: at(out),
  identifiersFile: at(`${out}.identifiers.jsonl`),
  secret: 'a secret that is made for this test only',
  maxCases: null,
  controlsPerCase: 1,
  ageWithinYears: 8,
  splits: { train: 0.6, tune: 0.2 },
  software: '0.0.0',
  today: '2026-11-23',
});
const run = async (out: string, own: Pick<OpenImageArchive, keyof OpenImageArchive> = archive): Promise<SetManifest> => {
  const heap = await heapOf(piecesOfFolder(at('hl7'), { HL7_SOURCES: '' }), { folder: at('.') });
  try {
    return await curate(heap, settings(out), { archive: own, progress: () => undefined });
  } finally {
    heap.close();
  }
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backstop-curate-'));
  truths = [...yearTruths({ ...DEFAULT_YEAR, reports: 70, seed: 3, imageShare: 1 })].filter((truth) => truth.modality === 'CT');
  const folders: string[] = [];
  for (const truth of truths) {
    const file = at(`hl7/${truth.site.name}/${truth.accession}.hl7`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, yearMessage(truth));
    if (truth.hasImages) folders.push(await writeYearImages(truth, at('images'), YEAR_IMAGE_SIZES.blank));
  }
  server = await startArchive({ folders });
  archive = makeImageArchive({ url: server.url, auth: { kind: 'none' }, log: makeLog({ level: 'silent' }) });
  whole = await run('set');
});
after(async () => {
  await archive.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

test('cases are what the truth says, each with one matched control and its own patient’s split', () => {
  const stated = truths.filter((truth) => truth.says === 'stated' && truth.beside === 'nothing' && truth.hasImages);
  const cases = whole.studies.filter((one) => one.role === 'case');
  assert.ok(stated.length >= 4, `${stated.length} stated`);
  assert.equal(cases.length, stated.length);
  assert.deepEqual(
    cases.map((one) => one.label.levels.join(' ')).sort(),
    stated.map((truth) => truth.fractures.map((one) => one.level).join(' ')).sort(),
  );
  const controls = whole.studies.filter((one) => one.role === 'control');
  assert.ok(controls.length > 0);
  for (const control of controls) {
    const own = cases.find((one) => one.study === control.matchedTo);
    assert.deepEqual([control.sex, control.modality, control.scanner, control.split], [own?.sex, own?.modality, own?.scanner, own?.split]);
  }
  for (const own of Map.groupBy(whole.studies, (one) => one.patient).values()) assert.equal(new Set(own.map((one) => one.split)).size, 1);
});

test('no identifier that went in is in any byte that came out', async () => {
  const result = await verifySet(at('set'), at('set.identifiers.jsonl'));
  assert.deepEqual(result.found, []);
  assert.ok(
    result.identifiers > 20 * whole.studies.length && result.files > whole.studies.length,
    `${result.identifiers} identifiers, ${result.files} files`,
  );
});

test('what is planted is found, with file and offset', async () => {
  const one = whole.studies[0];
  assert.ok(one);
  const kept = (await readFile(at('set.identifiers.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; value: string; patient: string });
  const valueOf = (kind: string): string => kept.find((each) => each.kind === kind && each.patient === one.patient)?.value ?? '';
  const planted = [
    ['name', Buffer.from(valueOf('name').toUpperCase())],
    ['name', Buffer.from(valueOf('name'), 'utf16le')],
    ['number', Buffer.from(valueOf('number'))],
    ['birth-date', Buffer.from(valueOf('birth-date').replace(/(\d{4})(\d{2})(\d{2})/, '$3/$2/$1'))],
    ['address', Buffer.from(valueOf('address'))],
    ['uid', Buffer.from(valueOf('uid'))],
  ] as const;
  for (const [kind, bytes] of planted) {
    const file = at('set/planted.bin');
    await writeFile(file, Buffer.concat([Buffer.from('before '), bytes, Buffer.from(' behind')]));
    const { found } = await verifySet(at('set'), at('set.identifiers.jsonl'));
    assert.ok(
      found.some((each) => each.file === 'planted.bin' && each.kind === kind && each.offset === 7),
      `${kind} ${JSON.stringify(found)}`,
    );
    await rm(file);
  }
  const image = one.instances[0]?.file ?? '';
  const before = await readFile(at(`set/${image}`));
  await appendFile(at(`set/${image}`), Buffer.from(valueOf('number')));
  const { found } = await verifySet(at('set'), at('set.identifiers.jsonl'));
  assert.ok(found.some((each) => each.file === image && each.where === 'pixels' && each.offset === before.length));
  assert.deepEqual(
    (await verifySet(at('set'), at('set.identifiers.jsonl'), [valueOf('number')])).found.filter((each) => each.offset === before.length),
    [],
  );
  await writeFile(at(`set/${image}`), before);
});

test('an examination’s day is looked for in the files of its own patient only', async () => {
  const [one, other] = [...new Set(whole.studies.map((each) => each.patient))];
  const kept = (await readFile(at('set.identifiers.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; value: string; patient: string });
  const day = kept.find((each) => each.kind === 'date' && each.patient === one)?.value ?? '';
  for (const [patient, expected] of [
    [one, 1],
    [other, 0],
  ] as const) {
    const file = at(`set/images/${patient}/note.txt`);
    await writeFile(file, `on ${day}.`);
    const { found } = await verifySet(at('set'), at('set.identifiers.jsonl'));
    assert.equal(found.filter((each) => each.file.endsWith('note.txt') && each.kind === 'date').length, expected);
    await rm(file);
  }
});

test('a run that breaks in the middle of a series goes on and ends as one that did not break', async () => {
  let streams = 0;
  const breaking: OpenImageArchive = {
    ...archive,
    instances: async function* (study, series) {
      streams += 1;
      let sent = 0;
      for await (const one of archive.instances(study, series)) {
        if (streams === 3 && ++sent > 2) throw new Error('the power failed');
        yield one;
      }
    },
  };
  await assert.rejects(run('broken', breaking), /the power failed/);
  await appendFile(at('broken/progress.jsonl'), '{"study":"S00');
  let asked = 0;
  const counting: OpenImageArchive = {
    ...archive,
    instances: (study, series) => {
      asked += 1;
      return archive.instances(study, series);
    },
  };
  assert.deepEqual(await run('broken', counting), whole);
  assert.equal(asked, whole.studies.length - 2, 'what was fetched before is not fetched again');
  assert.deepEqual(await tree(at('broken')), await tree(at('set')));
});

async function tree(root: string): Promise<readonly string[]> {
  return (await readdir(join(root, 'images'), { recursive: true })).sort();
}

test('a series with a capture in it is refused whole, and leaves nothing behind', async () => {
  const first = whole.studies.find((one) => one.role === 'case');
  assert.ok(first);
  const marked: OpenImageArchive = {
    ...archive,
    instances: async function* (study, series) {
      for await (const one of archive.instances(study, series)) {
        const text = one.bytes.toString('latin1');
        yield { ...one, bytes: Buffer.from(text.replace('ORIGINAL\\PRIMARY\\AXIAL', 'DERIVED\\SCREEN SAVE   '), 'latin1') };
      }
    },
  };
  const manifest = await run('refused', marked);
  assert.deepEqual(manifest.studies, []);
  assert.equal(manifest.counts.imagesNotTaken['refused: screen-save'], whole.studies.filter((one) => one.role === 'case').length);
  assert.deepEqual(await tree(at('refused')), []);
});
