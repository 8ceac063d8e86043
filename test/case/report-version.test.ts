/** Which message wins when several speak about one examination. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accession } from '#src/case/ids.ts';
import type { Report, ReportStatus } from '#src/case/report.ts';
import { reportChanges } from '#src/case/report-changes.ts';
import { CORRECTION_NOT_READ, reportVersionMove } from '#src/case/report-version.ts';

function report(status: ReportStatus, at: string | null, text = 'Findings: wedge deformity of T12. Impression: old.'): Report {
  return {
    source: 'ris',
    accession: accession('A1') ?? null,
    accessionCandidates: [],
    studyInstanceUid: null,
    status,
    patient: {
      id: { value: 'P1', authority: 'N', type: 'MR' },
      otherIds: [],
      familyName: 'Example',
      givenName: 'Edith',
      birthDate: '1944-05-11',
      sex: 'female',
      deceased: null,
    },
    orderer: null,
    author: null,
    procedure: null,
    modality: 'CT',
    examinedAt: null,
    reportedAt: at,
    visitNumber: null,
    text,
    flags: [],
  };
}

const EARLY = '2026-03-02T10:00:00+00:00';
const LATE = '2026-03-02T11:00:00+00:00';

const TABLE: readonly (readonly [string, Report, Report, string])[] = [
  ['a final replaces a preliminary', report('preliminary', EARLY), report('final', LATE), 'replace signed'],
  ['even when its time is earlier', report('preliminary', LATE), report('final', EARLY), 'replace signed'],
  ['a late preliminary never replaces a final', report('final', EARLY), report('preliminary', LATE, 'other'), 'ignore late-preliminary'],
  ['nor does a status that nobody knows', report('corrected', EARLY), report('unknown', LATE), 'ignore late-preliminary'],
  ['a correction replaces a final', report('final', EARLY), report('corrected', LATE), 'replace newer'],
  ['and does so in the same second', report('final', EARLY), report('corrected', EARLY), 'replace newer'],
  ['the final before a correction comes too late', report('corrected', LATE), report('final', EARLY), 'ignore older'],
  ['and when no time tells, the correction stays', report('addendum', null), report('final', null), 'ignore older'],
  ['a later final replaces an addendum', report('addendum', EARLY), report('final', LATE), 'replace newer'],
  ['an earlier preliminary does not replace a later one', report('preliminary', LATE), report('preliminary', EARLY, 'other'), 'ignore older'],
  ['a cancellation replaces a final', report('final', EARLY), report('cancelled', LATE, ''), 'replace cancelled'],
  ['the same again is the same', report('final', EARLY), report('final', EARLY), 'same '],
  [
    'offsets are heeded: 12:30 in +02:00 is before 11:00 UTC',
    report('final', LATE),
    report('final', '2026-03-02T12:30:00+02:00', 'other'),
    'ignore older',
  ],
  ['years and months carry', report('final', '2025-12-31T23:59:59+00:00'), report('final', '2026-01-01T00:00:00+00:00', 'other'), 'replace newer'],
  ['leap days count', report('final', '2028-02-29T23:00:00+00:00'), report('final', '2028-03-01T00:00:00+00:00', 'other'), 'replace newer'],
];

for (const [name, previous, next, expected] of TABLE) {
  test(name, () => {
    const move = reportVersionMove(previous, next);
    assert.equal(`${move.kind} ${move.kind === 'same' ? '' : move.because}`, expected);
  });
}

test('a bare addendum is joined to the text that it adds to, and flagged', () => {
  const move = reportVersionMove(report('final', EARLY), report('addendum', LATE, 'T12 fracture is new.'));
  assert.ok(move.kind === 'replace' && move.textShrank);
  assert.match(move.report.text, /wedge deformity of T12[\s\S]*ADDENDUM:\nT12 fracture is new\./);
  assert.deepEqual([...move.report.flags].sort(), ['addendum-joined', 'text-shrank']);
});

test('an addendum that carries the whole text is taken as it is', () => {
  const whole = 'ADDENDUM: new. Findings: wedge deformity of T12. Impression: old.';
  const move = reportVersionMove(report('final', EARLY), report('addendum', LATE, whole));
  assert.ok(move.kind === 'replace');
  assert.equal(move.report.text, whole);
  assert.deepEqual(move.report.flags, []);
});

test('a correction with less text is flagged but not joined', () => {
  const move = reportVersionMove(report('final', EARLY), report('corrected', LATE, 'Normal.'));
  assert.ok(move.kind === 'replace');
  assert.equal(move.report.text, 'Normal.');
  assert.deepEqual(move.report.flags, ['text-shrank']);
});

const PDF_ONLY = '';
const WORDS = 'Findings: wedge deformity of T12. Impression: old.';

test('the same report once more as a document does not wipe out the words that we hold', () => {
  const move = reportVersionMove(report('final', EARLY), report('final', LATE, PDF_ONLY));
  assert.ok(move.kind === 'replace');
  assert.deepEqual([move.report.text, move.report.reportedAt, move.report.flags], [WORDS, LATE, ['text-of-earlier-version']]);
});

test('a correction as a document keeps the words, flagged, and stays flagged until words come', () => {
  for (const status of ['corrected', 'addendum'] as const) {
    const move = reportVersionMove(report('final', EARLY), report(status, LATE, 'See attached report.'));
    assert.ok(move.kind === 'replace');
    assert.deepEqual([move.report.text, move.report.flags], [WORDS, ['text-of-earlier-version', CORRECTION_NOT_READ]]);
    const again = reportVersionMove(move.report, report('final', '2026-03-02T12:00:00+00:00', PDF_ONLY));
    assert.ok(again.kind === 'replace' && again.report.flags.includes(CORRECTION_NOT_READ));
    const words = reportVersionMove(move.report, report('corrected', '2026-03-02T12:00:00+00:00', 'Fracture of T12, L1 intact, no other fracture.'));
    assert.ok(words.kind === 'replace' && words.report.text.startsWith('Fracture of T12') && words.report.flags.length === 0);
  }
});

test('words that come after the document count, also when they are older; a preliminary’s do not', () => {
  const later = reportVersionMove(report('final', EARLY, PDF_ONLY), report('final', LATE));
  assert.ok(later.kind === 'replace' && later.report.text === WORDS && later.report.flags.length === 0);
  const older = reportVersionMove(report('final', LATE, PDF_ONLY), report('final', EARLY));
  assert.ok(older.kind === 'replace');
  assert.deepEqual([older.report.text, older.report.reportedAt, older.report.flags], [WORDS, LATE, ['text-of-earlier-version']]);
  const corrected = reportVersionMove(report('corrected', LATE, PDF_ONLY), report('final', EARLY));
  assert.ok(corrected.kind === 'replace' && corrected.report.status === 'corrected' && corrected.report.flags.includes(CORRECTION_NOT_READ));
  const signed = reportVersionMove(report('preliminary', EARLY), report('final', LATE, PDF_ONLY));
  assert.ok(signed.kind === 'replace' && signed.report.text === PDF_ONLY);
});

test('replay tells what would change without telling who it is about', () => {
  const before = report('preliminary', EARLY);
  const after = { ...before, status: 'final' as const, text: 'x', patient: { ...before.patient, familyName: 'Other' } };
  const changes = reportChanges(before, after);
  assert.deepEqual(
    changes.map((change) => [change.field, change.matters]),
    [
      ['status', true],
      ['patient.name', false],
      ['text', true],
    ],
  );
  assert.ok(!JSON.stringify(changes).includes('Other'));
  assert.deepEqual(reportChanges(before, before), []);
  assert.deepEqual(
    reportChanges(null, before).map((change) => change.field),
    ['report'],
  );
});
