/** Referral, order and result messages: read back by our own parser and by python3-hl7. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Case } from '#src/case/case.ts';
import { caseId } from '#src/case/ids.ts';
import type { Envelope } from '#src/systems/hl7/build-message.ts';
import { parseMessage } from '#src/systems/hl7/message.ts';
import { oruToReport } from '#src/systems/hl7/oru-to-report.ts';
import { referralMessage, referralOrderMessage } from '#src/systems/hl7/referral-message.ts';
import { resultMessage } from '#src/systems/hl7/result-message.ts';
import { oru } from './messages.ts';
import { hasPythonHl7, PYTHON, runProgram } from './run-program.ts';
import { profile } from './with-listener.ts';

const ENVELOPE: Envelope = {
  sendingApplication: 'BACKSTOP',
  sendingFacility: 'NORTH|1',
  receivingApplication: 'FLS',
  receivingFacility: 'NORTH',
  controlId: 'BS0000000001',
  at: new Date('2026-03-02T10:15:01Z'),
  processingId: 'P',
};
const SETTINGS = { service: { code: 'FLS', text: 'Fracture liaison service', system: 'L' }, referredTo: 'FLS North' };

type Finding = NonNullable<Case['facts']['finding']>;

function subject(finding: Finding | null, confirmedBy: 'report' | null): Case {
  const message = parseMessage(oru());
  assert.ok(message);
  const { report } = oruToReport(message, profile());
  assert.ok(report);
  const decision: NonNullable<Case['facts']['decision']> = {
    rule: 'R14',
    outcome: 'refer',
    priority: 'urgent',
    veryHighRisk: false,
    confirmedBy,
    careGap: false,
    modelDisagrees: false,
    addendumText: null,
    because: [{ rule: 'R14', text: 'Height loss 32 % at T12 | "wedge" & more.\rOBX|9|TX|evil' }],
    policyVersion: '1',
    dueDate: '2026-03-16',
  };
  const facts = {
    report: { ...report, studyInstanceUid: '1.2.3' as never },
    reading: null,
    study: null,
    choice: null,
    finding,
    history: null,
    decision,
    resources: [],
    answers: [],
    stopped: null,
  };
  return { id: caseId('00000000-0000-4000-8000-000000000001'), state: 'decided', version: 1, reportVersion: 1, createdAt: '', updatedAt: '', facts };
}

const BODY = {
  levelProbability: 1,
  shape: 'wedge',
  heights: null,
  probability: null,
  flags: [],
  landmarks: [],
  centrePicture: [0, 0],
  centreLps: null,
  trabecularHu: null,
  reason: null,
} as const;
const MEASURED: Finding = {
  state: 'measured',
  vertebrae: [
    {
      ...BODY,
      level: 'T12',
      levelText: 'T12',
      state: 'graded',
      grade: 2,
      gradeText: '2',
      loss: { anterior: 32, middle: 10, posterior: 0, percent: 32.4, raw: 33, sd: 2 },
    },
    {
      ...BODY,
      level: 'L1',
      levelText: 'L1',
      state: 'graded',
      grade: 0,
      gradeText: '0',
      shape: null,
      loss: { anterior: 5, middle: 4, posterior: 0, percent: 5, raw: 5, sd: 2 },
    },
    { ...BODY, level: 'L2', levelText: 'L2', state: 'not_evaluable', reason: 'metal-or-cement', grade: null, gradeText: '', shape: null, loss: null },
  ],
  levelsAssessed: ['T12', 'L1'],
  density: null,
  worstGrade: 2,
  notes: [],
  models: [],
  executionProvider: 'cpu',
  series: {} as never,
  studyInstanceUid: '1.2.3',
  studyDate: null,
  modality: 'CT',
  picture: { columns: 1, rows: 1, mmPerPixel: null },
};
const CANNOT_SAY: Finding = { state: 'cannot-say', reason: 'images-not-found', detail: 'No study was found.', vertebrae: [], models: [] };

function segments(bytes: Buffer) {
  const message = parseMessage(bytes.toString('utf8'));
  assert.ok(message);
  const get = (name: string, n: number, index = 0): string => message.segments.filter((segment) => segment.name === name)[index]?.fields[n] ?? '';
  return { names: message.segments.map((segment) => segment.name).join(' '), get, all: message.segments };
}

test('REF^I12: segments in the order of chapter 11, who, whom, why', () => {
  const { names, get } = segments(referralMessage(subject(MEASURED, 'report'), SETTINGS, ENVELOPE));
  assert.equal(names, 'MSH RF1 PRD PRD PID DG1 OBR OBX OBX OBX PV1 NTE NTE');
  assert.equal(get('MSH', 9), 'REF^I12^REF_I12');
  assert.equal(get('MSH', 7), '20260302101501+0000');
  assert.equal(get('MSH', 4), 'NORTH\\F\\1');
  assert.equal(get('RF1', 2), 'A');
  assert.equal(get('PRD', 1), 'RP^Referring Provider');
  assert.equal(get('PRD', 2), 'Referrer^Rose');
  assert.equal(get('PRD', 2, 1), 'FLS North');
  assert.equal(get('PID', 3), 'P-77^^^NORTH^MR');
  assert.equal(get('PID', 7), '19440511');
  assert.equal(get('DG1', 3), '^Vertebral compression fracture');
  assert.equal(get('OBR', 7), '20260301091000+0000');
  assert.equal(get('OBX', 5), 'T12: Genant grade 2 (wedge), height loss 32 %.');
  assert.equal(get('OBX', 5, 2), 'Not gradable: L2.');
  assert.equal(get('NTE', 3), 'R14: Height loss 32 % at T12 \\F\\ "wedge" \\T\\ more. OBX\\F\\9\\F\\TX\\F\\evil');
  assert.equal(get('NTE', 3, 1), 'Please act by 2026-03-16.');
});

test('ORM^O01: a new order', () => {
  const { names, get } = segments(referralOrderMessage(subject(MEASURED, null), SETTINGS, ENVELOPE));
  assert.equal(names, 'MSH PID PV1 ORC OBR NTE NTE DG1');
  assert.deepEqual([get('ORC', 1), get('ORC', 2)], ['NW', '00000000-0000-4000-8000-000000000001']);
  assert.equal(get('OBR', 4), 'FLS^Fracture liaison service^L');
  assert.equal(get('OBR', 16), '42^Referrer^Rose');
  assert.equal(get('DG1', 3), '^Possible vertebral compression fracture, not confirmed');
});

test('ORU^R01: numbers and words, preliminary until somebody confirmed it', () => {
  const { all, get } = segments(resultMessage(subject(MEASURED, null), ENVELOPE));
  assert.equal(get('OBR', 25), 'P');
  const rows = all
    .filter((segment) => segment.name === 'OBX')
    .map((row) => [row.fields[3], row.fields[4], row.fields[5], row.fields[6] ?? '', row.fields[11]]);
  assert.deepEqual(rows.slice(0, 2), [
    ['VCF-GENANT^Genant grade^L', 'T12', '2', '', 'P'],
    ['VCF-LOSS^Vertebral height loss^L', 'T12', '32', '%', 'P'],
  ]);
  assert.equal(get('ZDS', 1), '1.2.3^^Application^DICOM');
  assert.equal(segments(resultMessage(subject(MEASURED, 'report'), ENVELOPE)).get('OBR', 25), 'F');
});

test('what could not be assessed is never said to be no fracture', () => {
  for (const finding of [CANNOT_SAY, null]) {
    const bytes = resultMessage(subject(finding, null), ENVELOPE);
    const { get } = segments(bytes);
    assert.equal(get('OBR', 25), 'X');
    assert.match(
      get('OBX', 5),
      finding ? /could not be assessed: No study was found\. This does not mean that there is no fracture/ : /have not been measured/,
    );
    assert.doesNotMatch(bytes.toString(), /No loss of height|grade 0/);
  }
});

test('a control id that does not fit MSH-10 is a fault of ours', () => {
  assert.throws(() => resultMessage(subject(null, null), { ...ENVELOPE, controlId: 'x'.repeat(21) }), RangeError);
});

test('python3-hl7 reads all three', { skip: hasPythonHl7() ? false : 'python3-hl7 is not installed' }, async () => {
  const made = [
    referralMessage(subject(MEASURED, 'report'), SETTINGS, ENVELOPE),
    referralOrderMessage(subject(MEASURED, null), SETTINGS, ENVELOPE),
    resultMessage(subject(MEASURED, null), ENVELOPE),
  ];
  const script =
    'import hl7,json,sys\nfor line in sys.stdin:\n m=hl7.parse(json.loads(line)); print(str(m["MSH"][0][9]), str(m["PID"][0][5]), m.unescape(str(([s for s in m if str(s[0])=="NTE"] or [s for s in m if str(s[0])=="OBX"])[0][3])))';
  const done = await runProgram(PYTHON, ['-c', script], made.map((bytes) => JSON.stringify(bytes.toString('utf8'))).join('\n'));
  assert.equal(done.status, 0, done.stderr);
  const lines = done.stdout.trim().split('\n');
  assert.match(lines[0] ?? '', /^REF\^I12\^REF_I12 Example\^Edith R14: Height loss 32 % at T12 \| "wedge" & more\. OBX\|9\|TX\|evil$/);
  assert.match(lines[1] ?? '', /^ORM\^O01\^ORM_O01 Example\^Edith R14/);
  assert.match(lines[2] ?? '', /^ORU\^R01\^ORU_R01 Example\^Edith VCF-GENANT/);
});
