/** The same messages through other people's parsers: node-hl7-client, @medplum/core and python3-hl7 must see what our reports say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hl7Message } from '@medplum/core';
import fc from 'fast-check';
import { Message } from 'node-hl7-client';
import { parseMessage } from '#src/systems/hl7/message.ts';
import { oruToReport } from '#src/systems/hl7/oru-to-report.ts';
import { hasPythonHl7, PYTHON, runProgram } from './run-program.ts';
import { profile } from './with-listener.ts';

interface Facts {
  readonly controlId: string;
  readonly accession: string;
  readonly patientId: string;
  readonly family: string;
  readonly given: string;
  readonly procedure: string;
  readonly status: string;
  readonly lines: readonly string[];
}

/** HL7's five delimiter escapes, written here on their own so that the test does not share a fault with src/. */
function escaped(text: string): string {
  const codes: Record<string, string> = { '|': 'F', '^': 'S', '&': 'T', '~': 'R', '\\': 'E' };
  return text.replace(/[|^&~\\]/g, (letter) => `\\${codes[letter]}\\`);
}

function message(facts: Facts): string {
  return [
    `MSH|^~\\&|RIS|NORTH|B|F|20260302101500||ORU^R01^ORU_R01|${facts.controlId}|P|2.5.1`,
    `PID|1||${facts.patientId}^^^NORTH^MR||${escaped(facts.family)}^${escaped(facts.given)}`,
    `ORC|RE|PL|${facts.accession}`,
    `OBR|1|PL|${facts.accession}|71250^${escaped(facts.procedure)}^CPT|||20260301091000||||||||||||||||||${facts.status}`,
    ...facts.lines.map((line, index) => `OBX|${index + 1}|TX|71250||${escaped(line)}||||||${facts.status}`),
  ].join('\r');
}

const id = fc.stringMatching(/^[A-Z][A-Z0-9-]{0,14}$/);
const letter = fc.constantFrom(...'abcXYZ 019.,:;()%+-/|^&~\\\'"é骨ßµ'.split(''));
/** Blank space at the ends is no part of a value; parsers differ in trimming it. A value of two quotes is HL7's null. */
const words = fc
  .array(letter, { minLength: 1, maxLength: 60 })
  .map((letters) => letters.join('').trim())
  .filter((text) => text !== '' && text !== '""');
const facts: fc.Arbitrary<Facts> = fc.record({
  controlId: id,
  accession: id,
  patientId: id,
  family: words,
  given: words,
  procedure: words,
  status: fc.constantFrom('F', 'P', 'C'),
  lines: fc.array(words, { minLength: 1, maxLength: 8 }),
});

const COUNT = 400;
const SAMPLES = fc.sample(facts, COUNT);

test(`our reports hold what went into ${COUNT} messages`, () => {
  for (const sample of SAMPLES) {
    const parsed = parseMessage(message(sample));
    assert.ok(parsed);
    const { report } = oruToReport(parsed, profile());
    assert.ok(report);
    assert.equal(report.accession, sample.accession);
    assert.equal(report.patient.id.value, sample.patientId);
    assert.deepEqual([report.patient.familyName, report.patient.givenName], [sample.family, sample.given]);
    assert.equal(report.procedure?.text, sample.procedure);
    assert.equal(report.text, sample.lines.join('\n'));
  }
});

/** Raw values as another parser sees them, in the order of `ours`. */
type Raw = readonly string[];

function ours(text: string): Raw {
  const segments = parseMessage(text)?.segments ?? [];
  const get = (name: string, number: number): string => segments.find((segment) => segment.name === name)?.fields[number] ?? '';
  return [
    get('MSH', 10),
    get('OBR', 3),
    get('OBR', 25),
    get('PID', 3),
    get('PID', 5),
    get('OBR', 4),
    ...segments.filter((segment) => segment.name === 'OBX').map((segment) => segment.fields[5] ?? ''),
  ];
}

test('node-hl7-client sees the same raw fields, and its own unescaping gives our words', () => {
  for (const sample of SAMPLES) {
    const text = message(sample);
    const other = new Message({ text });
    const rows = other.toArray().filter((segment) => segment.name === 'OBX');
    const raw = ['MSH.10', 'OBR.3', 'OBR.25', 'PID.3', 'PID.5', 'OBR.4'].map((path) => other.get(path).toRaw());
    assert.deepEqual([...raw, ...rows.map((row) => row.get('5').toRaw())], ours(text));
    assert.deepEqual(
      [other.get('PID.5.1').toString(), other.get('PID.5.2').toString(), other.get('OBR.4.2').toString()],
      [sample.family, sample.given, sample.procedure],
    );
  }
});

test('@medplum/core sees the same raw fields', () => {
  for (const sample of SAMPLES) {
    const text = message(sample);
    const other = Hl7Message.parse(text);
    const get = (name: string, number: number): string => other.getSegment(name)?.getField(number)?.toString() ?? '';
    const rows = other.getAllSegments('OBX').map((row) => row.getField(5)?.toString() ?? '');
    assert.deepEqual([get('MSH', 10), get('OBR', 3), get('OBR', 25), get('PID', 3), get('PID', 5), get('OBR', 4), ...rows], ours(text));
  }
});

const PYTHON_PARSER = `
import hl7, json, sys
for line in sys.stdin:
    m = hl7.parse(json.loads(line))
    get = lambda name, number: str(m.segment(name)[number])
    rows = [str(s[5]) for s in m.segments('OBX')]
    raw = [get('MSH', 10), get('OBR', 3), get('OBR', 25), get('PID', 3), get('PID', 5), get('OBR', 4)] + rows
    print(json.dumps({'raw': raw, 'text': [m.unescape(row) for row in rows]}))
`;

test('python3-hl7 sees the same raw fields, and its own unescaping gives our words', {
  skip: hasPythonHl7() ? false : 'python3-hl7 is not installed',
}, async () => {
  const texts = SAMPLES.map((sample) => message(sample));
  const done = await runProgram(PYTHON, ['-c', PYTHON_PARSER], texts.map((text) => JSON.stringify(text)).join('\n'));
  assert.equal(done.status, 0, done.stderr);
  const answers = done.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { raw: Raw; text: readonly string[] });
  assert.equal(answers.length, COUNT);
  for (const [n, answer] of answers.entries()) {
    assert.deepEqual(answer.raw, ours(texts[n] as string));
    assert.deepEqual(answer.text, SAMPLES[n]?.lines);
  }
});
