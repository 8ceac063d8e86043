/**
 * `npm run sbom [-- FILE]`: the software bill of materials (CycloneDX 1.5, JSON) by npm's own command, from the lock file; without what only tests
 * use (npm's own --omit dev also leaves out what both the product and a test's library need: zod, yaml); and with the three networks with their hashes, which npm knows nothing of. Default: backstop.cdx.json.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Component {
  readonly 'bom-ref': string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
  readonly [name: string]: unknown;
}
interface Bom {
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
  readonly metadata: { component: Record<string, unknown> };
}

const root = fileURLToPath(new URL('..', import.meta.url));
const target = process.argv[2] ?? 'backstop.cdx.json';
const text = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'], {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
  maxBuffer: 64 * 1024 * 1024,
});
const bom = JSON.parse(text) as Bom;
bom.metadata.component['name'] = 'backstop';
const isForTests = (one: Component): boolean =>
  one.properties?.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true') ?? false;
const left = new Set(bom.components.filter(isForTests).map((one) => one['bom-ref']));
bom.components = bom.components.filter((one) => !left.has(one['bom-ref']));
bom.dependencies = bom.dependencies
  .filter((one) => !left.has(one.ref))
  .map((one) => ({ ...one, dependsOn: (one.dependsOn ?? []).filter((ref) => !left.has(ref)) }));
const self = bom.dependencies.find((one) => one.ref === bom.metadata.component['bom-ref']);
for (const folder of ['spine-localizer', 'vertebra-detector', 'vertebra-landmarks']) {
  const manifest = JSON.parse(readFileSync(join(root, 'models', folder, 'manifest.json'), 'utf8')) as {
    id: string;
    version: string;
    file: { sha256: string };
  };
  const ref = `model:${manifest.id}@${manifest.version}`;
  bom.components.push({
    'bom-ref': ref,
    type: 'machine-learning-model',
    name: manifest.id,
    version: manifest.version,
    hashes: [{ alg: 'SHA-256', content: manifest.file.sha256 }],
    licenses: [{ license: { id: 'Apache-2.0' } }],
  });
  bom.dependencies.push({ ref, dependsOn: [] });
  self?.dependsOn?.push(ref);
}
writeFileSync(target, `${JSON.stringify(bom, null, 2)}\n`);
console.log(`${target}: ${bom.components.length} components`);
