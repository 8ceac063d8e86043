/** The context of any phrase: one table per feature. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readPhrase } from '#src/reading/read-phrase.ts';

type Row = readonly [text: string, phrase: string, expected: string];

/** "denied", "denied historical", "affirmed someone-else": what differs from current and patient is named. */
function contextOf(text: string, phrase: string): string {
  const found = readPhrase(text, phrase)[0];
  if (found === undefined) return 'not found';
  return [found.certainty, found.time === 'historical' ? 'historical' : '', found.who === 'someone-else' ? 'someone-else' : '']
    .filter((word) => word !== '')
    .join(' ');
}

function table(name: string, rows: readonly Row[]): void {
  test(name, () => {
    for (const [text, phrase, expected] of rows) assert.equal(contextOf(text, phrase), expected, `"${phrase}" in "${text}"`);
  });
}

describe('the context of a phrase', () => {
  table('a denial reaches over a list and stops at a new clause', [
    ['No cyst, stone, or mass.', 'mass', 'denied'],
    ['No cyst or stone is seen and the spleen is enlarged.', 'stone', 'denied'],
    ['No cyst or stone is seen and the spleen is enlarged.', 'spleen', 'affirmed'],
    ['No stone, but there is a cyst.', 'cyst', 'affirmed'],
    ['No stone; small cyst.', 'cyst', 'affirmed'],
    ['No stone, mild hydronephrosis.', 'hydronephrosis', 'affirmed'],
    ['No stone except for a fleck in the bladder.', 'fleck', 'affirmed'],
    ['The duct shows no stone which would explain the pain.', 'pain', 'affirmed'],
  ]);

  table('after a "but" without a subject, the same thing is spoken of', [
    ['A stone is unlikely but cannot be excluded.', 'stone', 'uncertain'],
    ['No stone is identified, although one cannot be ruled out.', 'stone', 'uncertain'],
    ['No stone but is likely dehydrated.', 'stone', 'denied'],
    ['Stones are present, but not enlarged.', 'stone', 'affirmed'],
    ['The suspected stone is confirmed.', 'stone', 'affirmed'],
    ['Stone to be confirmed by ultrasound.', 'stone', 'uncertain'],
  ]);

  table('a denial may stand behind', [
    ['A stone is not seen.', 'stone', 'denied'],
    ['Stone and sludge were not identified.', 'Stone', 'denied'],
    ['The spleen is large, a stone is not seen.', 'spleen', 'affirmed'],
    ['Stone: none', 'Stone', 'denied'],
    ['Stone: No. Sludge: Yes.', 'Stone', 'denied'],
    ['Stone: No. Sludge: Yes.', 'Sludge', 'affirmed'],
    ['Stone (-), sludge (+)', 'Stone', 'denied'],
    ['Perforation has been ruled out.', 'Perforation', 'denied'],
    ['Perforation is unlikely.', 'Perforation', 'denied'],
  ]);

  table('look-alikes of denial deny nothing', [
    ['No change in the cyst.', 'cyst', 'affirmed'],
    ['No significant interval increase in the effusion.', 'effusion', 'affirmed'],
    ['There is no doubt that this is a cyst.', 'cyst', 'affirmed'],
    ['Not only a cyst but a stone.', 'cyst', 'affirmed'],
    ['The cyst has not changed.', 'cyst', 'affirmed'],
    ['A nodule which was not seen on the prior study.', 'nodule', 'affirmed'],
    ['No displacement of the fracture.', 'fracture', 'affirmed'],
    ['No progression of the fracture.', 'progression', 'denied'],
  ]);

  table('doubt', [
    ['Possible cyst.', 'cyst', 'uncertain'],
    ['A cyst cannot be excluded.', 'cyst', 'uncertain'],
    ['Cannot entirely exclude a cyst.', 'cyst', 'uncertain'],
    ['Cyst versus abscess.', 'Cyst', 'uncertain'],
    ['Cyst versus abscess.', 'abscess', 'uncertain'],
    ['? abscess', 'abscess', 'uncertain'],
    ['This may represent an abscess.', 'abscess', 'uncertain'],
    ['Abscess, likely chronic.', 'Abscess', 'affirmed'],
    ['The abscess is of uncertain age.', 'abscess', 'affirmed'],
    ['Nothing to suggest an abscess.', 'abscess', 'denied'],
  ]);

  table('conditions, questions and risks', [
    ['If there is concern for abscess, CT is advised.', 'abscess', 'hypothetical'],
    ['If there is concern for abscess, CT is advised.', 'CT', 'affirmed'],
    ['CT to exclude abscess.', 'abscess', 'hypothetical'],
    ['At risk of falls.', 'falls', 'hypothetical'],
    ['Return if pain recurs.', 'pain', 'hypothetical'],
  ]);

  table('the past and other people', [
    ['History of gout.', 'gout', 'affirmed historical'],
    ['No history of gout.', 'gout', 'denied historical'],
    ['PAST MEDICAL HISTORY: Gout.', 'Gout', 'affirmed historical'],
    ['Two years ago she had gout.', 'gout', 'affirmed historical'],
    ['Her mother had gout.', 'gout', 'affirmed someone-else'],
    ['FAMILY HISTORY: Gout.', 'Gout', 'affirmed someone-else'],
    ['In March of 1998 she had gout.', 'gout', 'affirmed historical'],
    ['Gout (1998), asthma.', 'Gout', 'affirmed historical'],
    ['He had undergone surgery for gout.', 'gout', 'affirmed historical'],
    ['On the last admission he had gout.', 'gout', 'affirmed historical'],
    ['PREVIOUS OPERATIONS: Appendectomy.', 'Appendectomy', 'affirmed historical'],
    ['Nodule first seen in 2015.', 'Nodule', 'affirmed'],
    ['Previously healthy man with gout.', 'gout', 'affirmed'],
    ['History of gout, admitted with fever.', 'fever', 'affirmed'],
    ['Previous chest film was clear, now an effusion.', 'effusion', 'affirmed'],
    ['Her mother reports that she has gout.', 'gout', 'affirmed'],
    ['The mother denies fever in the child.', 'fever', 'denied'],
  ]);
});

describe('a phrase with marks in it', () => {
  table('is found over headings, stops, blanks and marks, and judged by the words outside it', [
    ['ALLERGIES: To penicillin and latex.', 'Allergies: to penicillin', 'affirmed'],
    ['PLAN: Bed rest.\nDIET: Soft.', 'diet: soft', 'affirmed'],
    ['Chest: Clear. No wheeze.', 'clear. No wheeze', 'affirmed'],
    ['Chest: Clear. No wheeze.', 'wheeze', 'denied'],
    ['She cannot take any p.o. drugs.', 'p.o. drugs', 'denied'],
    ['She takes her drugs p.o. now.', 'drugs p.o.', 'affirmed'],
    ['He denies cough. Sputum was clear.', 'cough. Sputum', 'denied'],
    ['Possible cyst. Stone was not seen.', 'cyst. Stone', 'denied'],
    ['If pain. Returns at night.', 'pain. Returns', 'hypothetical'],
    ['No soft   tissue   mass.', 'soft tissue mass', 'denied'],
    ['No soft tissue mass.', 'soft    tissue mass', 'denied'],
    ['No p.o. intake.', 'po intake', 'denied'],
    ['No x-ray change.', 'xray changes', 'denied'],
    ['Fracture of L1-2.', 'L12', 'not found'],
    ['The ribosome is small.', 'rib', 'not found'],
    ['Blood pressure (lying): low.', 'blood pressure lying low', 'affirmed'],
    ['FAMILY HISTORY: Gout. Asthma.', 'gout, asthma', 'affirmed someone-else'],
    ['PAST MEDICAL HISTORY: Gout. Asthma.', 'gout. asthma', 'affirmed historical'],
  ]);
});

test('the phrase is found over line breaks, hyphens and case, as often as it occurs', () => {
  const found = readPhrase('PLEURAL\nEFFUSION is small. No pleural-effusion on the left.', 'pleural effusion');
  assert.deepEqual(
    found.map((statement) => statement.certainty),
    ['affirmed', 'denied'],
  );
});

test('a phrase that does not occur, or has no word in it, gives nothing', () => {
  assert.deepEqual(readPhrase('Normal.', 'effusion'), []);
  assert.deepEqual(readPhrase('Normal.', '  '), []);
});

describe('conditions, answers, needs and people', () => {
  table('a condition may be told by the order of words', [
    ['Should a leak develop, reoperation is planned.', 'leak', 'hypothetical'],
    ['Ring the ward should drowsiness or a tremor appear.', 'tremor', 'hypothetical'],
    ['The graft should heal within weeks.', 'graft', 'affirmed'],
    ['Withhold digoxin for bradycardia.', 'bradycardia', 'hypothetical'],
    ['Come back to the emergency department for vertigo.', 'vertigo', 'hypothetical'],
  ]);

  table('a question takes its certainty from its answer', [
    ['Is there a stricture? No.', 'stricture', 'denied'],
    ['Is there a stricture? Yes, in the ileum.', 'stricture', 'affirmed'],
    ['Is there a stricture?', 'stricture', 'hypothetical'],
    ['Stricture? Present.', 'stricture', 'affirmed'],
  ]);

  table('what is not needed is not there, what it is not needed for is', [
    ['He did not need dialysis.', 'dialysis', 'denied'],
    ['He did not need dialysis for his nephritis.', 'nephritis', 'affirmed'],
    ['Ventilation not required.', 'Ventilation', 'denied'],
    ['She was never given heparin.', 'heparin', 'denied'],
  ]);

  table('relatives and contacts', [
    ['A housemate who has measles.', 'measles', 'affirmed someone-else'],
    ['Grandson tested positive for influenza.', 'influenza', 'affirmed someone-else'],
    ['Family history is notable for gout.', 'gout', 'affirmed someone-else'],
    ['Family history negative for gout.', 'gout', 'denied someone-else'],
    ['Paternal uncle - gout.', 'gout', 'affirmed someone-else'],
    ['His children have eczema.', 'eczema', 'affirmed someone-else'],
    ['No sick contacts, diarrhea or cramps.', 'cramps', 'denied'],
    ['Close contacts with mumps.', 'mumps', 'affirmed someone-else'],
    ['HIV negative woman with thrush.', 'thrush', 'affirmed'],
    ['HIV negative woman with thrush.', 'HIV', 'denied'],
  ]);

  table('words between doubt and fact', [
    ['There is concern for torsion.', 'torsion', 'uncertain'],
    ['Suspicion was raised of torsion.', 'torsion', 'uncertain'],
    ['Torsion is high on the differential.', 'torsion', 'uncertain'],
    ['Reflux is the most likely explanation.', 'Reflux', 'uncertain'],
    ['The film is equivocal for torsion.', 'torsion', 'uncertain'],
    ['Line shadow, artifact or torsion.', 'torsion', 'uncertain'],
    ['There is no question that this is torsion.', 'torsion', 'affirmed'],
    ['There is no question of torsion.', 'torsion', 'denied'],
    ['What was thought to be a polyp is a fold.', 'polyp', 'denied'],
    ['What was thought to be a polyp is a fold.', 'fold', 'affirmed'],
    ['Kernicterus as a newborn.', 'Kernicterus', 'affirmed historical'],
  ]);

  table('bare years, opening phrases and items that stand for themselves', [
    ['Bypass 1998, well since.', 'Bypass', 'affirmed historical'],
    ['Thrombosis 2011; gout.', 'gout', 'affirmed'],
    ['Cyst unchanged from MRI 2020.', 'Cyst', 'affirmed'],
    ['Cyst, seen in May 2020.', 'Cyst', 'affirmed'],
    ['In the absence of trauma, a cyst is diagnosed.', 'cyst', 'affirmed'],
    ['In the absence of trauma, a cyst is diagnosed.', 'trauma', 'denied'],
    ['In the absence of fever, cough or rash, tests were stopped.', 'rash', 'denied'],
    ['No thrill, heart sounds normal.', 'heart sounds', 'affirmed'],
    ['No rash, swelling or redness present.', 'swelling', 'denied'],
    ['Aortic aneurysm, surveillance.', 'aneurysm', 'affirmed'],
    ['Aortic aneurysm surveillance.', 'aneurysm', 'hypothetical'],
    ['Look out for swelling.', 'swelling', 'hypothetical'],
    ['It was thought to be a real infarct.', 'infarct', 'affirmed'],
  ]);

  table('orders, risks and causes as notes write them', [
    ['Codeine 30 mg p.r.n. cramps.', 'cramps', 'hypothetical'],
    ['Codeine 30 mg p.o. Cramps went on.', 'Cramps', 'affirmed'],
    ['He accepted the risks, such as leak and ileus.', 'ileus', 'hypothetical'],
    ['Ulcer, probably from naproxen.', 'naproxen', 'uncertain'],
    ['Ulcer, probably from naproxen.', 'Ulcer', 'affirmed'],
    ['He was admitted two years ago for gout.', 'gout', 'affirmed historical'],
    ['The nodule was not present in March.', 'nodule', 'affirmed'],
    ['No clonus, pupils symmetric.', 'pupils', 'affirmed'],
  ]);

  table('results, signs, orders and kin in other words', [
    ['Screen for celiac disease was negative.', 'celiac disease', 'denied'],
    ['Reflexes +, tremor -', 'tremor', 'denied'],
    ['Reflexes +, tremor -', 'Reflexes', 'affirmed'],
    ['Well-known, long-standing tremor -', 'tremor', 'affirmed'],
    ['Anemia, believed not to be due to bleeding.', 'bleeding', 'denied'],
    ['No explanation was found for the vertigo.', 'vertigo', 'affirmed'],
    ['No evidence was found for torsion.', 'torsion', 'denied'],
    ['Tab tramadol SOS for colic.', 'colic', 'hypothetical'],
    ['Check electrolytes for hyponatremia.', 'hyponatremia', 'hypothetical'],
    ['The check was done for hyponatremia.', 'hyponatremia', 'affirmed'],
    ['There is gout in his family.', 'gout', 'affirmed someone-else'],
    ['His daughter was worried about the tremor.', 'tremor', 'affirmed'],
    ['Suspicion for torsion is very low.', 'torsion', 'denied'],
    ['Too faint to exclude torsion.', 'torsion', 'uncertain'],
    ['No torsion but a poor study; cannot be excluded.', 'torsion', 'uncertain'],
    ['An ulcer, and blood is not seen.', 'ulcer', 'affirmed'],
    ['An ulcer, erosion, and blood are not seen.', 'ulcer', 'denied'],
    ['Early torsion may be missed.', 'torsion', 'hypothetical'],
    ['No bleeding, sutures removed.', 'sutures', 'affirmed'],
  ]);

  table('the head of a look-alike, listeners, parts of a whole', [
    ['No change in gait or balance.', 'change in gait', 'denied'],
    ['No change in the ataxia.', 'ataxia', 'affirmed'],
    ['The mother was told of the signs of croup.', 'croup', 'hypothetical'],
    ['The mother was treated for croup.', 'croup', 'affirmed someone-else'],
    ['Stones, none in the ureter.', 'Stones', 'affirmed'],
    ['Stones: none in the ureter.', 'Stones', 'denied'],
    ['She had measles at five years of age.', 'measles', 'affirmed historical'],
    ['Report any bruising or rash.', 'rash', 'hypothetical'],
    ['?? torsion', 'torsion', 'uncertain'],
    ['Torsion needs to be considered.', 'Torsion', 'uncertain'],
    ['The differential also includes torsion.', 'torsion', 'uncertain'],
    ['A scan was requested for suspected torsion.', 'torsion', 'hypothetical'],
    ['No thrill, trachea central.', 'trachea', 'affirmed'],
  ]);

  table('certain after all, needed or not, none now', [
    ['This is beyond question sarcoidosis.', 'sarcoidosis', 'affirmed'],
    ['Not surprisingly, ileus followed.', 'ileus', 'affirmed'],
    ['Torsion was hence excluded.', 'Torsion', 'denied'],
    ['There is no indication for stenting.', 'stenting', 'denied'],
    ['There is no need to investigate the polyp.', 'polyp', 'affirmed'],
    ['Nobody could find the cause of her vertigo.', 'vertigo', 'affirmed'],
    ['Hematuria on Monday, none now.', 'Hematuria', 'affirmed'],
    ['Typical of, but not specific for, gout.', 'gout', 'uncertain'],
    ['The shadow is likely a cyst.', 'cyst', 'uncertain'],
    ['A cyst is likely.', 'cyst', 'uncertain'],
    ['Chest: possible effusion.', 'effusion', 'uncertain'],
    ['Spine: nil deformity.', 'deformity', 'denied'],
    ['She recalls having had mumps.', 'mumps', 'affirmed historical'],
    ['Mumps in the early 1960s.', 'Mumps', 'affirmed historical'],
    ['Were she to bleed, platelets would be given.', 'bleed', 'hypothetical'],
    ['They were able to walk, with pain.', 'pain', 'affirmed'],
    ['Please phone the ward for drowsiness.', 'drowsiness', 'hypothetical'],
    ['Return precautions were discussed for vertigo.', 'vertigo', 'hypothetical'],
  ]);
});
