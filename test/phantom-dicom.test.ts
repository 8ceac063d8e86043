/** The DICOM files of phantoms: read by others (dcmtk, dciodvfy), the same pixels in every transfer syntax, faults where they were asked for. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import dicomParser from 'dicom-parser';
import { TRANSFER_SYNTAXES, type TransferSyntax } from '#test/hospital/phantom/dicom-part10.ts';
import { makePhantom, scoutOf } from '#test/hospital/phantom/make-phantom.ts';
import { makeXrayPhantom } from '#test/hospital/phantom/make-xray-phantom.ts';
import type { SeriesFault } from '#test/hospital/phantom/planes.ts';
import type { SeriesOptions } from '#test/hospital/phantom/series-options.ts';
import { dicomSeries } from '#test/hospital/phantom/write-dicom.ts';
import { dicomEnhancedCt } from '#test/hospital/phantom/write-enhanced-ct.ts';
import { writeDicomXray } from '#test/hospital/phantom/write-xray.ts';

const SMALL = { seed: 31, sex: 'male', from: 'L1', to: 'L1', columns: 48, rows: 40, pixelMm: 2, sliceMm: 2.5 } as const;
const { volume } = makePhantom(SMALL);
const OPTIONS: SeriesOptions = {
  patient: { id: 'P1', issuer: 'TEST', name: 'Phantom^Paula', birthDate: '19500101', sex: 'F' },
  study: { studyInstanceUid: '2.25.1234567', accession: 'ACC1', date: '20261101', time: '120000', description: 'CT' },
  series: { number: 2, description: 'soft' },
  transferSyntax: 'explicit-le',
};
const folder = mkdtempSync(join(tmpdir(), 'backstop-phantom-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function has(tool: string): boolean {
  return spawnSync('which', [tool]).status === 0;
}

function run(tool: string, ...parameters: string[]): { status: number | null; text: string } {
  const done = spawnSync(tool, parameters, { encoding: 'utf8' });
  return { status: done.status, text: `${done.stdout}${done.stderr}` };
}

function positions(files: readonly { bytes: Uint8Array }[]): number[][] {
  return files.map((file) => (dicomParser.parseDicom(file.bytes).string('x00200032') ?? '').split('\\').map(Number));
}

async function withFaults(...faults: SeriesFault[]): Promise<Awaited<ReturnType<typeof dicomSeries>>> {
  return dicomSeries(volume, { ...OPTIONS, faults });
}

test('dcmtk finds the same pixels in every transfer syntax', async (t) => {
  if (!has('dcmconv') || !has('dcmdjpls') || !has('dcmdrle')) return t.skip('dcmtk is not installed');
  const expand: Partial<Record<TransferSyntax, string>> = { jpegls: 'dcmdjpls', rle: 'dcmdrle' };
  const hashes = new Map<string, string>();
  for (const transferSyntax of Object.keys(TRANSFER_SYNTAXES) as TransferSyntax[]) {
    if (transferSyntax === 'jpegls-near') continue;
    const [file] = await dicomSeries(volume, { ...OPTIONS, transferSyntax });
    assert.ok(file);
    const path = join(folder, `${transferSyntax}.dcm`);
    writeFileSync(path, file.bytes);
    const plain = join(folder, `${transferSyntax}-plain.dcm`);
    const done = run(expand[transferSyntax] ?? 'dcmconv', ...(expand[transferSyntax] ? [] : ['+te']), path, plain);
    assert.equal(done.status, 0, done.text);
    const bytes = readFileSync(plain);
    const pixels = dicomParser.parseDicom(bytes).elements['x7fe00010'];
    assert.ok(pixels);
    assert.equal(pixels.length, volume.columns * volume.rows * 2);
    hashes.set(
      transferSyntax,
      createHash('sha256')
        .update(bytes.subarray(pixels.dataOffset, pixels.dataOffset + pixels.length))
        .digest('hex'),
    );
  }
  assert.equal(new Set(hashes.values()).size, 1, JSON.stringify([...hashes]));
});

test('dciodvfy has no error to tell of CT, scout, MONOCHROME1 X-ray', async (t) => {
  if (!has('dciodvfy')) return t.skip('dciodvfy (dicom3tools) is not installed');
  const film = makeXrayPhantom({ ...SMALL, columns: 60, pixelMm: 3 }).picture;
  const files = [
    (await withFaults())[0],
    (await dicomSeries(scoutOf(volume), { ...OPTIONS, series: { ...OPTIONS.series, imageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] } }))[0],
    await writeDicomXray(film, { ...OPTIONS, photometric: 'MONOCHROME1' }, join(folder, 'film')),
  ];
  for (const [index, file] of files.entries()) {
    assert.ok(file);
    const path = join(folder, `iod-${index}.dcm`);
    writeFileSync(path, file.bytes);
    const { text } = run('dciodvfy', path);
    assert.doesNotMatch(text, /^Error/m);
    assert.match(text, /^C[TR]Image/m);
  }
});

test('a clean series: one instance a slice, from the head down, positions as in the volume', async () => {
  const files = await withFaults();
  assert.equal(files.length, volume.slices);
  assert.equal(new Set(files.map((file) => file.sopInstanceUid)).size, files.length);
  for (const file of files) assert.match(file.sopInstanceUid, /^2\.25\.[1-9][0-9]{1,38}$/);
  const zs = positions(files).map((position) => position[2] ?? Number.NaN);
  assert.ok(zs.every((z, index) => index === 0 || Math.abs((zs[index - 1] ?? 0) - z - 2.5) < 1e-5));
  assert.ok(Math.abs((zs.at(-1) ?? 0) - (volume.affine[11] ?? 0)) < 1e-5);
});

test('each fault is in the files', async () => {
  const clean = volume.slices;
  assert.equal((await withFaults('missing-slice')).length, clean - 1);
  const twice = positions(await withFaults('duplicate-slice')).map((position) => position[2]);
  assert.equal(twice.length, clean + 1);
  assert.equal(new Set(twice).size, clean);
  assert.equal((await withFaults('one-slice')).length, 1);
  assert.equal((await withFaults('two-phases')).length, 2 * clean);
  const gaps = positions(await withFaults('uneven-spacing')).map((position) => position[2] ?? 0);
  assert.ok(new Set(gaps.slice(1).map((z, index) => Math.round(10 * ((gaps[index] ?? 0) - z)))).size > 1);
  const classes = (await withFaults('mixed-sop-classes')).map((file) => dicomParser.parseDicom(file.bytes).string('x00080016'));
  assert.equal(new Set(classes).size, 2);
  const intercepts = (await withFaults('per-slice-rescale')).map((file) => dicomParser.parseDicom(file.bytes).string('x00281052'));
  assert.equal(new Set(intercepts).size, 3);
  const first = async (fault: SeriesFault): Promise<dicomParser.DataSet> =>
    dicomParser.parseDicom(((await withFaults(fault))[0] as { bytes: Uint8Array }).bytes);
  assert.equal((await first('padding')).int16('x00280120'), -2000);
  assert.equal((await first('no-pixel-spacing')).elements['x00280030'], undefined);
  assert.equal((await first('zero-pixel-spacing')).string('x00280030'), '0\\0');
  assert.equal((await first('no-orientation')).elements['x00200037'], undefined);
  assert.equal((await first('empty-uids')).string('x0020000d') ?? '', '');
});

test('a tilted gantry: planes lean by 18.5 degrees, the table moves by the full step, and only one of the two tells so', async () => {
  for (const fault of ['tilt-without-tag', 'tilt-with-tag'] as const) {
    const files = await withFaults(fault);
    const dataset = dicomParser.parseDicom((files[0] as { bytes: Uint8Array }).bytes);
    const [, , , , cosine = 0, sine = 0] = (dataset.string('x00200037') ?? '').split('\\').map(Number);
    assert.ok(Math.abs((Math.atan2(sine, cosine) * 180) / Math.PI - 18.5) < 1e-3);
    const [a, b] = positions(files);
    const apart = (a?.[2] ?? 0) - (b?.[2] ?? 0);
    assert.ok(Math.abs(apart - 2.5) < 1e-5);
    assert.ok(Math.abs(apart * cosine - 2.371) < 1e-3, 'projected on the normal');
    assert.equal(dataset.elements['x00181120'] !== undefined, fault === 'tilt-with-tag');
  }
});

test('an enhanced CT holds every plane as a frame with its own place', async () => {
  for (const transferSyntax of ['explicit-le', 'jpegls'] as const) {
    const file = await dicomEnhancedCt(volume, { ...OPTIONS, transferSyntax });
    const dataset = dicomParser.parseDicom(file.bytes);
    assert.equal(Number(dataset.string('x00280008')), volume.slices);
    const frames = dataset.elements['x52009230']?.items ?? [];
    const places = frames.map((frame) => frame.dataSet?.elements['x00209113']?.items?.[0]?.dataSet?.string('x00200032'));
    assert.equal(new Set(places).size, volume.slices);
    const pixels = dataset.elements['x7fe00010'];
    if (transferSyntax === 'jpegls') assert.equal(pixels?.fragments?.length, volume.slices);
    else assert.equal(pixels?.length, volume.values.length * 2);
  }
});
