/** The letter: one page whatever it says, the same bytes for the same case, one document in the chart, withdrawn with what it tells. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { DocumentReference } from '@medplum/fhirtypes';
import sharp from 'sharp';
import { letterPicture } from '#src/app/letter-picture.ts';
import type { Case } from '#src/case/case.ts';
import { AskAHuman } from '#src/lib/errors.ts';
import { letterDocument } from '#src/systems/fhir/letter-document.ts';
import { wrapped } from '#src/systems/fhir/letter-layout.ts';
import { widthOf } from '#src/systems/fhir/letter-pdf.ts';
import { letterWords } from '#src/systems/fhir/letter-words.ts';
import { makeCase, makeFinding, statingReading } from '#test/fakes/make-case.ts';
import { decided, openHospital, withFacts } from './hospital-of-one.ts';
import { validateWritten } from './validate-written.ts';

const OPTIONS = { mode: 'test', productVersion: '0.1.0', declareProfiles: true } as const;

/** A grey strip with a bright block, as the painter would give one. */
async function picture() {
  const block = await sharp({ create: { width: 60, height: 50, channels: 3, background: '#d0d0d0' } })
    .png()
    .toBuffer();
  const bytes = await sharp({ create: { width: 300, height: 800, channels: 4, background: '#303840' } })
    .composite([{ input: block, left: 120, top: 300 }])
    .png()
    .toBuffer();
  return letterPicture({ name: 'key-image.png', contentType: 'image/png', bytes });
}

async function stating(): Promise<Case> {
  const { ehr, record } = await openHospital();
  try {
    return await decided(makeCase({ reading: statingReading(['L1']), finding: makeFinding({ L1: 2, T8: 1 }) }), record);
  } finally {
    await ehr.close();
  }
}

function pdfOf(document: DocumentReference | null): Buffer {
  return Buffer.from(document?.content[0]?.attachment.data ?? '', 'base64');
}

function render(pdf: Buffer): { readonly pages: string; readonly text: string; readonly faults: string } {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-letter-'));
  try {
    const file = join(folder, 'letter.pdf');
    writeFileSync(file, pdf);
    const drawn = spawnSync('pdftoppm', ['-r', '80', '-png', file, join(folder, 'page')], { encoding: 'utf8' });
    const keep = process.env['BACKSTOP_TEST_LETTER_FOLDER'];
    if (keep) execFileSync('sh', ['-c', `cp ${folder}/*.png ${folder}/letter.pdf ${keep}/`]);
    const info = execFileSync('pdfinfo', [file], { encoding: 'utf8' });
    return {
      pages: /Pages:\s+(\d+)/.exec(info)?.[1] ?? '',
      text: execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' }),
      faults: drawn.stderr,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const missing = spawnSync('pdftoppm', ['-v']).error ? 'poppler-utils is not installed' : false;

describe('the page', () => {
  test('a reader of PDF finds one page with picture, figures, words and limits, and no fault', { skip: missing }, async () => {
    const pdf = pdfOf(letterDocument(await stating(), await picture(), OPTIONS));
    const { pages, text, faults } = render(pdf);
    assert.deepEqual([pages, faults], ['1', '']);
    for (const words of ['Vertebral fracture on imaging', 'What the images show', '2 fractured vertebrae', 'L1', '2 (moderate)', '31 / 28 / 0 %'])
      assert.ok(text.includes(words), `the page does not say: ${words}`);
    for (const words of ['It states a vertebral fracture (L1)', 'fracture liaison service', 'artificial intelligence', 'For research use'])
      assert.ok(text.replace(/\s+/g, ' ').includes(words), `the page does not say: ${words}`);
    assert.match(text, /Decided by rule R\d\d/);
  });

  test('more words than a page holds stay on one page, and the page says so', { skip: missing }, async () => {
    const subject = await stating();
    const { decision } = subject.facts;
    if (!decision) throw new Error('not decided');
    const because = Array.from({ length: 120 }, (_, index) => ({ rule: decision.rule, text: `Reason ${index}: ${'very long words '.repeat(12)}` }));
    const { pages, text } = render(pdfOf(letterDocument(withFacts(subject, { decision: { ...decision, because } }), await picture(), OPTIONS)));
    assert.equal(pages, '1');
    assert.match(text, /More on the case page\./);
    assert.match(text, /For research use/);
  });

  test('names with letters that the font lacks keep their plain form, and brackets do not break the page', { skip: missing }, async () => {
    const subject = await stating();
    const patient = { ...subject.facts.report.patient, familyName: 'Łukaszéwičz (née \\Öz)', givenName: 'Zoë' };
    const { text } = render(pdfOf(letterDocument(withFacts(subject, { report: { ...subject.facts.report, patient } }), null, OPTIONS)));
    assert.match(text, /Lukaszéwicz \(née \\Öz\), Zoë/);
  });

  test('no line is wider than it may be', () => {
    const text = `A ${'wonderful'.repeat(40)} spine, WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW and the rest of it`;
    for (const line of wrapped(text, 10, 200)) assert.ok(widthOf(line, 10) <= 200, `${line} is ${widthOf(line, 10)} wide`);
    assert.equal(wrapped(text, 10, 200).join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
  });
});

test('images that were not measured are "cannot say" in the letter, never "no fracture"', async () => {
  const subject = withFacts(await stating(), {
    finding: { state: 'cannot-say', reason: 'images-not-found', detail: 'No images.', vertebrae: [], models: [] },
  });
  const words =
    letterWords(subject, '0.1.0')
      ?.parts.flatMap((part) => part.paragraphs)
      .join(' ') ?? '';
  assert.match(words, /Cannot say: No images\. This does not mean that there is no fracture\./);
});

test('what no person has confirmed is no letter', async () => {
  const subject = await stating();
  const { decision } = subject.facts;
  if (!decision) throw new Error('not decided');
  for (const outcome of ['radiologist-review', 'clarification', 'human-check', 'nothing', 'exception'] as const)
    assert.equal(letterDocument(withFacts(subject, { decision: { ...decision, outcome } }), null, OPTIONS), null);
});

describe('the document in the chart', () => {
  test('is valid R4, carries the key and the AIAST label, and the same case gives the same bytes', async () => {
    const subject = await stating();
    const document = letterDocument(subject, await picture(), OPTIONS);
    if (!document) throw new Error('no letter');
    assert.deepEqual(validateWritten(document), []);
    assert.deepEqual(letterDocument(subject, await picture(), OPTIONS), document);
    assert.ok(document.meta?.security?.some((label) => label.code === 'AIAST'));
  });

  test('written twice is one document in its first version; a new report changes it; what does not stand any more is withdrawn', async () => {
    const { ehr, record } = await openHospital();
    try {
      const subject = await stating();
      const first = await record.writeLetter(subject, await picture());
      const again = await record.writeLetter(subject, await picture());
      assert.deepEqual(again, first);
      await record.writeLetter({ ...subject, reportVersion: 2 }, await picture());
      const letters = () => ehr.repository.all<DocumentReference>('DocumentReference');
      assert.equal(letters().length, 1);
      assert.match(letters()[0]?.description ?? '', /report version 2/);
      assert.notEqual(letters()[0]?.meta?.versionId, first?.versionId);
      assert.equal(await record.withdraw(subject.id), 1);
      assert.equal(letters()[0]?.status, 'entered-in-error');
      assert.equal(await record.withdraw(subject.id), 0);
    } finally {
      await ehr.close();
    }
  });

  test('a case that is decided otherwise takes its letter back', async () => {
    const { ehr, record } = await openHospital();
    try {
      const subject = await stating();
      await record.writeLetter(subject, null);
      const { decision } = subject.facts;
      if (!decision) throw new Error('not decided');
      assert.equal(await record.writeLetter(withFacts(subject, { decision: { ...decision, outcome: 'nothing' } }), null), null);
      assert.deepEqual(
        ehr.repository.all<DocumentReference>('DocumentReference').map((letter) => letter.status),
        ['entered-in-error'],
      );
    } finally {
      await ehr.close();
    }
  });

  test('a record that takes no documents is told by a code', async () => {
    const { ehr, record } = await openHospital({ refuses: ['DocumentReference'] });
    try {
      await assert.rejects(record.writeLetter(await stating(), null), (error) => error instanceof AskAHuman && error.code === 'FHIR_LETTER_REFUSED');
    } finally {
      await ehr.close();
    }
  });
});
