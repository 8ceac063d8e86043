/** Where sentences and sections begin and end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSentences } from '#src/reading/sentences.ts';
import { tokenise } from '#src/reading/tokens.ts';

const cut = (text: string): string[] =>
  findSentences(tokenise(text)).map((sentence) => text.slice(sentence.span.start, sentence.span.end).replaceAll(/\s+/g, ' '));
const sections = (text: string): string[] =>
  findSentences(tokenise(text)).map((sentence) => (sentence.inAddendum ? 'addendum' : sentence.meaning.section));

test('wrapped lines are one sentence', () => {
  assert.deepEqual(cut('There is a compression fracture of\nthe twelfth vertebra. Lungs clear.'), [
    'There is a compression fracture of the twelfth vertebra.',
    'Lungs clear.',
  ]);
  assert.deepEqual(cut('There is no evidence of a fracture or of any other injury of\nT12 or L1.'), [
    'There is no evidence of a fracture or of any other injury of T12 or L1.',
  ]);
});

test('list items and template lines stand alone', () => {
  assert.deepEqual(cut('- No fracture\n- Small effusion'), ['- No fracture', '- Small effusion']);
  assert.deepEqual(cut('1. Old fracture\n2. Emphysema'), ['1.', 'Old fracture', '2.', 'Emphysema']);
  assert.deepEqual(cut('Fracture: None\nEffusion: Small'), ['Fracture: None', 'Effusion: Small']);
  assert.deepEqual(cut('FRACTURE: NO\nEFFUSION: YES'), ['FRACTURE: NO', 'EFFUSION: YES']);
  assert.deepEqual(cut('No fracture\nSmall effusion'), ['No fracture', 'Small effusion']);
});

test('a stop inside a number, a title or an initial ends nothing', () => {
  assert.deepEqual(cut('A 2.5 cm cyst was seen by Dr. Moss vs. a node.'), ['A 2.5 cm cyst was seen by Dr. Moss vs. a node.']);
});

test('a stop without a space still ends a sentence', () => {
  assert.deepEqual(cut('No fracture.Small effusion.'), ['No fracture.', 'Small effusion.']);
});

test('a question mark before a word is doubt, not an end', () => {
  assert.deepEqual(cut('Fall, ? fracture of L1.'), ['Fall, ? fracture of L1.']);
});

test('sections follow their headings', () => {
  const text = 'CLINICAL HISTORY: Fall.\nTECHNIQUE: CT.\nCOMPARISON: None.\nFINDINGS: L1 fracture.\nIMPRESSION: L1 fracture.';
  assert.deepEqual(sections(text), ['history', 'technique', 'comparison', 'findings', 'impression']);
});

test('headings in one long line are headings too', () => {
  assert.deepEqual(sections('HISTORY: Fall. FINDINGS: Normal. IMPRESSION: Normal.'), ['history', 'findings', 'impression']);
});

test('an addendum above the report ends at the report, one below it keeps its own impression', () => {
  assert.deepEqual(sections('ADDENDUM: L1 fracture.\n\nFINDINGS: Normal.'), ['addendum', 'findings']);
  assert.deepEqual(sections('FINDINGS: Normal.\nADDENDUM #1 by A. Writer 01/02/2026 10:15: Seen again.\nIMPRESSION: L1 fracture.'), [
    'findings',
    'addendum',
    'addendum',
  ]);
});

test('the history ends at a blank line or at a label of the report', () => {
  assert.deepEqual(sections('HISTORY: Fall.\n\nOld L1 fracture.'), ['history', 'findings']);
  assert.deepEqual(sections('HISTORY: Fall. Lumbar spine: no fracture.'), ['history', 'findings']);
});
