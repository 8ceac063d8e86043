/** The profiles: everything that is written is valid, every mistake is refused, and the examples are what the code writes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Resource } from '@medplum/fhirtypes';
import { exampleResources } from './examples.ts';
import { PROFILES, validateWritten } from './validate-written.ts';
import { spoilt, WRONG } from './wrong-examples.ts';

const EXAMPLES = new URL('../../../fhir-profiles/examples/', import.meta.url).pathname;
const GENERATED = new URL('../../../fhir-profiles/generated/', import.meta.url).pathname;
const read = (name: string): Resource => JSON.parse(readFileSync(join(EXAMPLES, name), 'utf8'));
const files = readdirSync(EXAMPLES).toSorted();

test('the examples are what the code writes (else: node tools/write-fhir-examples.ts)', () => {
  const written = new Map(exampleResources().map((resource) => [`${resource.resourceType}-${resource.id}.json`, resource]));
  assert.deepEqual([...written.keys()].toSorted(), files);
  for (const [name, resource] of written) assert.deepEqual(JSON.parse(JSON.stringify(resource)), read(name), name);
});

test('each profile has an example, and each example is valid', () => {
  const claimed = new Set(files.map((name) => read(name).meta?.profile?.[0]?.split('/').at(-1)));
  assert.deepEqual([...claimed].map(String).toSorted(), PROFILES);
  for (const name of files) assert.deepEqual(validateWritten(read(name)), [], name);
});

describe('refused', () => {
  for (const wrong of WRONG) test(wrong.what, () => assert.notDeepEqual(validateWritten(spoilt(wrong, read(wrong.example))), []));
});

describe('HL7’s own validator (HAPI, from Maven)', () => {
  test('finds every example valid and every wrong one not', { timeout: 600_000 }, (t) => {
    const classpath = validatorClasspath();
    if (classpath === undefined)
      return t.skip('the HL7 validator is not here: needs java 17, mvn and the artefacts of test/systems/fhir/hl7-validator/pom.xml');
    const folder = mkdtempSync(join(tmpdir(), 'backstop-validate-'));
    try {
      const spoiltFiles = WRONG.map((wrong, at) => {
        const file = join(folder, `wrong-${String(at).padStart(2, '0')}.json`);
        writeFileSync(file, JSON.stringify(spoilt(wrong, read(wrong.example))));
        return file;
      });
      const main = new URL('./hl7-validator/Validate.java', import.meta.url).pathname;
      const names = [...files.map((name) => join(EXAMPLES, name)), ...spoiltFiles];
      const output = execFileSync('java', ['-cp', classpath, main, GENERATED, ...names], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      const lines = output
        .trim()
        .split('\n')
        .map((line) => line.split('\t'))
        .filter((cells) => cells.length === 3);
      assert.equal(lines.length, names.length);
      const [right, wrong] = [lines.slice(0, files.length), lines.slice(files.length)];
      assert.deepEqual(
        right.filter(([errors]) => errors !== '0'),
        [],
      );
      const missed = wrong.flatMap(([errors], at) => (errors === '0' ? [WRONG[at]?.what] : []));
      t.diagnostic(`${right.length} examples valid, ${wrong.length - missed.length} of ${wrong.length} wrong ones refused`);
      assert.deepEqual(
        missed,
        WRONG.filter((one) => one.onlyTheTarget).map((one) => one.what),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Undefined where Java, Maven or the artefacts are missing; Maven is asked offline only, so that a test run fetches nothing. */
function validatorClasspath(): string | undefined {
  const pom = new URL('./hl7-validator/pom.xml', import.meta.url).pathname;
  const folder = mkdtempSync(join(tmpdir(), 'backstop-classpath-'));
  const out = join(folder, 'classpath.txt');
  try {
    execFileSync('mvn', ['-q', '-o', '-f', pom, 'dependency:build-classpath', `-Dmdep.outputFile=${out}`], { stdio: 'ignore' });
    return readFileSync(out, 'utf8').trim();
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
