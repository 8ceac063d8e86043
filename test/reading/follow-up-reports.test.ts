/** Reports as they are followed up: dated findings, labels that speak, well neighbours, and what a title, a cord or a cancer does not say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
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

const acuityOf = (text: string): string | undefined => readReport(text).statements.find(({ target }) => target === 'vertebral-fracture')?.acuity;

table('a doubt after a label doubts what follows it', [
  ['Skeleton: possible fracture of T6.', 'uncertain T6'],
  ['Fracture: possible.', 'uncertain'],
  ['Fracture: possible, T6.', 'uncertain T6'],
  ['Lumbar spine: nil fracture.', 'denied'],
]);

table('a label that has its level says enough', [
  ['T6 vertebral fracture: bone density test advised.', 'stated T6'],
  ['T6 fracture: none.', 'denied'],
  ['Fractures: bone density test advised.', 'silent'],
]);

table('a neighbour that is said to be well is not broken', [
  ['T6 and T8 fractures are stable, T7 is intact.', 'stated T6 T8'],
  ['T6 fracture; the T7 body remains normal.', 'stated T6'],
  ['T6 fracture is stable, T7 is fractured too.', 'stated T6 T7'],
]);

table('an article begins the words of another bone', [
  ['Fracture of the sternum and a wedge fracture of T6.', 'stated T6'],
  ['A rib or vertebral fracture is not seen.', 'denied'],
]);

table('a level on a line of its own, a doubted level, and what was not there then', [
  ['T6: normal\nT7: wedge fracture\nT8: normal', 'stated T7'],
  ['T6: intact\nFracture of T7', 'stated T7'],
  ['Fracture of a body presumed to be T6.', 'stated T6'],
  ['The T6 fracture was not visible in 2019.', 'stated T6'],
  ['The T6 fracture was not visible.', 'denied'],
]);

table('one of two, what a pronoun stands for, and views that are no levels', [
  ['T6: fracture or limbus vertebra.', 'uncertain T6'],
  ['T6 shows a faint band. This may represent a fracture.', 'uncertain T6'],
  ['T6-7 disc is narrow. This may represent a fracture.', 'uncertain'],
  ['T6 is counted from above. There is a fracture.', 'stated'],
  ['THORACIC SPINE 3V: fracture of T6.', 'stated T6'],
  ['T6 and T8 fractures sparing T7.', 'stated T6 T8'],
  ['Fractures of T6 and T8 sparing T7.', 'stated T6 T8'],
  ['No further collapse of the T6 fracture.', 'stated T6'],
  ['T6: # noted.', 'stated T6'],
  ['No evidence of # in the lumbar spine.', 'denied'],
  ['Wedging of T6 is most likely due to an old fracture.', 'uncertain T6'],
  ['No fracture. A subtle fracture may be missed.', 'denied'],
]);

table('a request ends where the report begins, whether or not a heading says so', [
  ['INDICATION: cough.\nThe T6 body is fractured.\nIMPRESSION: Clear lungs.', 'stated T6'],
  ['INDICATION: Known T6 fracture.\nCOMPARISON: None.\nIMPRESSION: Clear lungs.', 'silent'],
  ['INDICATION: Lymphoma. T6 fracture.\nIMPRESSION: Clear lungs.', 'silent'],
  ['INDICATION: cough.\nT6 fracture.\nFINDINGS: Clear lungs.', 'silent'],
  ['Clinical: T6 fracture?\nReport: Clear lungs.', 'silent'],
  ['Height loss of 5 cm. No fracture.', 'denied'],
]);

table('heights kept but for one, and bones of one name', [
  ['Vertebral heights are preserved except at T6.', 'uncertain ambiguous T6'],
  ['Vertebral heights are preserved apart from minor loss of height at T6.', 'uncertain ambiguous T6'],
  ['Vertebral heights are preserved.', 'denied'],
  ['Fractured right T6 pedicle.', 'silent'],
  ['Broken left hip.', 'silent'],
  ['The T6 body is fractured.', 'stated T6'],
  ['Fracture of the 6th thoracic rib.', 'silent'],
  ['Fracture of the 6th thoracic body.', 'stated T6'],
]);

table('the rest: heights, slips, pictures as labels, pronouns, limits', [
  ['T6 has lost roughly 40% of its posterior height.', 'uncertain ambiguous T6'],
  ['Retrolisthesis of L5 on S1. No fracture.', 'denied'],
  ['Slip of L5 on S1, no fracture.', 'denied'],
  ['HISTORY: pain. XR: ? fracture of T6.', 'uncertain T6'],
  ['T6 is not a limbus vertebra, it is fractured.', 'stated T6'],
  ['Slight wedging of T6, within normal limits.', 'silent'],
  ['Vertebral body heights are within normal limits.', 'denied'],
  ['No fracture other than at T6.', 'stated T6'],
  ['Genant grade 0 throughout.', 'denied'],
  ['A microfracture of the T6 body is possible.', 'uncertain T6'],
  ['Addendum: the T6 fracture is a motion artefact.\nOriginal: T6 fracture.', 'denied'],
]);

test('what goes no further is unchanged, what goes on healing is old, and what an earlier picture lacks is new', () => {
  assert.equal(acuityOf('T6 fracture without further height loss.'), 'unchanged');
  assert.equal(acuityOf('The T6 fracture shows no further collapse.'), 'unchanged');
  assert.equal(acuityOf('The T6 fracture shows further collapse.'), 'progressed');
  assert.equal(acuityOf('T6 fracture with continued healing.'), 'old');
  assert.equal(acuityOf('The T6 fracture does not seem to have changed.'), 'unchanged');
  assert.equal(acuityOf('The T6 fracture was already visible in 2019.'), 'unchanged');
  assert.equal(acuityOf('The T6 fracture was not visible in 2019.'), 'new');
  assert.equal(acuityOf('The T6 fracture dates back to 2019.'), 'old');
  assert.equal(acuityOf('T6 fracture with high STIR signal.'), 'acute');
  assert.equal(acuityOf('T6 fracture without abnormal STIR signal.'), 'old');
  assert.equal(acuityOf('T6 fracture with 55% height loss compared with 25% before.'), 'progressed');
  assert.equal(acuityOf('T6 fracture, height loss from 25% to 55%.'), 'progressed');
  assert.equal(acuityOf('T6 fracture, previously 25%, now 25% height loss.'), 'unchanged');
  assert.equal(acuityOf('T6 fracture with 25% anterior and 10% posterior height loss.'), 'unknown');
  assert.equal(acuityOf('De novo fracture of T6.'), 'new');
  assert.equal(acuityOf('T6 fracture, further flattened since May.'), 'progressed');
  assert.equal(acuityOf('The T6 fracture has lost additional height.'), 'progressed');
  assert.equal(acuityOf('There has been development of a T6 fracture.'), 'new');
  assert.equal(acuityOf('T6 fracture, not visible on the radiograph of May.'), 'new');
});

test('the degree of another thing is not the degree of the fracture', () => {
  const severityOf = (text: string): string | null | undefined =>
    readReport(text).statements.find(({ target }) => target === 'vertebral-fracture')?.severity;
  assert.equal(severityOf('T6 fracture with slight paravertebral swelling.'), null);
  assert.equal(severityOf('T6 fracture with severe central canal stenosis.'), null);
  assert.equal(severityOf('Severe wedge fracture of T6 with canal stenosis.'), 'severe');
});

test('titles are no advice, a free cord excludes no cause, a cancer that did not return was there', () => {
  assert.equal(readReport('DXA SCAN\nT-score -2.0 at the hip. T6 fracture.').advice, false);
  assert.equal(readReport('T6 fracture. Osteoporosis referral.').advice, true);
  assert.equal(readReport('T6 fracture. DXA unless already done.').advice, true);
  assert.equal(readReport('CT TRAUMA SPINE. T6 fracture.').trauma, false);
  assert.equal(readReport('Cyclist versus car. T6 fracture.').trauma, true);
  assert.equal(readReport('Lytic lesions, none with collapse.').redFlag, true);
  assert.equal(readReport('T6 fracture, pathological in appearance.').redFlag, true);
  assert.equal(readReport('MRI requested for suspected cord compression. T6 fracture.').redFlag, false);
  assert.equal(readReport('T6 fracture. Sent by the fracture liaison service.').advice, false);
  assert.equal(readReport('T6 fracture. No cord compression.').checks.C8, 'no');
  assert.equal(readReport('T6 fracture. No lytic lesion.').checks.C8, 'yes');
  assert.equal(readReport('No recurrent carcinoma. T6 fracture.').cancerHistory, true);
  assert.equal(readReport('No carcinoma. T6 fracture.').cancerHistory, false);
});
