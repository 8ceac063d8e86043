/** STOW-RS answers of several archives: a 202 that looks like success, XML, silence about an instance, no answer at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { caseId, dicomUid } from '#src/case/ids.ts';
import { resultUid } from '#src/systems/dicomweb/result-uid.ts';
import { readStowAnswer } from '#src/systems/dicomweb/stow-answer.ts';

const row = (uid: string, reason?: number) => ({
  '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.7'] },
  '00081155': { vr: 'UI', Value: [uid] },
  ...(reason === undefined ? {} : { '00081197': { vr: 'US', Value: [reason] } }),
});
const answer = (stored: readonly object[], failed: readonly object[]) =>
  JSON.stringify({ '00081199': { vr: 'SQ', Value: stored }, '00081198': { vr: 'SQ', Value: failed } });

test('a partial success names what failed and why', () => {
  const outcome = readStowAnswer(answer([row('2.25.1')], [row('2.25.2', 0xa702), row('2.25.3', 0x0122), row('2.25.4', 0xbeef)]), [
    '2.25.1',
    '2.25.2',
    '2.25.3',
    '2.25.4',
  ]);
  assert.deepEqual(outcome, {
    stored: ['2.25.1'],
    failed: [
      { sopInstanceUid: '2.25.2', because: 'out of resources (A702)' },
      { sopInstanceUid: '2.25.3', because: 'SOP class not supported (0122)' },
      { sopInstanceUid: '2.25.4', because: 'refused (BEEF)' },
    ],
  });
});

test('an instance that the answer does not mention has failed', () => {
  for (const body of ['', '{}', '[]', 'not json', answer([], []), '<html></html>']) {
    const { stored, failed } = readStowAnswer(body, ['2.25.1']);
    assert.deepEqual([stored, failed.map((one) => one.sopInstanceUid)], [[], ['2.25.1']], body);
  }
});

test('an answer in XML', () => {
  const body = `<?xml version="1.0"?><NativeDicomModel>
    <DicomAttribute tag="00081198" vr="SQ"><Item number="1"><DicomAttribute tag="00081155" vr="UI"><Value number="1">2.25.9</Value></DicomAttribute></Item></DicomAttribute>
    <DicomAttribute tag="00081199" vr="SQ"><Item number="1"><DicomAttribute tag="00081155" vr="UI"><Value number="1">2.25.7</Value></DicomAttribute></Item>
      <Item number="2"><DicomAttribute tag="00081155" vr="UI"><Value number="1">2.25.8</Value></DicomAttribute></Item></DicomAttribute></NativeDicomModel>`;
  const { stored, failed } = readStowAnswer(body, ['2.25.7', '2.25.8', '2.25.9']);
  assert.deepEqual(stored, ['2.25.7', '2.25.8']);
  assert.deepEqual(failed, [{ sopInstanceUid: '2.25.9', because: 'refused without a reason' }]);
});

test('instances that were not sent are not counted', () =>
  assert.deepEqual(readStowAnswer(answer([row('2.25.1'), row('2.25.99')], []), ['2.25.1']), { stored: ['2.25.1'], failed: [] }));

test('result UIDs are valid, the same for the same result and different for every other', () => {
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.nat(1000),
      fc.constantFrom('picture-series', 'picture-instance', 'report-series', 'report-instance', 'tracking-L1'),
      (id, version, part) => {
        const key = `${id} ${version} ${part}`;
        const uid = resultUid(caseId(id), version, part);
        assert.equal(resultUid(caseId(id), version, part), uid);
        assert.ok(dicomUid(uid));
        assert.equal(seen.get(uid) ?? key, key);
        seen.set(uid, key);
      },
    ),
  );
});
