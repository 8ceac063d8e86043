/** De-identification of one file: pixels untouched, everything that names somebody gone, at every depth and in every transfer syntax. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import dicomParser from 'dicom-parser';
import { type DeidentifiedFile, deidentify } from '#src/systems/curated-set/deidentify.ts';
import { attributeAction } from '#src/systems/curated-set/kept-attributes.ts';
import { makePseudonyms, shiftedDay } from '#src/systems/curated-set/pseudonyms.ts';
import type { Element, TransferSyntax } from '#test/hospital/phantom/dicom-part10.ts';
import { makePhantom } from '#test/hospital/phantom/make-phantom.ts';
import type { SeriesOptions } from '#test/hospital/phantom/series-options.ts';
import { dicomSeries } from '#test/hospital/phantom/write-dicom.ts';

const PSEUDONYMS = makePseudonyms('a secret that is made for this test only');
const PATIENT = PSEUDONYMS.patient('ashmore', 'A1');
const { volume } = makePhantom({ seed: 1, sex: 'female', from: 'T12', to: 'L1', columns: 16, rows: 16, pixelMm: 10, sliceMm: 20 });
const NAMES = ['Holloway', 'Margaret', 'Ashmore', 'Operatrix', 'A1004471', 'ACC77', 'Larkspur', '19540314', '20261109', '2.25.11'];

const MORE: readonly Element[] = [
  ['00080080', 'LO', 'Ashmore General'],
  ['00081070', 'PN', 'Operatrix^Olga'],
  [
    '00081110',
    'SQ',
    {
      items: [
        [
          ['00081150', 'UI', '1.2.840.10008.3.1.2.3.1'],
          ['00081155', 'UI', '2.25.1177'],
        ],
      ],
    },
  ],
  [
    '00082218',
    'SQ',
    {
      items: [
        [
          ['00080100', 'SH', '421060004'],
          ['00080102', 'SH', 'SCT'],
          ['00080104', 'LO', 'Spine'],
          ['00081070', 'PN', 'Holloway^Nested'],
          ['00090010', 'LO', 'Holloway'],
        ],
      ],
    },
  ],
  ['00090010', 'LO', 'PRIVATE Holloway'],
  ['00091010', 'LO', 'Holloway again'],
  ['00101010', 'AS', '093Y'],
  ['00101040', 'LO', '3 Larkspur Rise'],
  ['00204000', 'LT', 'Scan of Holloway'],
];

async function fileIn(
  transferSyntax: TransferSyntax,
  more: readonly Element[] = MORE,
  changes: Partial<SeriesOptions['series']> = {},
): Promise<Uint8Array> {
  const files = await dicomSeries(volume, {
    patient: { id: 'A1004471', name: 'Holloway^Margaret', birthDate: '19540314', sex: 'F' },
    study: {
      studyInstanceUid: '2.25.1100',
      accession: 'ACC77',
      date: '20261109',
      time: '101500',
      description: 'CT Holloway',
      referrer: 'Marsh^Helen',
    },
    series: { number: 2, description: 'CT Holloway', seriesInstanceUid: '2.25.1101', ...changes },
    transferSyntax,
    more,
  });
  return (files[0] as { bytes: Uint8Array }).bytes;
}

function done(file: Uint8Array): DeidentifiedFile {
  const result = deidentify(file, PATIENT, PSEUDONYMS);
  assert.ok(result.ok, result.ok ? '' : result.because);
  return result;
}

function pixelsOf(file: Uint8Array): Buffer {
  const dataset = dicomParser.parseDicom(file);
  const { dataOffset, length } = dataset.elements['x7fe00010'] as dicomParser.Element;
  return Buffer.from(dataset.byteArray.subarray(dataOffset, dataOffset + length));
}

for (const syntax of ['explicit-le', 'implicit-le', 'jpegls', 'rle'] as const) {
  test(`${syntax}: pixels byte for byte, nobody’s name, UIDs mapped, private elements gone`, async () => {
    const file = await fileIn(syntax);
    const { bytes, removed } = done(file);
    assert.ok(pixelsOf(bytes).equals(pixelsOf(file)), 'the pixels are the same bytes');
    const head = bytes.toString('latin1').toLowerCase();
    for (const name of NAMES) assert.equal(head.includes(name.toLowerCase()), false, name);
    const dataset = dicomParser.parseDicom(bytes);
    assert.equal(dataset.string('x00100020'), PATIENT);
    assert.equal(dataset.string('x00101010'), '090Y');
    assert.equal(dataset.string('x00080020'), shiftedDay('20261109', PSEUDONYMS.daysBack(PATIENT)));
    assert.equal(dataset.string('x0020000d'), PSEUDONYMS.uid('2.25.1100'));
    assert.equal(dataset.string('x00020003'), dataset.string('x00080018'), 'the file meta information names the new UID');
    assert.deepEqual(
      Object.keys(dataset.elements).filter((tag) => Number.parseInt(tag.slice(1, 5), 16) % 2 === 1),
      [],
    );
    const region = dataset.elements['x00082218']?.items?.[0]?.dataSet;
    assert.deepEqual(Object.keys(region?.elements ?? {}), ['x00080100', 'x00080102', 'x00080104'], 'a sequence that stays is walked');
    const methods = dataset.elements['x00120064']?.items?.map((item) => item.dataSet?.string('x00080100'));
    assert.deepEqual(methods, ['113100', '113107', '113108']);
    assert.ok(removed.includes('00091010') && removed.includes('00081110'));
  });
}

test('a deflated file is written plain with the same pixels', async () => {
  const file = await fileIn('deflated-le');
  const { bytes } = done(file);
  assert.equal(dicomParser.parseDicom(bytes).string('x00020010'), '1.2.840.10008.1.2.1');
  assert.ok(pixelsOf(bytes).equals(pixelsOf(await fileIn('explicit-le'))));
});

test('the same secret gives the same names, another one others; a weak one is refused', async () => {
  const file = await fileIn('explicit-le');
  assert.ok(done(file).bytes.equals(done(file).bytes));
  const other = makePseudonyms('another secret that is made for this test');
  assert.notEqual(other.uid('2.25.1100'), PSEUDONYMS.uid('2.25.1100'));
  assert.match(PSEUDONYMS.uid('2.25.1100'), /^2\.25\.[1-9]\d{10,38}$/);
  assert.equal(PSEUDONYMS.uid('1.2.840.10008.5.1.4.1.1.2'), '1.2.840.10008.5.1.4.1.1.2');
  assert.throws(() => makePseudonyms('too short'), RangeError);
});

const REFUSED: readonly (readonly [because: string, syntax: TransferSyntax, more: readonly Element[], imageType?: readonly string[]])[] = [
  ['big-endian', 'explicit-be', []],
  ['burned-in-annotation', 'explicit-le', [['00280301', 'CS', 'YES']]],
  ['secondary-capture', 'explicit-le', [['00080064', 'CS', 'WSD']]],
  ['screen-save', 'explicit-le', [], ['DERIVED', 'SECONDARY', 'SCREEN SAVE']],
  ['overlay-in-pixels', 'explicit-le', [['60000102', 'US', 12]]],
];
for (const [because, syntax, more, imageType] of REFUSED) {
  test(`refused: ${because}`, async () => {
    const result = deidentify(await fileIn(syntax, more, imageType ? { imageType } : {}), PATIENT, PSEUDONYMS);
    assert.deepEqual(result, { ok: false, because });
  });
}

test('bytes that are no DICOM file are refused, not thrown on', () => {
  assert.deepEqual(deidentify(Buffer.from('no file at all'), PATIENT, PSEUDONYMS), { ok: false, because: 'not-dicom' });
});

test('an attribute that nobody thought of does not pass', () => {
  for (const tag of ['00104000', '0040A730', '00400275', '00081030', '0008103E', '00284000', '00189367', '30060026', '00120010', '60003000'])
    assert.equal(attributeAction(tag), null, tag);
});

function hasDciodvfy(): boolean {
  try {
    execFileSync('dciodvfy', ['-version'], { stdio: 'ignore' });
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
  return true;
}

test('dciodvfy finds no error', { skip: hasDciodvfy() ? false : 'dciodvfy (dicom3tools) is not installed' }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'backstop-deidentify-'));
  try {
    for (const syntax of ['explicit-le', 'implicit-le', 'jpegls'] as const) {
      const path = join(folder, `${syntax}.dcm`);
      await writeFile(
        path,
        done(
          await fileIn(
            syntax,
            MORE.filter(([tag]) => tag !== '00082218'),
          ),
        ).bytes,
      );
      const said = execFileSync('sh', ['-c', 'dciodvfy "$1" 2>&1 || true', 'sh', path], { encoding: 'utf8' });
      assert.match(said, /CTImage/);
      assert.doesNotMatch(said, /^Error/m, `${syntax}: ${said}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
