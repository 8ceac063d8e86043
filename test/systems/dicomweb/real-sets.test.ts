/** The real sets beside the project through archive, choice, decoding and assembly. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { accession, dicomUid } from '#src/case/ids.ts';
import { makeLog } from '#src/lib/log.ts';
import { assembleVolume } from '#src/measure/assemble-volume.ts';
import { pickSeries } from '#src/rules/pick-series.ts';
import { makeImageArchive } from '#src/systems/dicomweb/client.ts';
import { instanceToSlices } from '#src/systems/dicomweb/instance-to-slices.ts';
import { startArchive } from '#test/hospital/archive.ts';
import { readDicomFolder } from '../../../tools/read-scan.ts';
import { realData } from './real-data.ts';

const log = makeLog({ level: 'silent' });
const LIMITS = { maxDecodedBytes: 64 * 2 ** 20 };

test('275 slices of a chest CT come in order, whole and in HU', async (t) => {
  const folder = realData('lidc0314_thoracic_ct/dicom_jpegls');
  if (!folder) return t.skip('../shared/data/lidc0314_thoracic_ct is not on this machine');
  const server = await startArchive({ folders: [folder] });
  const archive = makeImageArchive({ url: server.url, auth: { kind: 'none' }, log });
  t.after(async () => {
    await archive.close();
    await server.close();
  });
  const [study, ...more] = await archive.findStudies({ accession: accession('2819497684894126')! });
  assert.equal(more.length, 0);
  const picked = pickSeries(await archive.describeSeries(study!.studyInstanceUid), study!);
  assert.ok(picked.ok);
  assert.equal(picked.choice.sopInstanceUids.length, 275);
  const slices = await archive.readSlices(study!.studyInstanceUid, picked.choice);
  const assembled = assembleVolume(slices, 'CT');
  assert.ok(assembled.ok);
  const { volume } = assembled;
  assert.deepEqual([volume.columns, volume.rows, volume.slices], [512, 512, 275]);
  assert.ok(Math.abs(volume.sliceSpacingMm - 1) < 1e-4);
  assert.equal(volume.values.buffer, slices[0]!.values.buffer, 'the volume is the memory that the slices were decoded into');
  // Corner of the volume is air outside the patient, or padding at the floor.
  assert.ok(volume.values[0]! <= -900);
  assert.ok(volume.affine[10]! > 0.99, 'slices grow towards the head');
});

test('a tilted head: two stacks in one series are refused, one of them is un-sheared', async (t) => {
  const folder = realData('dcmqa_ge_tilt_head/dicom_jpegls');
  if (!folder) return t.skip('../shared/data/dcmqa_ge_tilt_head is not on this machine');
  const names = (await readdir(folder)).sort();
  const slices = (await Promise.all(names.map(async (name) => instanceToSlices(await readFile(join(folder, name)), LIMITS)))).flat();
  const whole = assembleVolume(slices, 'CT');
  assert.ok(!whole.ok);
  assert.equal(whole.code, 'irregular-spacing');
  const base = assembleVolume(
    slices.filter((slice) => slice.position![2] < 61),
    'CT',
  );
  assert.ok(base.ok);
  assert.equal(base.volume.slices, 14);
  // The table moved 4.22 mm per slice; perpendicular to a plane tilted by 18.5 degrees that is 4.002 mm.
  assert.ok(Math.abs(base.volume.sliceSpacingMm - 4.002) < 0.001);
  assert.match(base.volume.notes.join(), /gantry tilt of 18\.5 degrees/);
  assert.ok(Math.abs(base.volume.affine[10]! - 4.22) < 0.001);
  assert.ok(
    base.volume.values.every((value) => value >= -1024),
    'padding of -1500 is clamped',
  );
});

test('instances with empty UIDs are refused by name', async (t) => {
  const folder = realData('totalseg_dicom_j2k');
  if (!folder) return t.skip('../shared/data/totalseg_dicom_j2k is not on this machine');
  const [name] = await readdir(folder);
  await assert.rejects(instanceToSlices(await readFile(join(folder, name!)), LIMITS), { code: 'DICOMWEB_INVALID_UID' });
  await assert.rejects(readDicomFolder(folder, 'CT'), {
    message: new RegExp(`${name!}: the instance has an empty .* SOPInstanceUID \\(0008,0018\\)$`),
  });
  const server = await startArchive({ folders: [] });
  t.after(() => server.close());
  assert.deepEqual(await server.addFolder(folder), { taken: 0, refused: 20 });
  assert.equal(dicomUid(''), undefined);
});
