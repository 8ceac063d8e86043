/** The committed samples are what the generator writes today: truth, messages, stories, and the pixels of one study as they lie in the files. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import dicomParser from 'dicom-parser';
import { makePhantom, phantomTruth } from '#test/hospital/phantom/make-phantom.ts';
import { pixelHash, sampleExpected, sampleMessage, sampleStudyUid } from '../tools/make-samples.ts';
import { BAD_INPUTS, BAD_PEOPLE } from '../tools/samples/bad-input.ts';
import { healthRecord } from '../tools/samples/health-record.ts';
import { SAMPLE_STUDIES } from '../tools/samples/sample-studies.ts';
import type { StudyTruth } from '../tools/samples/study-truth.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): Buffer => readFileSync(join(ROOT, path));
const readJson = (path: string): unknown => JSON.parse(read(path).toString('utf8'));
const committed = (readJson('samples/truth.json') as { studies: StudyTruth[] }).studies;

function filesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test('a fresh run gives the committed truth of every study', () => {
  assert.equal(committed.length, SAMPLE_STUDIES.length);
  for (const sample of SAMPLE_STUDIES) {
    const truth = phantomTruth(sample.phantom);
    const written = committed.find((one) => one.id === sample.id);
    assert.ok(written);
    assert.deepEqual(written.vertebrae, truth.vertebrae, sample.id);
    assert.equal(written.studyInstanceUid, sampleStudyUid(sample));
    assert.equal(written.patientId, sample.person.id);
    for (const fracture of sample.phantom.fractures ?? []) {
      const found = written.vertebrae.find((one) => one.level === fracture.level);
      assert.ok(found?.wholeInView && Math.abs(found.lossPercent - fracture.lossPercent) < 1.5, `${sample.id} ${fracture.level}`);
    }
  }
});

test('a fresh run gives the committed messages, stories and health record', () => {
  for (const sample of SAMPLE_STUDIES) {
    const message = sampleMessage(sample);
    assert.equal(read(`samples/messages/${sample.id}.hl7`).toString('utf8'), message);
    assert.equal(read(`test/stories/${sample.story}/report.hl7`).toString('utf8'), message);
    const truth = committed.find((one) => one.id === sample.id) as StudyTruth;
    assert.deepEqual(readJson(`test/stories/${sample.story}/expected.json`), sampleExpected(sample, truth));
  }
  for (const bad of BAD_INPUTS) {
    assert.deepEqual(read(`samples/bad/${bad.id}.hl7`), bad.message);
    assert.deepEqual(read(`test/stories/${bad.story}/report.hl7`), bad.message);
    assert.deepEqual(readJson(`test/stories/${bad.story}/expected.json`), bad.expected);
  }
  assert.deepEqual(readJson('samples/patients.json'), healthRecord([...SAMPLE_STUDIES.map((sample) => sample.person), ...BAD_PEOPLE]));
});

test('every story tells what it is about', () => {
  for (const entry of readdirSync(join(ROOT, 'test/stories'), { withFileTypes: true }).filter((one) => one.isDirectory())) {
    assert.match(read(`test/stories/${entry.name}/story.md`).toString('utf8'), /^# .+\n[\s\S]+\*\*Must happen\*\*/, entry.name);
  }
});

test('messages are segments ended by CR, and carry the numbers of their images', () => {
  for (const sample of SAMPLE_STUDIES) {
    const text = read(`samples/messages/${sample.id}.hl7`).toString('utf8');
    assert.ok(!text.includes('\n') && text.endsWith('\r'));
    const segments = text.split('\r').map((line) => line.split('|'));
    const field = (name: string, number: number): string | undefined => segments.find((segment) => segment[0] === name)?.[number];
    const files = filesUnder(`samples/${sample.id}`);
    const dataset = dicomParser.parseDicom(readFileSync(files[0] as string), { untilTag: 'x7fe00010' });
    assert.equal(field('OBR', 18), dataset.string('x00080050'));
    assert.equal(field('PID', 3)?.split('^')[0], dataset.string('x00100020'));
    assert.equal(field('PID', 7), dataset.string('x00100030'));
    assert.equal(field('OBR', 25), 'F');
    const told = field('ZDS', 1)?.split('^')[0] ?? segments.find((segment) => segment[3]?.startsWith('113014'))?.[5];
    if (told !== undefined) assert.equal(told, dataset.string('x0020000d'));
  }
});

test('the files of one study hold the pixels that a fresh run paints', async () => {
  const sample = SAMPLE_STUDIES.find((one) => one.id === 's06');
  assert.ok(sample);
  const { volume } = makePhantom(sample.phantom);
  assert.equal(pixelHash(volume), committed.find((one) => one.id === 's06')?.pixelSha256);
  const charls = await createRequire(import.meta.url)('@cornerstonejs/codec-charls/wasmjs')({ print() {}, printErr() {} });
  const files = filesUnder('samples/s06').sort();
  assert.equal(files.length, volume.slices);
  for (const index of [0, 60, files.length - 1]) {
    const dataset = dicomParser.parseDicom(readFileSync(files[index] as string));
    const element = dataset.elements['x7fe00010'];
    assert.ok(element?.fragments);
    const frame = dicomParser.readEncapsulatedPixelDataFromFragments(dataset, element, 0, element.fragments.length);
    const decoder = new charls.JpegLSDecoder();
    decoder.getEncodedBuffer(frame.length).set(frame);
    decoder.decode();
    const bytes: Uint8Array = decoder.getDecodedBuffer().slice();
    decoder.delete();
    const stored = new Uint16Array(bytes.buffer, 0, volume.columns * volume.rows);
    const slope = Number(dataset.string('x00281053'));
    const intercept = Number(dataset.string('x00281052'));
    // Files run from the head down, the volume upwards.
    const from = (volume.slices - 1 - index) * stored.length;
    const worst = stored.reduce((most, value, n) => Math.max(most, Math.abs(value * slope + intercept - (volume.values[from + n] ?? 0))), 0);
    assert.ok(worst <= slope / 2, `slice ${index}: ${worst} HU`);
  }
});

test('together the samples stay under 15 MB', () => {
  const bytes = filesUnder('samples').reduce((sum, file) => sum + statSync(file).size, 0);
  assert.ok(bytes < 15e6, `${bytes} bytes`);
});
