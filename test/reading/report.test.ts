/** What whole reports say of vertebral fracture: one table per feature. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readReport } from '#src/reading/read-report.ts';

type Row = readonly [text: string, verdict: string];

/** "stated L1", "uncertain ambiguous T12", "denied". */
function verdictOf(text: string): string {
  const reading = readReport(text);
  return [reading.fracture, reading.ambiguousOnly ? 'ambiguous' : '', ...reading.levels].filter((word) => word !== '').join(' ');
}

function table(name: string, rows: readonly Row[]): void {
  test(name, () => {
    for (const [text, verdict] of rows) assert.equal(verdictOf(text), verdict, text);
  });
}

describe('the verdict', () => {
  table('a fracture in plain words is stated, old or new', [
    ['Moderate compression fracture of L1.', 'stated L1'],
    ['Old healed wedge fracture T8.', 'stated T8'],
    ['VCF at T12.', 'stated T12'],
    ['The history of L1 fracture is known; the L1 fracture is again seen and unchanged.', 'stated L1'],
    ['No acute fracture. Old T12 fracture.', 'stated T12'],
    ['No change in the L2 compression fracture.', 'stated L2'],
  ]);

  table('the subject of "is fractured" says which bone it is', [
    ['The transverse process of L2 is fractured.', 'silent'],
    ['The spinous processes are fractured at T3.', 'silent'],
    ['The ribs of the left side, which are osteopenic, are fractured.', 'silent'],
    ['The left hip is not fractured.', 'silent'],
    ['The L2 vertebral body is fractured.', 'stated L2'],
    ['T8 appears to be acutely fractured, with retropulsion.', 'stated T8'],
    ['The hip was fractured in 2010; T12 is fractured.', 'stated T12'],
    ['The pedicle screws are intact and the T12 body is not fractured.', 'denied'],
  ]);

  table('a denial denies, a narrow denial does not', [
    ['No vertebral fracture.', 'denied'],
    ['FRACTURE: None', 'denied'],
    ['Vertebral body heights are maintained.', 'denied'],
    ['No acute fracture.', 'silent'],
    ['No displaced fracture.', 'silent'],
    ['No acute or old fracture.', 'denied'],
    ['No new compression fracture.', 'uncertain'],
  ]);

  table('doubt is doubt, a condition is nothing', [
    ['Possible fracture of L3.', 'uncertain L3'],
    ['An L3 fracture cannot be excluded.', 'uncertain L3'],
    ['If there is concern for vertebral fracture, MRI.', 'silent'],
    ['At risk of vertebral fracture.', 'silent'],
  ]);

  table('ambiguous words are a finding of their own', [
    ['Mild wedging of T12.', 'uncertain ambiguous T12'],
    ['Compression deformity of L1.', 'uncertain ambiguous L1'],
    ['Loss of height of T7 and T8.', 'uncertain ambiguous T7 T8'],
    ['Collapse of the T9 vertebra.', 'uncertain ambiguous T9'],
    ['Depression of the superior endplate of L3.', 'uncertain ambiguous L3'],
    ['Wedging of T12, consistent with an old fracture.', 'stated T12'],
    ['Loss of disc height at L4-5.', 'silent'],
    ['Collapse of the left lower lobe.', 'silent'],
  ]);

  table('boxes are ticked before or after their answer', [
    ['Vertebral fracture: [ ] yes [x] no', 'denied'],
    ['Vertebral fracture: [x] yes [ ] no', 'stated'],
    ['Vertebral fracture: Yes [ ] No [x]', 'denied'],
    ['Vertebral fracture: Yes [x] No [ ]', 'stated'],
    ['Vertebral fracture: ( ) yes (x) no', 'denied'],
  ]);

  table('what is asked of the pictures, or only looks like it, is no fracture', [
    ['Radiographs of the lumbar spine were requested to rule out fracture.', 'silent'],
    ['Cleft mimicking a fracture of L1.', 'denied'],
  ]);

  table('other bones are not vertebrae of T1 to L5', [
    ['Fractures of the left 5th to 7th ribs.', 'silent'],
    ['Hip fracture.', 'silent'],
    ['C5 compression fracture.', 'silent'],
    ['Sacral insufficiency fracture.', 'silent'],
    ['Colles fracture of the wrist.', 'silent'],
    ['Sternal fracture. Skull fracture.', 'silent'],
    ['Left L2 transverse process fracture.', 'silent'],
    ['Rib fractures and L1 compression fracture.', 'stated L1'],
    ['No rib or vertebral fracture.', 'denied'],
    ['XR left wrist. There is a fracture.', 'silent'],
  ]);

  table('the request is not the report, and a relative is not the patient', [
    ['INDICATION: L1 fracture?\nFINDINGS: Clear lungs.', 'silent'],
    ['COMPARISON: CT with T12 fracture.\nFINDINGS: Clear lungs.', 'silent'],
    ['Her mother had vertebral fractures.', 'silent'],
  ]);

  table('an addendum has the last word, wherever it stands', [
    ['FINDINGS: No fracture.\nADDENDUM: There is a fracture of T9.', 'stated T9'],
    ['ADDENDUM: There is a fracture of T9.\n\nFINDINGS: No fracture.', 'stated T9'],
    ['FINDINGS: Fracture of T9.\nADDENDUM: On review there is no fracture.', 'denied'],
    ['FINDINGS: Fractures of T9 and L1.\nADDENDUM: No fracture of any other vertebra.', 'stated T9 L1'],
  ]);
});

test('a high or low grade of compression is its severity, that of a stenosis is not', () => {
  for (const [text, severity] of [
    ['High-grade compression fracture of T6.', 'severe'],
    ['Low grade compression fracture of L1.', 'mild'],
    ['Fracture of T6 with high-grade stenosis.', null],
  ] as const)
    assert.equal(readReport(text).statements.find((found) => found.target === 'vertebral-fracture')?.severity, severity, text);
});

test('grade, severity, loss and age belong to their fracture', () => {
  const [first, second] = readReport('Severe L1 fracture (grade 3) with 45% loss of height, new. Mild T8 fracture, unchanged.').statements.filter(
    (statement) => statement.target === 'vertebral-fracture',
  );
  assert.deepEqual([first?.levels, first?.grade, first?.severity, first?.lossPercent, first?.acuity], [['L1'], 3, 'severe', 45, 'new']);
  assert.deepEqual([second?.levels, second?.grade, second?.severity, second?.lossPercent, second?.acuity], [['T8'], null, 'mild', null, 'unchanged']);
});

test('a range of grades or percentages gives its upper end', () => {
  const fracture = readReport('L1 fracture, grade 1-2, 25-40 % height loss.').statements.find(
    (statement) => statement.target === 'vertebral-fracture',
  );
  assert.deepEqual([fracture?.grade, fracture?.lossPercent], [2, 40]);
});

test('spondylolisthesis has grades too, and they are not the fracture grade', () => {
  const fracture = readReport('L1 fracture. Grade 1 anterolisthesis of L4.').statements.find(
    (statement) => statement.target === 'vertebral-fracture',
  );
  assert.equal(fracture?.grade, null);
});

test('red flags of the spine, a cancer history, and a lesion elsewhere', () => {
  const flags = (text: string): string =>
    [readReport(text).redFlag ? 'red' : '', readReport(text).cancerHistory ? 'cancer' : ''].filter((word) => word !== '').join(' ');
  assert.equal(flags('Lytic lesion of L3.'), 'red');
  assert.equal(flags('Pathological fracture of L3.'), 'red');
  assert.equal(flags('Spinal metastases.'), 'red cancer');
  assert.equal(flags('Cord compression at T8.'), 'red');
  assert.equal(flags('Discitis at L4-5.'), 'red');
  assert.equal(flags('L1 fracture, metastasis cannot be excluded.'), 'red');
  assert.equal(flags('No lytic lesion. No cord compression.'), '');
  assert.equal(flags('Liver metastases.'), 'cancer');
  assert.equal(flags('History of breast cancer.'), 'cancer');
  assert.equal(flags('Mother had breast cancer.'), '');
});

test('advice is advice, a scan that was done is not', () => {
  for (const text of [
    'Refer to FLS.',
    'Suggest DXA.',
    'Osteoporosis assessment is recommended.',
    'Consider referral to the metabolic bone clinic.',
    'Bone protection should be considered.',
  ])
    assert.equal(readReport(text).advice, true, text);
  for (const text of [
    'DXA 2019: T-score -2.1.',
    'Known to the fracture liaison service.',
    'No indication for DXA.',
    'CLINICAL HISTORY: DXA recommended?',
  ])
    assert.equal(readReport(text).advice, false, text);
});

test('high-energy trauma, treatment and mimics', () => {
  assert.equal(readReport('L1 fracture after a fall from a ladder.').trauma, true);
  assert.equal(readReport('L1 fracture after a fall from standing height.').trauma, false);
  assert.equal(readReport('Cement at L1.').treated, true);
  assert.equal(readReport('Consider vertebroplasty.').treated, false);
  assert.equal(readReport('Schmorl nodes at L2.').mimic, true);
  assert.equal(readReport('Haemangioma in T5. Fracture of L4.').mimic, false, 'a mimic at another level does not explain the fracture');
});

test('the checks C1 to C8', () => {
  const good = readReport(
    'Vertebral fractures: T8 mild (grade 1), L1 moderate (grade 2). New since 2024. No feature of a pathological fracture. Recommend referral to the fracture liaison service.',
  );
  assert.deepEqual(good.checks, { C1: 'yes', C2: 'cannot-say', C3: 'yes', C4: 'yes', C5: 'yes', C6: 'yes', C7: 'yes', C8: 'yes' });
  const poor = readReport('Mild wedging in the thoracic spine.');
  assert.deepEqual(poor.checks, { C1: 'yes', C2: 'cannot-say', C3: 'no', C4: 'no', C5: 'yes', C6: 'no', C7: 'no', C8: 'no' });
  assert.equal(readReport('The lungs are clear.').checks.C1, 'no');
  assert.equal(readReport('No fracture.').checks.C3, 'not-applicable');
});

test('short sentences after a fracture go on about it', () => {
  const fracture = (text: string) => readReport(text).statements.find((statement) => statement.target === 'vertebral-fracture');
  assert.equal(fracture('Fracture of L1. New since 2019.')?.acuity, 'new');
  assert.equal(fracture('Fracture of L1. This is unchanged.')?.acuity, 'unchanged');
  assert.equal(fracture('Fracture of L1. There is 40 % loss of height.')?.lossPercent, 40);
  assert.equal(fracture('Fracture of L1. Grade 2.')?.grade, 2);
  assert.equal(fracture('Fracture of L1. The cyst is unchanged.')?.acuity, 'unknown');
  assert.equal(fracture('Fracture of L1.\n\nNew nodule in the lung.')?.acuity, 'unknown');
});

test('every statement keeps its words', () => {
  const text = 'There is a compression fracture of L1. No lytic lesion.';
  const words = readReport(text).statements.map((statement) => text.slice(statement.span.start, statement.span.end));
  assert.deepEqual(words, ['compression fracture', 'lytic lesion']);
});

test('a fracture that is dated or was treated before is an old one that may still be there', () => {
  for (const text of [
    'L1 fracture (2019).',
    'L1 fracture in March 2019.',
    'L1 fracture seen at her last visit.',
    'Had undergone kyphoplasty for an L1 fracture.',
  ]) {
    const { fracture, levels, statements } = readReport(text);
    assert.deepEqual(
      [fracture, levels, statements.find((statement) => statement.target === 'vertebral-fracture')?.acuity],
      ['stated', ['L1'], 'old'],
      text,
    );
  }
});

describe('what a denial leaves out, and where a report begins', () => {
  table('a denial leaves out the levels that it excepts', [
    ['No vertebral fracture apart from T9.', 'stated T9'],
    ['No fracture except for the known ones at L2 and L3.', 'stated L2 L3'],
    ['No further fracture besides L4.', 'stated L4'],
    ['No fracture other than of the left third rib.', 'silent'],
    ['No fracture at T9 or L4.', 'denied'],
  ]);

  table('a spine that is not in the picture is not said to be whole', [
    ['No compression fracture is seen, as the spine is not included.', 'silent'],
    ['The vertebrae are outside the scan range. No fracture.', 'silent'],
    ['The lumbar spine is not imaged. No thoracic vertebral fracture.', 'denied'],
    ['The spine is not fully covered. No vertebral fracture.', 'denied'],
    ['Assessment of the bones for vertebral fracture is limited.', 'silent'],
  ]);

  table('without a heading for the findings, the report begins after the request', [
    ['History: cough. Chronic wedge fracture of T6.', 'stated T6'],
    ['Indication: back pain. ?T6 fracture.', 'silent'],
    ['Comparison: none. No vertebral fracture.', 'denied'],
    ['History: known T6 fracture. Query new fracture.', 'silent'],
    ['History: cough. Wedge fracture of T6.\nFINDINGS: Clear lungs.', 'silent'],
    ['EXAM: CT CHEST\nBONES: Wedge fracture of T6.', 'stated T6'],
    ['EXAM: CT spine, r/o fracture of T6\nIMPRESSION: Normal.', 'silent'],
  ]);

  table('bodies of the neck and the sacrum, and places beside a level', [
    ['C4 vertebral body fracture.', 'silent'],
    ['The vertebral body of C4 is fractured. T3 compression fracture.', 'stated T3'],
    ['Fracture of the S2 vertebral body.', 'silent'],
    ['Fracture of the second rib at the level of T2.', 'silent'],
    ['Thoracic 7 vertebral fracture.', 'stated T7'],
    ['Fractures: none of the spine; old ulnar fracture.', 'denied'],
  ]);

  table('clipped words and doubtful alternatives', [
    ['Chr. comp. fx. of T10.', 'stated T10'],
    ['Old comp fx T10. no pneumothorax', 'stated T10'],
    ['T10 fracture or projection.', 'uncertain T10'],
    ['The view is suspicious for T10 fracture.', 'uncertain T10'],
    ['No occult fracture.', 'silent'],
    ['What was reported as a fracture of T10 is a limbus vertebra. No fracture.', 'denied'],
  ]);

  test('what the words around a fracture do not say of it', () => {
    const first = (text: string): unknown[] => {
      const said = readReport(text).statements.find(({ target }) => target === 'vertebral-fracture');
      return [said?.severity, said?.acuity];
    };
    assert.deepEqual(first('Mild T5 fracture without significant loss of height.'), ['mild', 'unknown']);
    assert.deepEqual(first('T5 fracture, not severe.'), [null, 'unknown']);
    assert.deepEqual(first('The T5 fracture was present on the prior CT.'), [null, 'unchanged']);
    assert.deepEqual(first('T5 fracture without interval change.'), [null, 'unchanged']);
    assert.deepEqual(first('Compared with June there is now a T5 fracture.'), [null, 'new']);
    assert.equal(readReport('T5 fracture, more flattened than before.').newOrProgressed, true);
  });

  test('advice by other names, and a service that the patient has already', () => {
    const advised = (text: string): boolean => readReport(text).advice;
    assert.equal(advised('T5 fracture. Flagged to the fracture liaison nurse.'), true);
    assert.equal(advised('T5 fracture. Dual-energy X-ray absorptiometry is advised.'), true);
    assert.equal(advised('T5 fracture. Under the osteoporosis clinic.'), false);
  });

  test('suspicious features are a cause to exclude where a vertebra is spoken of', () => {
    assert.equal(readReport('T5 fracture without aggressive features.').checks.C8, 'yes');
    assert.equal(readReport('Lung nodule with suspicious features. T5 fracture.').redFlag, false);
    assert.equal(readReport('T5 fracture with malignant features.').redFlag, true);
  });

  table('a level that is told of something else is no level of the fracture', [
    ['T6 fracture; L2-3 stenosis.', 'stated T6'],
    ['T6 fracture with mild canal narrowing at L2-3.', 'stated T6'],
    ['T6 fracture, disc disease at L2-L3 and L3-L4.', 'stated T6'],
    ['T6 fracture and the conus ends at L1.', 'stated T6'],
    ['The conus lies at L1 and there is a fracture of T6.', 'stated T6'],
    ['T6 fracture with retrolisthesis of L2 on L3.', 'stated T6'],
    ['T6 and T8 fractures sparing T7.', 'stated T6 T8'],
    ['T6 fracture, mean attenuation of L1 is 96 HU.', 'stated T6'],
    ['T6 fracture and a bone island in L2.', 'stated T6'],
    ['Burst fracture with stenosis at T6.', 'stated T6'],
    ['Severe stenosis at T6 from a burst fracture.', 'stated T6'],
    ['Fracture, and disc bulge at L2-3.', 'stated'],
    ['T6 fracture, with a fracture at L2.', 'stated T6 L2'],
  ]);

  table('what was not reported before is there, what cannot be told is doubted', [
    ['Not previously described fracture of T6.', 'stated T6'],
    ['It is hard to tell whether there is a fracture of T6.', 'uncertain T6'],
    ['Pain after lifting or due to a fracture of T6.', 'uncertain T6'],
    ['Old films may help in dating the fracture of T6.', 'stated T6'],
  ]);
});
