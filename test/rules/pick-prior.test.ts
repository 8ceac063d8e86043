/** Which earlier study is named, and what is new since it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dicomUid } from '#src/case/ids.ts';
import type { StudySummary } from '#src/case/study.ts';
import { isNewSince } from '#src/rules/is-new-since.ts';
import { pickPrior, priorWords } from '#src/rules/pick-prior.ts';
import { makeFinding, makeVertebra } from '#test/fakes/make-case.ts';

let uids = 0;
function study(change: Partial<StudySummary> = {}): StudySummary {
  uids += 1;
  const studyInstanceUid = dicomUid(`2.25.${uids}`)!;
  const facts = { accession: '', patientId: 'P-1', issuerOfPatientId: null, studyDate: '2024-05-02', modalities: ['CT'], description: '' };
  return { studyInstanceUid, ...facts, instanceCount: null, ...change };
}
const NOW = study({ studyDate: '2026-03-10' });
const dateOf = (found: readonly StudySummary[], now = NOW) => pickPrior(now, found).prior?.studyDate ?? null;

test('the newest study before this one that may show the spine', () => {
  const wanted = study({ studyDate: '2025-01-02', description: 'CT CHEST' });
  const found = [
    study({ studyDate: '2020-01-01' }),
    wanted,
    study({ studyDate: '2025-06-01', description: 'CT HEAD' }),
    study({ studyDate: '2025-07-01', modalities: ['US', 'SR'] }),
    study({ studyDate: '2025-08-01', patientId: 'P-10' }),
    study({ studyDate: '2026-03-10' }),
    study({ studyDate: '2026-04-01' }),
    study({ studyDate: null }),
  ];
  const { prior } = pickPrior(NOW, found);
  assert.equal(prior?.studyInstanceUid, wanted.studyInstanceUid);
  assert.deepEqual(prior?.because, [
    'the newest of 2 earlier studies that may show the spine',
    '1 of another patient id',
    '3 not before this study',
    '1 neither CT, MR nor X-ray',
    '1 away from the spine',
  ]);
  assert.equal(priorWords(prior!), 'compare with the CT of 2025-01-02');
});

test('nothing earlier, no day of this study, another issuer: none, with the reason', () => {
  assert.deepEqual(pickPrior(NOW, []), { prior: null, because: ['the archive has no earlier study'] });
  assert.deepEqual(pickPrior(NOW, [study({ modalities: ['US'] })]).because, ['no earlier study may show the spine', '1 neither CT, MR nor X-ray']);
  assert.equal(dateOf([study()], { ...NOW, studyDate: null }), null);
  assert.equal(dateOf([study({ issuerOfPatientId: 'B' })], { ...NOW, issuerOfPatientId: 'A' }), null);
  assert.equal(dateOf([study({ patientId: '' })], { ...NOW, patientId: '' }), null, 'two empty ids are not one patient');
});

test('free text: away from the spine, or with it', () => {
  for (const away of ['MRI BRAIN', 'XR Knee left', 'MR Schädel']) assert.equal(dateOf([study({ description: away })]), null, away);
  for (const kept of ['', 'CT HEAD AND CERVICAL SPINE', 'Trauma: brain, chest, abdomen', 'Verlauf'])
    assert.equal(dateOf([study({ description: kept })]), '2024-05-02', kept);
});

test('an X-ray is called one, and of one day the CT is named', () => {
  const xray = study({ modalities: ['DX'] });
  assert.equal(priorWords(pickPrior(NOW, [xray]).prior!), 'compare with the X-ray of 2024-05-02');
  assert.equal(pickPrior(NOW, [xray, study({ modalities: ['SR', 'CT'] })]).prior?.modality, 'CT');
});

test('the order of the archive’s answer plays no part', () => {
  const found = [study(), study(), study({ modalities: ['MR'] }), study({ studyDate: '2021-01-01' }), study({ description: 'foot' })];
  const expected = pickPrior(NOW, found);
  fc.assert(fc.property(fc.shuffledSubarray(found, { minLength: found.length }), (shuffled) => assert.deepEqual(pickPrior(NOW, shuffled), expected)));
});

test('new, progressed, unchanged', () => {
  const changes = isNewSince(makeFinding({ T12: 1, L1: 2 }), makeFinding({ T8: 2, T12: 3, L1: 2 }));
  const of = (level: string) => changes.find((one) => one.level === level);
  assert.deepEqual(
    ['T8', 'T12', 'L1', 'L2'].map((level) => of(level)?.change),
    ['new', 'progressed', 'unchanged', 'unchanged'],
  );
  assert.deepEqual([of('T12')?.before, of('T12')?.now], [1, 3]);
  assert.equal(of('T1'), undefined, 'a level that neither shows');
  assert.match(of('T8')!.because, /loss 4 % then, 31 % now/);
});

test('what cannot be said is never "unchanged" and never "new"', () => {
  const body = (change: Parameters<typeof makeVertebra>[2], grade: 0 | 1 | 2 = 1) =>
    makeFinding({}, { vertebrae: [makeVertebra('L1', grade, change)] });
  const loss = (percent: number, sd: number) => ({ loss: { ...makeVertebra('L1', 0).loss!, percent, sd } });
  const cases = [
    ['within the error', body(loss(18, 5), 0), body(loss(24, 5), 1), /within the error/],
    ['a lower grade', body({}, 2), body({}, 0), /a lower grade/],
    ['not graded then', body({ state: 'not_evaluable', grade: null, loss: null }), body({}), /not graded in the earlier/],
    ['not graded now', body({}), body({ state: 'indeterminate' }), /not graded in this study/],
    ['not there then', makeFinding({}, { vertebrae: [] }), body({}), /not in the earlier study/],
    ['not there now', body({}), makeFinding({}, { vertebrae: [] }), /not in this study/],
    ['no sure name', body({ levelProbability: 0.6 }, 0), body({}, 2), /the level is not sure/],
    [
      'another kind of picture',
      makeFinding({}),
      makeFinding({ L1: 2 }, { series: { ...makeFinding().series, kind: 'xray-lateral' } }),
      /another kind/,
    ],
  ] as const;
  for (const [name, before, now, because] of cases) {
    const change = isNewSince(before, now).find((one) => one.level === 'L1');
    assert.equal(change?.change, 'cannot-say', name);
    assert.match(change.because, because, name);
  }
});
