/** Memory of volumes: taken again only after it was given back, never twice at once, and never with another study's pixels in what is given out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dicomUid } from '#src/case/ids.ts';
import type { SeriesChoice } from '#src/case/study.ts';
import { makeLog } from '#src/lib/log.ts';
import { makeImageArchive } from '#src/systems/dicomweb/client.ts';
import { makeVolumeMemory } from '#src/systems/dicomweb/volume-memory.ts';
import { startArchive } from '#test/hospital/archive.ts';
import { makeSliceFile, uidOf } from './make-slices.ts';

test('a block is taken again when it was given back, and not before', () => {
  const memory = makeVolumeMemory();
  const first = memory.take(1000);
  const second = memory.take(1000);
  assert.notEqual(first, second);
  memory.giveBack(first);
  assert.equal(memory.take(900), first);
  assert.notEqual(memory.take(900), first);
});

test('given back twice, it is still taken once; what is not ours is left alone', () => {
  const memory = makeVolumeMemory();
  const block = memory.take(1000);
  memory.giveBack(block);
  memory.giveBack(block);
  assert.equal(memory.take(10), block);
  assert.notEqual(memory.take(10), block);
  const foreign = new SharedArrayBuffer(1000);
  memory.giveBack(foreign);
  memory.giveBack(new ArrayBuffer(1000));
  assert.notEqual(memory.take(10), foreign);
});

test('a block that is too small is let go, and of two the larger is kept', () => {
  const memory = makeVolumeMemory();
  const [small, large] = [memory.take(1000), memory.take(2000)];
  memory.giveBack(large);
  memory.giveBack(small);
  assert.equal(memory.take(1500), large);
  memory.giveBack(large);
  assert.equal(memory.take(3000).byteLength, 3000);
});

const STUDY = dicomUid(uidOf('study'))!;

/** Every pixel of a series has its own grey, so that one of another series shows. */
function seriesOf(name: string, slices: number, side: number, grey: number) {
  const uids = Array.from({ length: slices }, (_, z) => dicomUid(uidOf(`${name} ${z}`))!);
  const files = uids.map((SOPInstanceUID, z) =>
    makeSliceFile(z, {
      pixels: new Uint16Array(side * side).fill(grey),
      attributes: { Rows: side, Columns: side, SOPInstanceUID, SeriesInstanceUID: uidOf(name), FrameOfReferenceUID: uidOf(name) },
    }),
  );
  const choice: SeriesChoice = {
    seriesInstanceUid: dicomUid(uidOf(name))!,
    kind: 'ct-volume',
    modality: 'CT',
    sopInstanceUids: uids,
    sliceThicknessMm: 1,
    kernel: [],
    kvp: null,
    contrast: false,
    scanner: '',
    because: [],
    rejected: [],
  };
  return { files, choice };
}

test('after its release, a study is read into the memory of the one before, and shows none of its pixels', async (t) => {
  const server = await startArchive({ folders: [] });
  const archive = makeImageArchive({ url: server.url, auth: { kind: 'none' }, log: makeLog({ level: 'silent' }) });
  t.after(async () => {
    await archive.close();
    await server.close();
  });
  const [long, short] = [seriesOf('long', 20, 32, 3000), seriesOf('short', 12, 16, 1500)];
  for (const file of [...long.files, ...short.files]) server.index.add('', file, file);
  const first = await archive.readSlices(STUDY, long.choice);
  const kept = await archive.readSlices(STUDY, long.choice);
  assert.notEqual(kept[0]!.values.buffer, first[0]!.values.buffer, 'what is not released is left alone');
  archive.release!(first);
  const second = await archive.readSlices(STUDY, short.choice);
  assert.equal(second[0]!.values.buffer, first[0]!.values.buffer);
  assert.equal(second.length, 12);
  assert.ok(second.every(({ values }) => values.length === 16 * 16 && values.every((value) => value === 1500 - 1024)));
  assert.ok(kept.every(({ values }) => values.length === 32 * 32 && values.every((value) => value === 3000 - 1024)));
});
