/** What the product is made of: licences on the list, a bill of materials that is valid and whole, and a lock that pins everything by hash. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { isAllowed, type Lock, licences } from '../../tools/supply/licences.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Lock & Record<string, { integrity?: string; os?: string[]; cpu?: string[]; libc?: string[] }>;
};

test('every package has a licence that is on the list', () => {
  const found = licences(lock.packages);
  assert.ok(found.length > 100);
  assert.deepEqual(
    found.filter((one) => !one.allowed).map((one) => `${one.name} ${one.licence}`),
    [],
  );
});

test('an unknown licence, a strong copyleft and a missing one are refused', () => {
  for (const expression of [
    'GPL-3.0-only',
    'AGPL-3.0',
    'MIT AND GPL-2.0',
    'SEE LICENSE IN LICENSE',
    'UNLICENSED',
    'LGPL-3.0-or-later',
    'MIT AND ISC OR GPL-2.0',
  ])
    assert.equal(isAllowed(expression, 'some-package', false), false, expression);
  assert.equal(isAllowed('(MIT OR GPL-3.0)', 'x', false), true);
  assert.equal(isAllowed('LGPL-3.0-or-later', '@img/sharp-libvips-linux-x64', false), true);
  assert.equal(isAllowed('MPL-2.0', 'axe-core', false), false, 'in the product');
  assert.equal(isAllowed('MPL-2.0', 'axe-core', true), true, 'in tests');
  const made = licences({ 'node_modules/alone': { version: '1.0.0' }, 'node_modules/@a/b-win': { version: '1.0.0', optional: true } });
  assert.deepEqual(
    made.map((one) => [one.licence, one.allowed]),
    [
      [null, false],
      [null, false],
    ],
  );
});

test('the lock pins every package that can be installed here by its hash', () => {
  const loose = Object.entries(lock.packages).filter(([path, held]) => path !== '' && !held.integrity?.startsWith('sha512-'));
  // Builds for other machines, which this registry did not have when the lock was made (tools/complete-lock.ts): named in docs/safety/asvs.md.
  assert.deepEqual(
    loose
      .filter(
        ([, held]) => !held.optional || (held.os?.includes(process.platform) && held.cpu?.includes(process.arch) && held.libc?.includes('glibc')),
      )
      .map(([path]) => path),
    [],
  );
});

/** What CycloneDX 1.5 (JSON) asks of the parts that we use. */
const hash = z.object({
  alg: z.enum(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']),
  content: z.string().regex(/^([a-f0-9]{40}|[a-f0-9]{64}|[a-f0-9]{96}|[a-f0-9]{128})$/),
});
const component = z.object({
  'bom-ref': z.string().min(1),
  type: z.enum(['application', 'library', 'framework', 'machine-learning-model']),
  name: z.string().min(1),
  version: z.string().min(1),
  purl: z
    .string()
    .regex(/^pkg:npm\/(%40[^/]+\/)?[^@]+@[^@]+$/)
    .optional(),
  hashes: z.array(hash).optional(),
  licenses: z.array(z.union([z.object({ license: z.object({ id: z.string() }) }), z.object({ expression: z.string() })])).optional(),
});
const bomSchema = z.object({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.literal('1.5'),
  serialNumber: z.string().regex(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
  version: z.number().int().min(1),
  metadata: z.object({ timestamp: z.iso.datetime(), component }),
  components: z.array(component),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()).optional() })),
});

test('npm run sbom writes a valid CycloneDX document with every package of the product and the three networks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-sbom-'));
  try {
    const file = join(folder, 'bom.json');
    const made = spawnSync(process.execPath, ['tools/write-sbom.ts', file], { cwd: ROOT, encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    const bom = bomSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    assert.equal(bom.metadata.component.name, 'backstop');
    const references = [bom.metadata.component, ...bom.components].map((one) => one['bom-ref']);
    assert.equal(new Set(references).size, references.length, 'a reference twice');
    for (const one of bom.dependencies) for (const ref of [one.ref, ...(one.dependsOn ?? [])]) assert.ok(references.includes(ref), ref);
    const names = new Set(bom.components.map((one) => one.name));
    const wanted = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
    };
    for (const name of Object.keys(wanted.dependencies)) assert.ok(names.has(name), `${name} is missing`);
    for (const name of ['playwright-core', 'axe-core', 'typescript']) assert.ok(!names.has(name), `${name} is for tests only`);
    for (const model of ['spine-localizer', 'vertebra-detector', 'vertebra-landmarks']) {
      const found = bom.components.find((one) => one.name === model);
      assert.equal(found?.type, 'machine-learning-model');
      const { file: held } = JSON.parse(readFileSync(join(ROOT, 'models', model, 'manifest.json'), 'utf8')) as { file: { sha256: string } };
      assert.equal(found?.hashes?.[0]?.content, held.sha256);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
