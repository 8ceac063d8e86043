/** An archive that answers searches with nonsense: summaries or a named fault that says which tag, soon, whatever stands in the answer. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { dicomUid } from '#src/case/ids.ts';
import { GiveUp, TryLater } from '#src/lib/errors.ts';
import { makeLog } from '#src/lib/log.ts';
import { pickSeries } from '#src/rules/pick-series.ts';
import { makeImageArchive } from '#src/systems/dicomweb/client.ts';
import { datasets, toSeries, toStudy } from '#src/systems/dicomweb/dicom-json.ts';
import { startArchive } from '#test/hospital/archive.ts';
import { makeSliceFile, uidOf } from '#test/systems/dicomweb/make-slices.ts';

const STUDY = dicomUid(uidOf('study'))!;
const text = (vr: string, ...Value: unknown[]) => ({ vr, Value });
const STUDY_ROW = {
  '0020000D': text('UI', STUDY),
  '00080050': text('SH', 'A-0001'),
  '00100020': text('LO', 'P-100'),
  '00080020': text('DA', '20260310'),
  '00080061': text('CS', 'CT'),
  '00201208': text('IS', 12),
};
const SERIES_ROW = { '0020000E': text('UI', uidOf('series')), '00080060': text('CS', 'CT'), '00201209': text('IS', 12), '00200011': text('IS', '2') };
const INSTANCE = {
  '00080018': text('UI', uidOf('instance 1')),
  '00080016': text('UI', '1.2.840.10008.5.1.4.1.1.2'),
  '00080008': text('CS', 'ORIGINAL', 'PRIMARY', 'AXIAL'),
  '00200032': text('DS', -8, -6, 1),
  '00200037': text('DS', 1, 0, 0, 0, 1, 0),
  '00280030': text('DS', 1, 1),
  '00280010': text('US', 512),
  '00280011': text('US', 512),
  '00180050': text('DS', '1.0'),
  '52009229': text('SQ', { '00289110': text('SQ', { '00280030': text('DS', 1, 1) }) }),
};

/** Any JSON, small and large, flat and deep. */
const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(
    '',
    '0',
    '1e400',
    -1,
    1e308,
    true,
    null,
    [],
    {},
    [[]],
    [null],
    [{}],
    { Value: 'CT' },
    { Value: { 0: 'CT', length: 1 } },
    { Value: [true] },
  ),
  fc.constantFrom<unknown>(
    { vr: 'PN', Value: [{ Alphabetic: 7 }] },
    { Value: [['CT']] },
    { Value: ['1\\2'] },
    { Value: Array.from({ length: 20_000 }, () => 'CT') },
  ),
);

/** One place of a data set replaced: an attribute, its Value, or one of its values. */
function spoil(row: Readonly<Record<string, { Value: readonly unknown[] }>>, place: number, depth: number, value: unknown): unknown {
  const tags = Object.keys(row);
  const tag = tags[place % tags.length]!;
  if (depth === 0) return { ...row, [tag]: value };
  if (depth === 1) return { ...row, [tag]: { ...row[tag], Value: value } };
  if (depth === 2) return { ...row, [tag]: { ...row[tag], Value: [value, ...row[tag]!.Value] } };
  return value;
}

/** The outcome of reading an answer: a value, or a fault of ours in which no value of the answer stands. */
function outcomeOf(read: () => unknown): string {
  try {
    read();
    return 'read';
  } catch (error) {
    assert.ok(error instanceof GiveUp, String(error));
    assert.match(error.message, error.code === 'DICOMWEB_REFUSED' ? /\([0-9A-F]{4},[0-9A-F]{4}\)|not a list/ : /InstanceUID/);
    assert.doesNotMatch(error.message, /A-0001|P-100|2\.25\./);
    return error.code;
  }
}

test('a spoiled row, or any JSON at all, is a summary or a fault that names the tag', () => {
  const seen: Record<string, number> = {};
  fc.assert(
    fc.property(fc.nat(20), fc.nat(3), junk, fc.nat(2), (place, depth, value, which) => {
      const series = (row: unknown, instance: unknown) => {
        const described = [toSeries(datasets([row])[0]!, datasets([instance]))];
        pickSeries(described, toStudy(STUDY_ROW));
      };
      const outcome = outcomeOf(() => {
        if (which === 0) toStudy(datasets([spoil(STUDY_ROW, place, depth, value)])[0]!);
        else if (which === 1) series(spoil(SERIES_ROW, place, depth, value), INSTANCE);
        else series(SERIES_ROW, spoil(INSTANCE, place, depth, value));
      });
      seen[outcome] = (seen[outcome] ?? 0) + 1;
    }),
    { numRuns: 3000, seed: 5 },
  );
  for (const outcome of ['read', 'DICOMWEB_REFUSED', 'DICOMWEB_INVALID_UID']) assert.ok(seen[outcome]! > 50, JSON.stringify(seen));
});

test('numbers may come as texts and texts as numbers', () => {
  const study = toStudy({ ...STUDY_ROW, '00201208': text('IS', ' 12 '), '00080050': text('SH', 17) });
  assert.deepEqual([study.instanceCount, study.accession], [12, '17']);
});

const FOUND: readonly (readonly [name: string, row: object, tag: string])[] = [
  ['a text in place of a list', { ...STUDY_ROW, '00080061': { vr: 'CS', Value: 'CT' } }, '(0008,0061)'],
  ['an attribute that is a text', { ...STUDY_ROW, '00100020': 'P-100' }, '(0010,0020)'],
  ['a list in a list', { ...STUDY_ROW, '00080050': text('SH', ['A-0001']) }, '(0008,0050)'],
  ['a person whose name is a number', { ...STUDY_ROW, '00081030': text('PN', { Alphabetic: 7 }) }, '(0008,1030)'],
];
for (const [name, row, tag] of FOUND)
  test(`${name} names ${tag}`, () =>
    assert.throws(
      () => toStudy(datasets([row])[0]!),
      (error: Error) => error instanceof GiveUp && error.message.includes(tag),
    ));

async function answering(t: TestContext, body: string) {
  const head = { kind: 'raw' as const, headers: { 'content-type': 'application/dicom+json' }, chunks: [Buffer.from(body)], after: 'end' as const };
  const server = await startArchive({ folders: [], fault: () => head });
  server.index.add('', makeSliceFile(0), makeSliceFile(0));
  const archive = makeImageArchive({ url: server.url, auth: { kind: 'none' }, log: makeLog({ level: 'silent' }), limits: { maxJsonBytes: 2 ** 22 } });
  t.after(async () => {
    await archive.close();
    await server.close();
  });
  return archive;
}

const DEPTH = 400_000;
const BODIES: readonly (readonly [name: string, body: string])[] = [
  ['lists in lists, 400,000 deep', '['.repeat(DEPTH) + ']'.repeat(DEPTH)],
  ['items in items, 30,000 deep', `[${'{"52009229":{"vr":"SQ","Value":['.repeat(30_000)}${']}}'.repeat(30_000)}]`],
  ['200,000 empty rows', `[${'{},'.repeat(200_000)}{}]`],
  ['a number for an answer', '7'],
  ['a list of nulls', '[null,null]'],
  ['rows that are lists', '[[],[]]'],
  ['a row with a prototype', '[{"__proto__":{"0020000D":{"Value":["1.2"]}}}]'],
];
for (const [name, body] of BODIES)
  test(`over the wire: ${name}`, async (t) => {
    const archive = await answering(t, body);
    const named = (error: unknown) => assert.ok(error instanceof GiveUp || error instanceof TryLater, String(error));
    await archive.findStudies({ studyInstanceUid: STUDY }).then((found) => assert.deepEqual(found, []), named);
    await archive.earlierStudies({ patientId: 'P-100', before: '2026-03-10' }).then((found) => assert.deepEqual(found, []), named);
    await archive.describeSeries(STUDY).then((found) => assert.deepEqual(found, []), named);
  });
