/** The step that measures: what goes wrong becomes "cannot say" with its reason, never "no fracture"; what may come back is tried again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CannotSay } from '#src/case/finding.ts';
import type { MeasuredBody, ModelOutput } from '#src/case/model-output.ts';
import type { SeriesChoice, StudySummary } from '#src/case/study.ts';
import type { Slice, SpineImages } from '#src/case/volume.ts';
import { AskAHuman, GiveUp, TryLater } from '#src/lib/errors.ts';
import type { FractureModel } from '#src/ports.ts';
import { type FindFracturesPorts, findFractures } from '#src/steps/find-fractures.ts';
import { makeCase } from '#test/fakes/make-case.ts';

const CHOICE = {
  seriesInstanceUid: '1.2.3.4',
  kind: 'ct-volume',
  modality: 'CT',
  sopInstanceUids: [],
  sliceThicknessMm: 1.5,
  kernel: ['B30f'],
  kvp: 120,
  contrast: false,
  scanner: 'toy',
  because: [],
  rejected: [],
} as unknown as SeriesChoice;
const STUDY = { studyInstanceUid: '1.2.3', studyDate: '2026-11-20' } as unknown as StudySummary;
const subject = (choice: SeriesChoice | null = CHOICE) => makeCase({ choice, study: STUDY });

const slice = (z: number): Slice => ({
  sopInstanceUid: `1.2.${z + 100}` as Slice['sopInstanceUid'],
  rows: 4,
  columns: 4,
  // A quarter air, the rest muscle: values that Hounsfield units may have.
  values: Int16Array.from({ length: 16 }, (_, at) => (at < 4 ? -1000 : 40 + at)),
  position: [0, 0, z],
  orientation: [1, 0, 0, 0, 1, 0],
  spacing: [1, 1],
  spacingKind: 'patient',
  acquisitionNumber: 1,
  contentTime: null,
});
const STACK = Array.from({ length: 40 }, (_, at) => slice(2 * at));

const body = (level: MeasuredBody['level'], complete = 1): MeasuredBody => ({
  level,
  levelProbability: 0.95,
  levelText: level,
  complete,
  quality: 0.9,
  tiltRad: 0,
  landmarks: [],
  centrePicture: [60, 30],
  centreLps: [0, 0, 0],
  trabecular: null,
  denseShare: 0,
});
const output = (bodies: readonly MeasuredBody[]): ModelOutput => ({
  bodies,
  picture: { columns: 8, rows: 8, values: new Float32Array(64), mmPerPixel: 1 },
  notes: [],
});

interface Seen {
  images: SpineImages[];
}

function ports(slices: () => Promise<readonly Slice[]>, measure: FractureModel['measure']): FindFracturesPorts & { seen: Seen } {
  const seen: Seen = { images: [] };
  return {
    seen,
    archive: { readSlices: slices },
    model: {
      identities: () => [{ id: 'toy', version: '1', sha256: 'a', manifestSha256: 'b', clinicalData: false }],
      executionProvider: () => 'cpu',
      measure: (images, signal, progress) => {
        seen.images.push(images);
        return measure(images, signal, progress);
      },
    },
    painter: { paintStrip: async () => ({ name: 'strip.png', contentType: 'image/png', bytes: Uint8Array.of(1) }) },
  };
}
const fail = (error: Error) => () => Promise.reject(error);

async function cannotSay(tools: FindFracturesPorts): Promise<CannotSay> {
  const result = await findFractures(subject(), tools);
  assert.equal(result.to, 'measured');
  assert.match(result.detail, /^cannot say/);
  const finding = result.facts?.finding;
  assert.ok(finding && finding.state === 'cannot-say');
  return finding;
}

test('a volume goes to the model, and bodies that cannot be measured give "too few vertebrae" with the picture', async () => {
  const tools = ports(
    async () => STACK,
    async () => output([body('T11'), body('T12'), body('L1', 0.1)]),
  );
  const finding = await cannotSay(tools);
  assert.equal(finding.reason, 'too-few-vertebrae');
  assert.equal(finding.vertebrae.length, 3);
  const [images] = tools.seen.images;
  assert.ok(images?.kind === 'volume' && images.volume.slices === STACK.length && images.volume.quantity === 'HU');
  const result = await findFractures(subject(), tools);
  assert.deepEqual(
    result.artifacts?.map((artifact) => artifact.name),
    ['strip.png'],
  );
  const told = result.facts?.finding;
  assert.deepEqual(told?.picture, { columns: 8, rows: 8, mmPerPixel: 1 }, 'enough to paint the key image when somebody asks for it');
});

const SAMPLED = { ...CHOICE, stack: { count: STACK.length } } as SeriesChoice;

test('a series chosen by a sample has all its instances in the choice and in the finding once it is read', async () => {
  const tools = ports(
    async () => STACK,
    async () => output(['T11', 'T12', 'L1', 'L2'].map((level) => body(level as MeasuredBody['level']))),
  );
  const { facts } = await findFractures(subject(SAMPLED), tools);
  const uids = STACK.map((one) => one.sopInstanceUid);
  assert.deepEqual([facts?.choice?.sopInstanceUids, facts?.choice?.stack], [uids, undefined]);
  if (facts?.finding?.state === 'measured') assert.deepEqual(facts.finding.series, facts.choice);
});

test('a series chosen by a sample that cannot be read is chosen again; one chosen by all headers cannot be said', async () => {
  const spoilt = new GiveUp('a colour picture', { code: 'DICOMWEB_PIXEL_FORMAT', phase: 'parse' });
  const tools = ports(fail(spoilt), async () => output([]));
  await assert.rejects(findFractures(subject(SAMPLED), tools), { name: 'TryLater', code: 'DICOMWEB_NOT_AS_SAMPLED' });
  assert.equal((await cannotSay(tools)).reason, 'decode-failed');
});

test('reading is told with numbers, so that the worker can leave most of them out', async () => {
  const tools = ports(
    async () => STACK,
    async () => output([]),
  );
  const archive: FindFracturesPorts['archive'] = {
    readSlices: async (_study, _choice, progress) => {
      for (let read = 1; read <= 2; read += 1) progress?.(read, 2);
      return STACK;
    },
  };
  const told: unknown[] = [];
  await findFractures(subject(), { ...tools, archive }, { progress: (...words) => told.push(words) });
  assert.deepEqual(told, [
    ['reading pictures', 1, 2],
    ['reading pictures', 2, 2],
  ]);
});

test('slices that are no volume, undecodable pictures, a refusing archive and a failing model each have their reason', async () => {
  const gap = [0, 1, 2, 9, 10, 11].map(slice);
  const model = async (): Promise<ModelOutput> => output([]);
  assert.equal((await cannotSay(ports(async () => gap, model))).reason, 'volume-unusable');
  const broken = new GiveUp('frame 3 cannot be decoded', { code: 'DICOMWEB_DECODE_FAILED', phase: 'compute' });
  assert.equal((await cannotSay(ports(fail(broken), model))).reason, 'decode-failed');
  const refused = new GiveUp('not allowed', { code: 'DICOMWEB_REFUSED', phase: 'answer' });
  assert.equal((await cannotSay(ports(fail(refused), model))).reason, 'archive-failed');
  const hung = new GiveUp('no answer within 60000 ms', { code: 'MODEL_TIMEOUT', phase: 'compute' });
  const finding = await cannotSay(ports(async () => STACK, fail(hung)));
  assert.deepEqual([finding.reason, finding.models.length], ['model-failed', 1]);
});

test('an archive that is down is tried again; a bug is a bug; a case without images is for a person', async () => {
  const down = new TryLater('no connection', { code: 'DICOMWEB_UNREACHABLE', phase: 'connect' });
  const model = async (): Promise<ModelOutput> => output([]);
  await assert.rejects(findFractures(subject(), ports(fail(down), model)), (error) => error === down);
  const stopped = new TryLater('stopped', { code: 'MODEL_STOPPED', phase: 'compute' });
  await assert.rejects(
    findFractures(
      subject(),
      ports(async () => STACK, fail(stopped)),
    ),
    (error) => error === stopped,
  );
  await assert.rejects(
    findFractures(
      subject(),
      ports(async () => STACK, fail(new TypeError('bug'))),
    ),
    TypeError,
  );
  await assert.rejects(
    findFractures(
      subject(null),
      ports(async () => STACK, model),
    ),
    AskAHuman,
  );
});

test('a CT whose values are no Hounsfield units is told as unusable and never measured', async () => {
  const strange = STACK.map((one) => ({ ...one, values: Int16Array.from(one.values, (value) => value + 2000) }));
  let measured = false;
  const result = await findFractures(
    subject(),
    ports(
      () => Promise.resolve(strange),
      () => {
        measured = true;
        return Promise.resolve(output([]));
      },
    ),
    {},
  );
  const finding = result.facts?.finding as CannotSay;
  assert.deepEqual([finding.state, finding.reason, measured], ['cannot-say', 'volume-unusable', false]);
});

test('what was noted of the volume and by the model reaches the facts, also when nothing can be said', async () => {
  const apart = Array.from({ length: 30 }, (_, at) => slice(4 * at));
  const notes = ['spine line from bone and canal, not from the network'];
  const finding = await cannotSay(
    ports(
      async () => apart,
      async () => ({ ...output([body('T12', 0.1)]), notes }),
    ),
  );
  assert.deepEqual(finding.notes, ['slices are 4.0 mm apart: heights are less certain', ...notes]);
});
