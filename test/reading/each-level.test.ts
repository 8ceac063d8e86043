/** Findings of several levels: which words belong to which level, and levels that a next sentence brings or takes away. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readReport } from '#src/reading/read-report.ts';

/** "T9 grade 2 | T10 grade 1": the present fractures and shapes with what is said of each. */
function findings(text: string): string {
  return readReport(text)
    .statements.filter(({ target }) => target === 'vertebral-fracture' || target === 'ambiguous-deformity')
    .map((one) =>
      [
        one.certainty === 'affirmed' ? '' : one.certainty,
        one.levels.join('+'),
        one.grade === null ? '' : `grade ${one.grade}`,
        one.severity ?? '',
        one.lossPercent === null ? '' : `${one.lossPercent}%`,
        one.acuity === 'unknown' ? '' : one.acuity,
      ]
        .filter((word) => word !== '')
        .join(' '),
    )
    .join(' | ');
}

function table(name: string, rows: readonly (readonly [text: string, expected: string])[]): void {
  test(name, () => {
    for (const [text, expected] of rows) assert.equal(findings(text), expected, text);
  });
}

describe('each level', () => {
  table('has the words that stand between the levels, before or after', [
    ['T9 grade 2 and T10 grade 1 compression fractures.', 'T9 grade 2 | T10 grade 1'],
    ['T7 (mild), T8 (moderate) and T9 (severe) compression fractures.', 'T7 mild | T8 moderate | T9 severe'],
    ['Vertebral fractures: T8 20%, L1 35%.', 'T8 20% | L1 35%'],
    ['Acute L1 and chronic T12 compression fractures.', 'L1 acute | T12 old'],
    ['Chronic compression fractures: T6 20%, T8 35%.', 'T6 20% old | T8 35% old'],
    ['Mild T6, T7 and severe T9 compression fractures.', 'T6+T7 mild | T9 severe'],
  ]);

  table('shares the words at the ends', [
    ['Severe compression fractures of T7 and at T8.', 'T7+T8 severe'],
    ['Old compression fractures of T7, as well as T9.', 'T7+T9 old'],
    ['Moderate T8 compression fracture.', 'T8 moderate'],
  ]);

  table('is denied where the words set it against another', [
    ['The fracture is at L3, not L2.', 'L3 | denied L2'],
    ['Compression fracture at L3 rather than at L2.', 'L3 | denied L2'],
    ['Compression fracture of L3, not significantly changed.', 'L3 unchanged'],
  ]);

  table('may follow in the next sentence', [
    ['Vertebral fracture: present\nLevel: T12\nGrade: 2', 'T12 grade 2'],
    ['There is a fracture. It involves the L1 body.', 'L1'],
    ['There is a compression fracture.\nL4-L5: disc bulge.', ''],
    ['There is a compression fracture of L1. Level: T12.', 'L1'],
  ]);
});

describe('what is said of a fracture', () => {
  table('oedema that is not there makes it old', [
    ['Compression fracture of L4 with marrow oedema.', 'L4 acute'],
    ['Compression fracture of L4 without bone marrow edema.', 'L4 old'],
    ['Resolution of the marrow oedema in the T12 compression fracture.', 'T12 old'],
  ]);

  table('a part of its height is a percentage, a part of the body is a place', [
    ['L1 has lost a third of its height.', 'L1 33%'],
    ['Two-thirds loss of height at T8.', 'T8 67%'],
    ['Compression fracture of the upper third of L2 with reduced height.', 'L2 | L2'],
  ]);

  table('levels in words, and levels of a process', [
    ['Lumbar 2 compression fracture.', 'L2'],
    ['Fracture of thoracic vertebra eight.', 'T8'],
    ['Fractures of the L2 transverse process and the T12 vertebral body.', 'T12'],
    ['In the thoracic spine 2 compression fractures.', ''],
    ['Vertebral body heights are not maintained.', ''],
  ]);

  table('doubt after a denial, and what was confirmed', [
    ['The suspected L2 fracture is confirmed.', 'L2'],
    ['A fracture of L2 is unlikely, but cannot be excluded.', 'uncertain L2'],
    ['No fracture of L2, but mild wedging of L1 is suspected.', 'denied L2 | uncertain L1 mild'],
  ]);
});
