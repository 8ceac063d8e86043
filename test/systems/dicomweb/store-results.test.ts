/** A case that is measured again: another result is stored beside the first and names it, the same one is not stored twice. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import dicomParser, { type DataSet } from 'dicom-parser';
import { storeResults } from '#src/app/store-results.ts';
import { STORED_RESULTS } from '#src/app/stored-results.ts';
import type { Case } from '#src/case/case.ts';
import { dicomUid } from '#src/case/ids.ts';
import { makeLog } from '#src/lib/log.ts';
import type { Artifact } from '#src/ports.ts';
import { makeImageArchive } from '#src/systems/dicomweb/client.ts';
import { makeCase, makeFinding } from '#test/fakes/make-case.ts';
import { startArchive } from '#test/hospital/archive.ts';
import { uidOf } from './make-slices.ts';

const STUDY = dicomUid(uidOf('study'))!;

/** One case and its artifacts before the stand-in archive; `write` is one run of the step, `keeps: false` one whose commit was lost. */
async function open(t: TestContext) {
  const server = await startArchive({ folders: [] });
  const archive = makeImageArchive({ url: server.url, auth: { kind: 'none' }, log: makeLog({ level: 'silent' }) });
  t.after(async () => {
    await archive.close();
    await server.close();
  });
  const kept = new Map<string, Artifact>();
  const study = { studyInstanceUid: STUDY, accession: 'A-1', patientId: 'P-1', issuerOfPatientId: null };
  const first: Case = makeCase({ study: { ...study, studyDate: '2026-11-20', modalities: ['CT'], description: '', instanceCount: 12 } });
  const write = async (grades: Parameters<typeof makeFinding>[0], { keeps = true, version = 3, at = '2026-11-20T12:00:00Z' } = {}) => {
    const measured = makeFinding(grades);
    // At a second look the study holds our own series too.
    const rejected = kept.size > 0 ? [{ seriesInstanceUid: uidOf('ours'), because: 'our own result' }] : [];
    const finding = { ...measured, series: { ...measured.series, rejected } };
    const subject = { ...first, version, facts: { ...first.facts, finding } };
    const store = { artifact: async (_: unknown, name: string) => kept.get(name) };
    const list = await storeResults(subject, { archive, store, clock: { now: () => new Date(at) } }, '0.1.0');
    if (list && keeps) kept.set(list.name, list);
    return list;
  };
  /** The same case, when its images cannot be judged any more. */
  const cannotSay = async ({ keeps = true } = {}) => {
    const finding = { state: 'cannot-say' as const, reason: 'no-usable-series' as const, detail: '', models: [], vertebrae: [] as never[] };
    const subject = { ...first, facts: { ...first.facts, finding } };
    const store = { artifact: async (_: unknown, name: string) => kept.get(name) };
    const list = await storeResults(subject, { archive, store, clock: { now: () => new Date('2026-11-21T12:00:00Z') } }, '0.1.0');
    if (list && keeps) kept.set(list.name, list);
    return list;
  };
  const reports = () => server.index.instances({ study: STUDY }).map((one) => dicomParser.parseDicom(one.bytes!));
  return { write, cannotSay, reports, kept };
}

const uid = (report: DataSet) => report.string('x00080018');
const replaces = (report: DataSet) =>
  report.elements['x0040a360']?.items?.[0]?.dataSet?.elements['x00081115']?.items?.[0]?.dataSet?.elements['x00081199']?.items?.[0]?.dataSet?.string(
    'x00081155',
  ) ?? null;

test('measured twice with another finding: two reports, the second refers to the first; back to the first is a third', async (t) => {
  const { write, reports } = await open(t);
  await write({ L1: 2 });
  await write({ L1: 3 });
  await write({ L1: 2 });
  const [first, second, third, ...more] = reports();
  assert.equal(more.length, 0);
  assert.equal(new Set([uid(first!), uid(second!), uid(third!)]).size, 3);
  assert.deepEqual([replaces(first!), replaces(second!), replaces(third!)], [null, uid(first!), uid(second!)]);
});

test('the same finding twice is stored once, also when it is written at another time and the list of series has grown', async (t) => {
  const { write, reports, kept } = await open(t);
  assert.ok(await write({ L1: 2 }));
  assert.equal(await write({ L1: 2 }, { version: 9, at: '2026-11-21T12:00:00Z' }), undefined);
  assert.equal(reports().length, 1);
  assert.ok(!/P-1|A-1/.test(Buffer.from(kept.get(STORED_RESULTS)!.bytes).toString()), 'no patient data in the list');
});

test('a step that was killed before its commit stores nothing twice, and nothing that was not kept is named', async (t) => {
  const { write, reports } = await open(t);
  await write({ L1: 2 }, { keeps: false });
  await write({ L1: 2 }, { version: 4 });
  assert.equal(reports().length, 1);
  await write({ L1: 3 }, { keeps: false });
  await write({ T12: 2 });
  const newest = reports().at(-1)!;
  assert.equal(replaces(newest), uid(reports()[0]!));
});

test('measured, then "cannot say": the archive is told that the old result does not stand, once; measured again stands anew', async (t) => {
  const { write, cannotSay, reports } = await open(t);
  assert.equal(await cannotSay(), undefined, 'nothing of ours is there');
  await write({ L1: 2 });
  await write({ L1: 3 });
  assert.ok(await cannotSay({ keeps: false }));
  assert.ok(await cannotSay());
  assert.equal(await cannotSay(), undefined);
  const [, second, note, ...more] = reports();
  assert.equal(more.length, 0, 'a step that was killed before its commit sends the same note');
  assert.deepEqual([note?.string('x00080060'), note?.string('x00080016')], ['KO', '1.2.840.10008.5.1.4.1.1.88.59']);
  const title = note?.elements['x0040a043']?.items?.[0]?.dataSet;
  assert.deepEqual([title?.string('x00080100'), title?.string('x00080104')], ['113001', 'Rejected for Quality Reasons']);
  const named = (note?.elements['x0040a730']?.items ?? []).map((item) =>
    item.dataSet?.elements['x00081199']?.items?.[0]?.dataSet?.string('x00081155'),
  );
  assert.ok(named.includes(uid(second!)), 'the newest result; the older one is replaced already');
  assert.match(note?.elements['x0040a730']?.items?.[0]?.dataSet?.string('x0040a160') ?? '', /Cannot say.*no statement that there is no fracture/);
  await write({ L1: 3 });
  const last = reports().at(-1)!;
  assert.deepEqual([last.string('x00080060'), replaces(last)], ['SR', null]);
});
