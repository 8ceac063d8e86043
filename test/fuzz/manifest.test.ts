/** A manifest is what strangers write: whatever stands in it, it is read or refused in sentences; nothing is thrown, nothing hangs, and no text of it runs away. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { CONTRACTS, parseManifest, REQUIRED_ROLES } from '#src/systems/fracture-model/manifest.ts';

const FOLDERS = ['spine-localizer', 'vertebra-detector', 'vertebra-landmarks'];
const REAL = FOLDERS.map((name) => readFileSync(new URL(`../../models/${name}/manifest.json`, import.meta.url), 'utf8'));

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every place in a document, as a path. */
function places(value: Json, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Array.isArray(value) ? value.map((one, index) => [index, one] as const) : Object.entries(value);
  return [path, ...inner.flatMap(([key, one]) => places(one, [...path, key]))];
}

/** The document with the value at a path replaced; `undefined` takes it out. */
function replaced(value: Json, path: readonly (string | number)[], by: Json | undefined): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string | number, Json>;
  const inner = replaced(copy[key] ?? null, rest, by);
  if (inner === undefined) delete copy[key];
  else copy[key] = inner;
  return copy as Json;
}

const odd = fc.oneof(
  fc.jsonValue() as fc.Arbitrary<Json>,
  fc.constantFrom<Json>(
    -1,
    0,
    1e308,
    -0.5,
    '',
    '../../etc/passwd',
    '/dev/zero',
    'x'.repeat(100_000),
    [],
    {},
    '__proto__',
    'constructor',
    ...CONTRACTS,
  ),
  fc.constant(undefined),
);

function checked(text: string): void {
  const read = parseManifest(text);
  if (read.ok) {
    const roles = read.manifest.outputs.map((output) => output.role as string);
    for (const role of REQUIRED_ROLES[read.manifest.contract]) assert.ok(roles.includes(role), 'accepted without an output that its contract needs');
    return;
  }
  assert.ok(read.problems.length > 0, 'a refusal says why');
  for (const problem of read.problems) assert.ok(problem.length < 2_000, 'a reason is a sentence and not the file');
}

test('the manifests of the release are accepted', () => {
  for (const text of REAL) assert.equal(parseManifest(text).ok, true);
});

test('a real manifest with anything at any place', () => {
  fc.assert(
    fc.property(fc.constantFrom(...REAL), fc.nat(), odd, fc.nat(), odd, (text, first, one, second, other) => {
      const manifest = JSON.parse(text) as Json;
      const all = places(manifest);
      const changed = replaced(manifest, all[first % all.length] ?? [], one);
      const again = changed === undefined ? null : changed;
      const left = places(again);
      checked(JSON.stringify(replaced(again, left[second % left.length] ?? [], other) ?? null));
    }),
    { numRuns: 2_000 },
  );
});

test('any text, any JSON, and a manifest cut or with bytes changed', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })), checked), { numRuns: 1_000 });
  fc.assert(
    fc.property(fc.constantFrom(...REAL), fc.nat(), fc.nat(), fc.string({ maxLength: 5 }), (text, at, length, put) => {
      const from = at % text.length;
      checked(text.slice(0, from) + put + text.slice(from + (length % 40)));
      checked(text.slice(0, from));
    }),
    { numRuns: 1_000 },
  );
});
