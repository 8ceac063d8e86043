/** docs/rules.md says what the code does, and every rule of the type has its row. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DECISION_TABLE } from '#src/rules/decision-table.ts';
import { rulesPage } from '../../tools/write-rules-doc.ts';

const page = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8');

test('the page is written from the code (else: node tools/write-rules-doc.ts)', () => assert.equal(page, rulesPage()));

test('R00 to R17 and R99 are in order, each once in the table or as an addition', () => {
  const ids = [...new Set(DECISION_TABLE.map((row) => row.id))];
  const expected = Array.from({ length: 18 }, (_, at) => `R${String(at).padStart(2, '0')}`).filter((id) => id !== 'R15' && id !== 'R16');
  assert.deepEqual(ids, [...expected, 'R99']);
  assert.match(page, /\| R15\+ \|/);
  assert.match(page, /\| R16\+ \|/);
});
