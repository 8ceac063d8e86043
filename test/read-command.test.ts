/** `backstop read` as a person runs it: text, HL7, a batch, frames, standard input, JSON and phrases. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { oru } from './systems/hl7/messages.ts';
import { runProgram } from './systems/hl7/run-program.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

async function read(input: string, ...options: string[]): Promise<string> {
  const done = await runProgram(process.execPath, [MAIN, 'read', '-', ...options], input);
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

test('a plain text: marked, with its findings and checks', async () => {
  const told = await read('FINDINGS: Old fracture of T7, 30% loss of height. No rib fracture.\nIMPRESSION: Refer to the fracture liaison service.');
  assert.match(told, /\[\+ fracture \+\] of T7/);
  assert.match(told, /states a vertebral fracture. Levels: T7/);
  assert.match(told, /\[-\] denied {7}other-fracture/);
  for (const check of ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C8']) assert.match(told, new RegExp(`${check} +(yes|no|cannot-say)`));
});

test('an HL7 message, plain and framed, as JSON: target, level, status, time, who and span', async () => {
  const message = oru({ text: ['FINDINGS: Compression fracture of L1.', 'IMPRESSION: L1 fracture.'] });
  for (const input of [message, `\v${message}\x1c\r`, message.replaceAll('\r', '\n')]) {
    const told = JSON.parse(await read(input, '--json')) as { fracture: string; levels: string[]; findings: Record<string, unknown>[] };
    assert.deepEqual([told.fracture, told.levels], ['stated', ['L1']]);
    const finding = told.findings.find(({ target }) => target === 'vertebral-fracture');
    assert.ok(finding);
    for (const name of ['level', 'status', 'time', 'who', 'span']) assert.ok(name in finding, name);
  }
});

test('reports of one file are read apart: a batch, several frames, several orders', async () => {
  const one = oru({ controlId: 'A', text: ['IMPRESSION: Fracture of L1.'] });
  const two = oru({ controlId: 'B', accession: 'ACC2', text: ['IMPRESSION: No vertebral fracture.'] });
  for (const input of [`FHS|^~\\&|X\rBHS|^~\\&|X\r${one}\r${two}\rBTS|2\rFTS|1\r`, `\v${one}\x1c\r\v${two}\x1c\r`, `${one}\r${two}\r`]) {
    const told = JSON.parse(await read(input, '--json')) as { reports: { fracture: string }[] };
    assert.deepEqual(
      told.reports.map(({ fracture }) => fracture),
      ['stated', 'denied'],
    );
  }
});

test('any phrase in its context', async () => {
  const text = 'No pleural effusion. Mother had breast cancer. Previous pneumonia. Possible nodule. CT if there is concern for embolism.';
  const wanted = {
    'pleural effusion': 'denied',
    'breast cancer': "someone else's",
    pneumonia: 'historical',
    nodule: 'uncertain',
    embolism: 'hypothetical',
  };
  for (const [phrase, status] of Object.entries(wanted)) assert.ok((await read(text, '--phrase', phrase)).includes(status), `${phrase}: ${status}`);
  const json = JSON.parse(await read(text, '--phrase', 'pleural effusion', '--json')) as { statements: { status: string }[] };
  assert.deepEqual(
    json.statements.map(({ status }) => status),
    ['denied'],
  );
});

test('an HL7 file without a report is told as such', async () => {
  const done = await runProgram(process.execPath, [MAIN, 'read', '-'], 'MSH|^~\\&|A|B|C|D|20260101||ADT^A08|1|P|2.5');
  assert.notEqual(done.status, 0);
  assert.match(done.stderr, /holds no report/);
});

test('nothing to read is told in plain words: no file, a folder, nothing in it, something that is no text', async () => {
  const fails = async (file: string, input: string, wanted: RegExp): Promise<void> => {
    const done = await runProgram(process.execPath, [MAIN, 'read', file], input);
    assert.notEqual(done.status, 0);
    assert.equal(done.stdout, '');
    assert.match(done.stderr, wanted);
  };
  await fails('no-such-file.txt', '', /no-such-file.txt cannot be read: there is no such file/);
  await fails(fileURLToPath(new URL('.', import.meta.url)), '', /cannot be read: it is a folder/);
  await fails('-', ' \n', /standard input is empty/);
  await fails('-', '%PDF-1.7 ...', /neither text nor HL7/);
  await fails('-', '\x00\x01\x02\x03 PK', /neither text nor HL7/);
});

test('a phrase without a word is refused: "does not occur" would be no answer', async () => {
  const done = await runProgram(process.execPath, [MAIN, 'read', '-', '--phrase', ' - '], 'No fracture.');
  assert.notEqual(done.status, 0);
  assert.match(done.stderr, /the phrase has no word in it/);
});

test('text in any of the encodings that a report is saved in says the same', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-read-'));
  const text = 'No fracture of L1. \u00c9tat: 20 \u00b0.';
  const wide = Buffer.from(`\ufeff${text}`, 'utf16le');
  const encodings = {
    utf8: Buffer.from(text),
    bom: Buffer.from(`\ufeff${text}`),
    latin: Buffer.from(text, 'latin1'),
    wide,
    swapped: Buffer.from(wide).swap16(),
  };
  for (const [name, bytes] of Object.entries(encodings)) {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    const done = await runProgram(process.execPath, [MAIN, 'read', file, '--json'], '');
    const told = JSON.parse(done.stdout) as { fracture: string; findings: { span: number[]; text: string }[] };
    assert.deepEqual([told.fracture, told.findings[0]?.text, told.findings[0]?.span], ['denied', 'fracture', [3, 11]], name);
  }
  rmSync(folder, { recursive: true });
});

test('the fields of --json are those that docs/reading.md lists', async () => {
  const doc = readFileSync(new URL('../docs/reading.md', import.meta.url), 'utf8');
  const told = JSON.parse(await read('Fracture of L1.', '--json')) as { findings: object[] };
  const phrase = JSON.parse(await read('Fracture of L1.', '--json', '--phrase', 'fracture')) as object;
  for (const name of [...Object.keys(told), ...Object.keys(told.findings[0] ?? {}), ...Object.keys(phrase)])
    assert.match(doc, new RegExp(`^\\| (?:\`\\w+\`, )*\`${name}\``, 'm'), name);
});
