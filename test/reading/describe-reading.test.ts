/** The JSON and the terminal text of a reading. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describePhrase, describeReading, markText, readingToJson } from '#src/reading/describe-reading.ts';
import { readPhrase } from '#src/reading/read-phrase.ts';
import { readReport } from '#src/reading/read-report.ts';

const TEXT = 'Compression fracture of L1. No lytic lesion. Possible metastasis in T9. If there is concern for discitis, MRI.';

test('the marks of affirmed, denied, doubtful and conditional statements differ without colour', () => {
  const marked = markText(TEXT, readReport(TEXT).statements);
  assert.equal(
    marked,
    '[+ Compression fracture +] of L1. No [- lytic lesion -]. Possible [? metastasis ?] in T9. If there is concern for [~ discitis ~], MRI.',
  );
});

test('without its marks the marked text is the text', () => {
  const marked = markText(TEXT, readReport(TEXT).statements);
  assert.equal(marked.replaceAll(/\[[+?~-] | [+?~-]\]/g, ''), TEXT);
});

test('JSON names target, level, status, time, who, span and words, and the checks', () => {
  const json = readingToJson(TEXT, readReport(TEXT));
  assert.deepEqual(Object.keys(json.checks), ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C8']);
  const [first] = json.findings;
  assert.deepEqual(
    [first?.target, first?.level, first?.status, first?.time, first?.who, first?.span, first?.text],
    ['vertebral-fracture', ['L1'], 'affirmed', 'current', 'patient', [0, 20], 'Compression fracture'],
  );
  assert.deepEqual(JSON.parse(JSON.stringify(json)), json);
});

test('the terminal text says verdict, flags, statements and checks', () => {
  const text = describeReading(TEXT, readReport(TEXT));
  for (const part of ['The report states a vertebral fracture. Levels: L1.', 'redFlag', '[-] denied', 'C2  cannot-say'])
    assert.ok(text.includes(part), part);
});

test('a phrase is described, and its absence too', () => {
  assert.ok(describePhrase(TEXT, 'lytic lesion', readPhrase(TEXT, 'lytic lesion')).startsWith('[-] denied'));
  assert.equal(describePhrase(TEXT, 'effusion', readPhrase(TEXT, 'effusion')), '"effusion" does not occur in the text.\n');
});
