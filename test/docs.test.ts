/** Documents cannot drift: settings, error codes, commands and files that are named are compared with the code. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { readConfig, SETTINGS } from '#src/config.ts';
import { ConfigFault } from '#src/config-fault.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('docs/configuration.md and .env.example are what src/config.ts says', () => {
  const result = spawnSync(process.execPath, ['tools/write-docs.ts', '--check'], { cwd: ROOT, encoding: 'utf8' });
  assert.equal(result.status, 0, result.stderr);
});

test('every setting of .env.example is accepted as it stands', () => {
  const environment = Object.fromEntries([...read('.env.example').matchAll(/^# ([A-Z][A-Z0-9_]+)=(.*)$/gm)].map((match) => [match[1], match[2]]));
  assert.equal(Object.keys(environment).length, Object.keys(SETTINGS).length);
  assert.doesNotThrow(() => readConfig(environment));
});

test('a faulty configuration tells every fault at once and no secret', () => {
  assert.throws(
    () => readConfig({ WEB_PORT: 'many', LOG_LEVEL: 'loud', HL7_POTR: '1', SESSION_IDLE_MINUTES: '0', DATABASE_URL_FILE: '/nowhere/secret' }),
    (error: unknown) => {
      assert.ok(error instanceof ConfigFault);
      assert.equal(error.faults.length, 5);
      assert.ok(error.faults.some((fault) => fault.includes('HL7_POTR')));
      return true;
    },
  );
});

test('every code that the product can write stands in the runbook', () => {
  const page = read('docs/runbook.md');
  const codes = new Set<string>();
  for (const file of globSync('src/**/*.ts', { cwd: ROOT })) {
    for (const match of read(file).matchAll(/'((?:HL7|DICOMWEB|MODEL|FHIR|CDS|STEP|REPORT|CONFIG|PATIENT|IMAGES|DECIDE|WRITE|FIND)_[A-Z0-9_]+)'/g))
      codes.add(match[1] ?? '');
  }
  const settings = new Set(Object.keys(SETTINGS));
  const missing = [...codes].filter((code) => !settings.has(code) && !page.includes(`\`${code}\``));
  assert.ok(codes.size > 50, `only ${codes.size} codes were found`);
  assert.deepEqual(missing, []);
});

test('every file that a document links to is there', () => {
  const dead: string[] = [];
  for (const file of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: ROOT })]) {
    for (const match of read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
      if (!existsSync(join(ROOT, dirname(file), match[1] ?? ''))) dead.push(`${file}: ${match[1]}`);
    }
  }
  assert.deepEqual(dead, []);
});

test('docker-compose.yml names roles, settings and files that exist', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, { command?: string[]; environment?: Record<string, string>; depends_on?: Record<string, unknown> }>;
  };
  const help = spawnSync(process.execPath, ['src/main.ts', '--help'], { cwd: ROOT, encoding: 'utf8' }).stdout;
  assert.deepEqual(Object.keys(compose.services).sort(), ['db', 'demo', 'listen', 'migrate', 'orthanc', 'web', 'work']);
  for (const role of ['migrate', 'listen', 'work', 'web']) {
    const service = compose.services[role];
    assert.deepEqual(service?.command, [role]);
    assert.match(help, new RegExp(`^  ${role} `, 'm'));
    for (const name of Object.keys(service?.environment ?? {})) assert.ok(name in SETTINGS, `${name} is not a setting`);
    for (const other of Object.keys(service?.depends_on ?? {})) assert.ok(other in compose.services, `${role} depends on ${other}`);
  }
  const gpu = parse(read('compose.gpu.yml')) as {
    services: { work: { environment: Record<string, string>; deploy: { resources: { reservations: { devices: { capabilities: string[] }[] } } } } };
  };
  assert.equal(readConfig(gpu.services.work.environment).EXECUTION_PROVIDERS[0], 'cuda');
  assert.deepEqual(gpu.services.work.deploy.resources.reservations.devices[0]?.capabilities, ['gpu']);
});
