/** Levels as reports write them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLevels } from '#src/reading/levels.ts';
import { tokenise } from '#src/reading/tokens.ts';

function levelsIn(text: string): string {
  const tokens = tokenise(text);
  const mentions = findLevels(tokens, 0, tokens.length);
  return [...mentions.flatMap((mention) => mention.levels), ...mentions.flatMap((mention) => mention.otherLevels.map((name) => `(${name})`))].join(
    ' ',
  );
}

const TABLE: readonly (readonly [text: string, levels: string])[] = [
  ['L1', 'L1'],
  ['T12-L2', 'T12 L1 L2'],
  ['T11 - L1', 'T11 T12 L1'],
  ['T7 through T9', 'T7 T8 T9'],
  ['T7 to T9', 'T7 T8 T9'],
  ['T4-6', 'T4 T5 T6'],
  ['L1-2 and L4', 'L1 L2 L4'],
  ['L1 and L3', 'L1 L3'],
  ['L1 and 3 vertebrae', 'L1 L3'],
  ['T8, T10, and L1', 'T8 T10 L1'],
  ['T12/L1', 'T12 L1'],
  ['D11', 'T11'],
  ['Th12', 'T12'],
  ['T-12', 'T12'],
  ['T 12 and L 1', 'T12 L1'],
  ['dorsal 11th', 'T11'],
  ['dorsal vertebra 11', 'T11'],
  ['11th thoracic vertebra', 'T11'],
  ['eleventh thoracic vertebral body', 'T11'],
  ['11th and 12th thoracic vertebrae', 'T11 T12'],
  ['third to fifth lumbar vertebrae', 'L3 L4 L5'],
  ['first lumbar vertebra', 'L1'],
  ['lumbar 1', 'L1'],
  ['C7-T2', 'T1 T2 (C7)'],
  ['L5-S1', 'L5 (S1)'],
  ['T13 or L6', '(T13) (L6)'],
  ['T12–L2 with an en dash', 'T12 L1 L2'],
];

test('levels are read as they are written', () => {
  for (const [text, levels] of TABLE) assert.equal(levelsIn(text), levels, text);
});

test('what only looks like a level is none', () => {
  for (const text of [
    'T1 and T2 weighted images',
    'T2 hyperintense signal',
    'high T2 signal',
    'T3 N1 M0',
    'vitamin D3',
    'D2 segment of the duodenum',
    'lumbar spine 2 views',
    'T14',
    'L9',
    'T-score',
  ]) {
    assert.equal(levelsIn(text), '', text);
  }
});

test('a number after a level that is a size or a share is not a second level', () => {
  assert.equal(levelsIn('L1 and 30 % loss'), 'L1');
  assert.equal(levelsIn('T12, 4 mm retropulsion'), 'T12');
  assert.equal(levelsIn('T12 and 3 other vertebrae'), 'T12');
});
