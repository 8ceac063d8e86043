/** What is in a message, by the rules of its source. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '#src/case/report.ts';
import { parseMessage } from '#src/systems/hl7/message.ts';
import { type OruResult, oruToReport } from '#src/systems/hl7/oru-to-report.ts';
import { oru } from './messages.ts';
import { profile } from './with-listener.ts';

function result(text: string, settings: Record<string, unknown> = {}): OruResult {
  const message = parseMessage(text);
  assert.ok(message);
  return oruToReport(message, profile(settings));
}

function report(text: string, settings: Record<string, unknown> = {}): Report {
  const found = result(text, settings).report;
  assert.ok(found);
  return found;
}

/** A message from rows: `OBR` values by field number, OBX rows as they are. */
function message(parts: { obr?: Record<number, string>; orc?: string; rows?: readonly string[]; extra?: readonly string[]; pid?: string }): string {
  const obr = Array.from({ length: 45 }, (_, index) => parts.obr?.[index + 1] ?? '');
  return [
    'MSH|^~\\&|RIS|N|B|F|20260302101500||ORU^R01|M1|P|2.5.1',
    parts.pid ?? 'PID|1||P-77^^^NORTH^MR||Example^Edith||19440511|F',
    ...(parts.orc === undefined ? [] : [parts.orc]),
    `OBR|${obr.join('|')}`,
    ...(parts.rows ?? []),
    ...(parts.extra ?? []),
  ].join('\r');
}

test('everything of an ordinary report', () => {
  const found = report(oru());
  assert.equal(found.source, 'ris-north');
  assert.equal(found.accession, 'ACC1001');
  assert.equal(found.status, 'final');
  assert.deepEqual(found.patient, {
    id: { value: 'P-77', authority: 'NORTH', type: 'MR' },
    otherIds: [],
    familyName: 'Example',
    givenName: 'Edith',
    birthDate: '1944-05-11',
    sex: 'female',
    deceased: null,
  });
  assert.deepEqual(found.orderer, { id: '42', authority: null, name: 'Rose Referrer' });
  assert.deepEqual(found.author, { id: '77', authority: null, name: 'Rita Reader' });
  assert.deepEqual(found.procedure, { code: '71250', text: 'CT CHEST WITHOUT CONTRAST', system: 'CPT' });
  assert.equal(found.modality, 'CT');
  assert.equal(found.examinedAt, '2026-03-01T09:10:00+00:00');
  assert.equal(found.visitNumber, 'V-9');
  assert.equal(found.text, 'CT CHEST\nFINDINGS: Lungs clear.\nIMPRESSION: Mild wedge deformity of T12.');
});

const BOTH = { 2: 'PL1^RIS', 3: 'FI1^RIS', 18: 'IHE1', 20: 'OWN1' };
const ACCESSIONS: readonly (readonly [string, string, Record<string, unknown>, string | null])[] = [
  ['OBR-3 before OBR-2, authority stripped', message({ obr: BOTH }), {}, 'FI1'],
  ['OBR-18 only where the source is IHE', message({ obr: BOTH }), { ihe: true }, 'IHE1'],
  ['the configured field before all', message({ obr: BOTH }), { ihe: true, accessionField: 'OBR-20' }, 'OWN1'],
  ['IPC-1 before OBR-3', message({ obr: BOTH, extra: ['IPC|IPC1^RIS|RP|1.2.3'] }), {}, 'IPC1'],
  ['ORC-3 where OBR-3 is empty', message({ orc: 'ORC|RE|PL|OF1', obr: { 2: 'PL1' } }), {}, 'OF1'],
  ['OBR-2 at last', message({ obr: { 2: 'PL1' } }), {}, 'PL1'],
  ['leading zeros stay', message({ obr: { 3: '000123' } }), {}, '000123'],
  ['a wildcard is no accession; the next place is', message({ obr: { 3: 'A*', 2: 'PL1' } }), {}, 'PL1'],
  ['an empty field of the configured place', message({ obr: { 3: 'FI1' } }), { accessionField: 'ZRX-4.2' }, 'FI1'],
];
for (const [name, text, settings, expected] of ACCESSIONS) test(`accession: ${name}`, () => assert.equal(report(text, settings).accession, expected));

test('without accession and study UID there is a report and a fault: the case becomes visible', () => {
  const found = result(message({ obr: {}, rows: ['OBX|1|TX|1||Compression fracture.||||||F'] }));
  assert.equal(found.report?.accession, null);
  assert.equal(found.report?.text, 'Compression fracture.');
  assert.equal(found.unusable?.code, 'HL7_NO_ACCESSION');
});

const UIDS: readonly (readonly [string, readonly string[], string | null])[] = [
  ['ZDS-1', ['ZDS|1.2.840.1^RIS^Application^DICOM'], '1.2.840.1'],
  ['OBX 113014 as HD', ['OBX|1|HD|113014^DICOM Study^DCM||1.2.840.2||||||O'], '1.2.840.2'],
  ['OBX Study Instance UID', ['OBX|1|ST|^Study Instance UID||1.2.840.3||||||O'], '1.2.840.3'],
  ['IPC-3', ['IPC|A|RP|1.2.840.4^RIS'], '1.2.840.4'],
  ['a broken UID is none', ['ZDS|1.2.x'], null],
];
for (const [name, extra, expected] of UIDS) {
  test(`study UID: ${name}`, () => {
    const found = report(message({ obr: { 3: 'F1' }, rows: ['OBX|1|TX|1||Words.||||||F'], extra }));
    assert.equal(found.studyInstanceUid, expected);
    assert.equal(found.text, 'Words.', 'the row with the UID is no text');
  });
}

function withStatus(obr25: string, rows: readonly string[], orc5: string): string {
  return message({ orc: `ORC|RE|P|F1||${orc5}`, obr: { 3: 'F1', 25: obr25 }, rows: rows.map((status, n) => `OBX|${n + 1}|TX|1||t||||||${status}`) });
}
const STATUSES: readonly (readonly [string, readonly string[], string, Report['status']])[] = [
  ['F', ['P'], '', 'final'],
  ['Final', [], '', 'final'],
  ['Prelim', [], '', 'preliminary'],
  ['Wet Read', [], '', 'preliminary'],
  ['WET_READ', ['F'], 'F', 'preliminary'],
  ['R', [], '', 'preliminary'],
  ['A', [], '', 'preliminary'],
  ['C', [], '', 'corrected'],
  ['X', [], '', 'cancelled'],
  ['Addendum', [], '', 'addendum'],
  ['Q7', ['F'], 'F', 'unknown'],
  ['', ['F', 'F'], '', 'final'],
  ['', ['F', 'P', 'F'], 'F', 'preliminary'],
  ['', ['F', 'C'], '', 'corrected'],
  ['', ['D', 'F'], '', 'final'],
  ['', ['X', 'X'], '', 'cancelled'],
  ['', ['', ''], 'Final', 'final'],
  ['', ['', ''], 'CM', 'unknown'],
  ['', ['O', 'F'], '', 'final'],
  ['', [], '', 'unknown'],
];
for (const [obr25, rows, orc5, expected] of STATUSES) {
  test(`status: OBR-25 "${obr25}", OBX-11 [${rows.join(' ')}], ORC-5 "${orc5}" is ${expected}`, () =>
    assert.equal(report(withStatus(obr25, rows, orc5)).status, expected));
}

test('status: the words of the source come first', () => {
  assert.equal(report(withStatus('A', [], ''), { statusWords: { a: 'addendum' } }).status, 'addendum');
});

const row = (type: string, value: string, code = '71250^CT', status = 'F'): string => `OBX|1|${type}|${code}||${value}||||||${status}`;
const TEXTS: readonly (readonly [string, readonly string[], string])[] = [
  ['a row per line, an empty row is a blank line', [row('TX', 'one'), row('TX', ''), row('ST', 'two')], 'one\n\ntwo'],
  ['~ is a line break', [row('TX', 'one~two')], 'one\ntwo'],
  ['an ampersand and a caret are text', [row('TX', 'Head & neck, 5 x 10^6')], 'Head & neck, 5 x 10^6'],
  ['formatting commands', [row('FT', 'a\\.br\\b\\.sp2\\c\\.sk3\\d\\H\\e\\N\\f\\.in+4\\g')], 'a\nb\n\nc   defg'],
  ['delimiter escapes', [row('TX', 'a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f')], 'a|b^c&d~e\\f'],
  ['hexadecimal line breaks', [row('FT', 'a\\X0D\\\\X0A\\b\\X0D0A\\c')], 'a\nb\nc'],
  ['hexadecimal UTF-8 in one escape and in two', [row('FT', '\\XC3A9\\ \\XC3\\\\XA9\\')], 'é é'],
  ['what is no escape stays', [row('TX', 'see C:\\scans\\new and \\XZZ\\ end\\')], 'see C:\\scans\\new and \\XZZ\\ end\\'],
  ['coded impression: the text, not the code', [row('CE', 'I1^MASS LEFT LOWER LOBE^L', '&IMP')], 'IMPRESSION:\nMASS LEFT LOWER LOBE'],
  [
    'suffixes become headings once',
    [row('TX', 'Lungs clear.', '1&GDT'), row('TX', 'Bones.', '1&GDT'), row('TX', 'Fracture T12.', '1&IMP'), row('TX', 'New.', '1&ADT')],
    'FINDINGS:\nLungs clear.\nBones.\n\nIMPRESSION:\nFracture T12.\n\nADDENDUM:\nNew.',
  ],
  [
    'but not where the text has its own',
    [row('TX', 'CLINICAL HISTORY: fall.', '1&GDT'), row('TX', 'IMPRESSION: none.', '1&IMP')],
    'CLINICAL HISTORY: fall.\nIMPRESSION: none.',
  ],
  ['LOINC sections', [row('TX', 'Old CT.', '18834-2^Comparison^LN')], 'COMPARISON:\nOld CT.'],
  ['links and documents are no text', [row('RP', 'http://x'), row('ED', '^APPLICATION^PDF^Base64^JVBERi0='), row('TX', 'Words.')], 'Words.'],
  ['a plain document is', [row('ED', `^TEXT^PLAIN^Base64^${Buffer.from('Old T8.\r\nNew.').toString('base64')}`)], 'Old T8.\nNew.'],
  ['withdrawn rows are gone', [row('TX', 'wrong', '1', 'W'), row('TX', 'right')], 'right'],
  ['notes where the row only points to them', [row('ST', 'See Comments'), 'NTE|1||Fracture of L1.~Old.'], 'See Comments\nFracture of L1.\nOld.'],
  ['no notes beside text', [row('TX', 'Words.'), 'NTE|1||Phoned to ward.'], 'Words.'],
];
for (const [name, rows, expected] of TEXTS)
  test(`text: ${name}`, () => assert.equal(report(message({ obr: { 3: 'F1', 25: 'F' }, rows })).text, expected));

test('text: a raw line break inside a row is put back together and flagged', () => {
  const found = report(message({ obr: { 3: 'F1', 25: 'F' }, rows: ['OBX|1|TX|1||first line\rsecond line||||||F', row('TX', 'third')] }));
  assert.equal(found.text, 'first line\nsecond line\nthird');
  assert.ok(found.flags.includes('line-break-in-field'));
});

test('text: a field that holds "MSH|" in a row of its own, and blank rows, lose nothing', () => {
  const found = report(message({ obr: { 3: 'F1', 25: 'F' }, rows: ['', row('TX', 'a'), '', row('TX', 'b')] }));
  assert.equal(found.text, 'a\nb');
});

test('an addendum is known by its rows or its first word', () => {
  const rows = [row('TX', 'Body.', '1&GDT'), row('TX', 'Fracture.', '1&ADN')];
  assert.equal(report(message({ obr: { 3: 'F1', 25: 'F' }, rows })).status, 'addendum');
  assert.equal(report(message({ obr: { 3: 'F1', 25: 'C' }, rows: [row('TX', '*** ADDENDUM *** T12')] })).status, 'addendum');
  assert.equal(report(message({ obr: { 3: 'F1', 25: 'P' }, rows })).status, 'preliminary');
});

const PIDS: readonly (readonly [string, string, Record<string, unknown>, string, number])[] = [
  ['by type, not by position', '1^^^X^EE~2^^^N^MR', {}, '2', 1],
  ['by authority and type', '1^^^A^MR~2^^^B^MR', { patientIds: [{ authority: 'B', type: 'MR' }] }, '2', 1],
  ['authority as an OID', '1^^^&1.2.3&ISO^MR', { patientIds: [{ authority: '1.2.3' }] }, '1', 0],
  ['authority in the facility', '1^^^^MR^FAC', { patientIds: [{ authority: 'FAC' }] }, '1', 0],
  ['social security numbers are dropped', '999-11-2222^^^^SS~888-11-2222~5', {}, '5', 0],
  ['nothing fits: none', '1^^^X^DL', {}, '', 1],
];
for (const [name, pid3, settings, expected, others] of PIDS) {
  test(`patient: ${name}`, () => {
    const found = result(message({ obr: { 3: 'F1' }, pid: `PID|1||${pid3}||Example^Edith` }), settings);
    assert.equal(found.report?.patient.id.value, expected);
    assert.equal(found.report?.patient.otherIds.length, others);
    assert.equal(found.unusable?.code ?? null, expected === '' ? 'HL7_NO_PATIENT_ID' : null);
  });
}

test('no social security number is anywhere in a report', () => {
  const found = result(message({ obr: { 3: 'F1' }, pid: 'PID|1|999-11-2222|999-11-2222^^^SSA^SS~7^^^N^MR||Example||||||||||||||999-11-2222' }));
  assert.ok(!JSON.stringify(found).includes('999-11'));
});

const TIMES: readonly (readonly [string, string, string | null])[] = [
  ['202603010910', 'Europe/London', '2026-03-01T09:10:00+00:00'],
  ['20260701091000', 'Europe/London', '2026-07-01T09:10:00+01:00'],
  ['20260701091000.1234-0500', 'Europe/London', '2026-07-01T09:10:00-05:00'],
  ['20260701', 'America/New_York', '2026-07-01T00:00:00-04:00'],
  ['20260329013000', 'Europe/London', '2026-03-29T01:30:00+00:00'],
  ['20261025013000', 'Europe/London', '2026-10-25T01:30:00+01:00'],
  ['20260701091000', 'Asia/Kolkata', '2026-07-01T09:10:00+05:30'],
  ['202607', 'UTC', null],
  ['20260231', 'UTC', null],
  ['2026070125', 'UTC', null],
  ['yesterday', 'UTC', null],
];
for (const [raw, timeZone, expected] of TIMES) {
  test(`time ${raw} in ${timeZone}`, () => assert.equal(report(message({ obr: { 3: 'F1', 7: raw } }), { timeZone }).examinedAt, expected));
}

test('the time of the examination where the source has it, else OBR-7', () => {
  const text = message({ obr: { 3: 'F1', 6: '20260301', 7: '20260302' } });
  assert.equal(report(text, { examinedField: 'OBR-6' }).examinedAt, '2026-03-01T00:00:00+00:00');
  assert.equal(report(text, { examinedField: 'OBR-36' }).examinedAt, '2026-03-02T00:00:00+00:00');
});

test('reported at OBR-22, else when the message was made', () => {
  assert.equal(report(message({ obr: { 3: 'F1', 22: '20260301' } })).reportedAt, '2026-03-01T00:00:00+00:00');
  assert.equal(report(message({ obr: { 3: 'F1' } })).reportedAt, '2026-03-02T10:15:00+00:00');
});

test('people with & and with ^, several ids of one person', () => {
  const found = report(message({ obr: { 3: 'F1', 16: '9^^^^~10^Referrer^Rose^M^^Dr^^^NPI', 32: '5^Reader^Rita' } }));
  assert.deepEqual(found.orderer, { id: '10', authority: 'NPI', name: 'Rose M Referrer' });
  assert.deepEqual(found.author, { id: '5', authority: null, name: 'Rita Reader' });
});

const MODALITIES: readonly (readonly [string, string, string | null])[] = [
  ['CT', '', 'CT'],
  ['RAD', '1^XR LUMBAR SPINE 2 VIEWS', 'DX'],
  ['', '1^MRI thoracic spine', 'MR'],
  ['', '1^PET/CT whole body', null],
  ['IMG', '1^US ABDOMEN LIMITED', 'US'],
  ['IMG', '1^Chest 1 view Frontal', 'DX'],
  ['IMG', '1^Spine Cerv 3views or less', 'DX'],
  ['IMG', '1^Screening Mamm Bilat 2 views', 'MG'],
  ['RAD', '1^Spine', null],
];
for (const [section, procedure, expected] of MODALITIES) {
  test(`modality of ${section} ${procedure}`, () =>
    assert.equal(report(message({ obr: { 3: 'F1', 4: procedure, 24: section } })).modality, expected));
}

test('several orders under one text are one report; orders with their own words are reports of their own', () => {
  const head = 'MSH|^~\\&|RIS|N|B|F|20260302101500||ORU^R01|M1|P|2.5.1\rPID|1||P^^^N^MR';
  const linked = result([head, 'OBR|1||A1', row('TX', 'One text.'), 'OBR|2||A2', 'OBR|3||A3', row('TX', 'One text.')].join('\r'));
  assert.deepEqual([linked.report?.accession, linked.more.length], ['A1', 0]);
  assert.ok(linked.report?.flags.includes('several-accessions'));
  const apart = result(
    [head, 'ORC|RE||A1', 'OBR|1||A1', row('TX', 'Chest.'), 'ZDS|1.2.1', 'ORC|RE||A2', 'OBR|2||A2', row('TX', 'Abdomen.'), 'ZDS|1.2.2'].join('\r'),
  );
  assert.deepEqual([apart.report?.accession, apart.report?.text, apart.report?.studyInstanceUid], ['A1', 'Chest.', '1.2.1']);
  assert.deepEqual(
    apart.more.map(({ report: other }) => [other.accession, other.text, other.studyInstanceUid, other.patient.id.value]),
    [['A2', 'Abdomen.', '1.2.2', 'P']],
  );
});

const DOCUMENTS: readonly (readonly [string, string, string, Report['status']])[] = [
  ['T02', 'AU', 'AV', 'final'],
  ['T02', 'DI', 'AV', 'preliminary'],
  ['T06', 'LA', 'AV', 'addendum'],
  ['T02', 'AU', 'OB', 'cancelled'],
  ['T11', 'AU', '', 'cancelled'],
  ['T02', '??', 'AV', 'unknown'],
];
for (const [trigger, completion, availability, expected] of DOCUMENTS) {
  test(`a document MDM^${trigger}, ${completion} ${availability}, is read like an ORU: ${expected}`, () => {
    const txa = `TXA|1|RAD^Radiology|TX|20260301091000||20260301|||7^Reader^Rita|||D1||PL1|FI1||${completion}||${availability}`;
    const head = ['MSH|^~\\&|RIS|N|B|F|20260302101500||MDM^' + trigger + '|M1|P|2.5.1', 'EVN||2026', 'PID|1||P-77^^^NORTH^MR||Example^Edith'];
    const found = result([...head, 'PV1|1|O', txa, row('TX', 'Fracture of T12.', '1', '')].join('\r'));
    assert.equal(found.report?.accession, 'FI1');
    assert.equal(found.report?.status, expected);
    assert.equal(found.report?.text, 'Fracture of T12.');
    assert.equal(found.report?.author?.name, 'Rita Reader');
    const withOrder = result([...head, txa, 'OBR|1|PL9|FI9', row('TX', 'Words.', '1', '')].join('\r'));
    assert.deepEqual([withOrder.report?.accession, withOrder.report?.status], ['FI9', expected]);
  });
}

test('a laboratory result is not ours', () => {
  const found = result(message({ obr: { 3: 'L1', 24: 'LAB' }, rows: ['OBX|1|NM|1||4.2||||||F'] }));
  assert.deepEqual([found.report, found.unusable], [null, null]);
});

test('own delimiters of a sender', () => {
  const text = oru().replaceAll('|', '#').replaceAll('^', '@').replaceAll('&', '$').replace('MSH#@~\\$', 'MSH#@~\\$');
  assert.deepEqual({ ...report(text), flags: [] }, { ...report(oru()), flags: [] });
});

test('200,000 rows and 20 MB in one field are read', () => {
  const many = report(message({ obr: { 3: 'F1', 25: 'F' }, rows: Array.from({ length: 200_000 }, () => row('TX', 'line')) }));
  assert.equal(many.text.length, 200_000 * 5 - 1);
  assert.equal(report(message({ obr: { 3: 'F1', 25: 'F' }, rows: [row('TX', 'x'.repeat(20_000_000))] })).text.length, 20_000_000);
});
