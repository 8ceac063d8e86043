/** The integration guides: every setting in them is one of ours and valid, and `doctor` runs with each guide's settings against a stand-in with that system's habits. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readConfig, SETTINGS } from '#src/config.ts';
import { startArchive } from './hospital/archive.ts';
import { startEhr } from './hospital/ehr.ts';
import type { EhrHabits } from './hospital/ehr-habits.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const GUIDES = globSync('docs/integrations/*.md', { cwd: ROOT }).sort();

/** The lines NAME=value of a guide's blocks. */
function settingsOf(guide: string): Record<string, string> {
  const settings: Record<string, string> = {};
  let inside = false;
  for (const line of readFileSync(join(ROOT, guide), 'utf8').split('\n')) {
    if (line.startsWith('```')) inside = !inside;
    const found = inside ? /^([A-Z][A-Z0-9_]+)=(.*)$/.exec(line) : null;
    if (found) settings[found[1] ?? ''] = found[2] ?? '';
  }
  return settings;
}

test('there is a guide for each system that the product is to run beside', () => {
  assert.deepEqual(
    GUIDES.map((guide) => basename(guide, '.md')),
    ['epic', 'hapi', 'medplum', 'mirth', 'oracle-health', 'orthanc'],
  );
});

for (const guide of GUIDES) {
  test(`${guide}: every setting is one of ours, and is accepted`, () => {
    const settings = settingsOf(guide);
    assert.ok(Object.keys(settings).length >= 4, 'the guide shows settings');
    for (const name of Object.keys(settings)) assert.ok(name in SETTINGS || name.replace(/_FILE$/, '') in SETTINGS, `${name} is no setting`);
    // A file of the site is not there in a test; the value of a secret stands in for it.
    const secrets = Object.entries(settings).map(([name, value]) =>
      name in SETTINGS ? ([name, value] as const) : ([name.replace(/_FILE$/, ''), 'x'.repeat(40)] as const),
    );
    assert.doesNotThrow(() => readConfig(Object.fromEntries(secrets)));
  });
}

const HABITS: Readonly<Record<string, EhrHabits>> = {
  epic: { refuses: ['ServiceRequest'], warnsOnEmptySearch: true },
  'oracle-health': { observationCategories: ['laboratory', 'vital-signs'] },
  medplum: { leavesSubscriptionsRequested: true, movesAttachments: true },
  hapi: { duplicatesOnRace: true },
};

for (const [name, habits] of Object.entries(HABITS)) {
  test(`doctor with the settings of ${name}.md against a stand-in with its habits: log-in and search work`, { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'backstop-guide-'));
    const settings = settingsOf(`docs/integrations/${name}.md`);
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const archive = await startArchive({ folders: [] });
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'guide', alg: 'RS384', use: 'sig' }] };
    const clientId = settings['FHIR_CLIENT_ID'];
    const ehr = await startEhr({ ...habits, ...(clientId ? { client: { clientId, jwks } as never } : {}) });
    try {
      const key = join(folder, 'key.json');
      await writeFile(key, JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: 'guide', alg: 'RS384' }));
      const environment = {
        ...settings,
        FHIR_URL: ehr.url,
        ...(clientId ? { FHIR_TOKEN_URL: ehr.tokenUrl, FHIR_PRIVATE_KEY_FILE: key } : {}),
        DICOMWEB_URL: archive.url,
        HL7_SOURCES: '',
        CDS_TRUST_FILE: '',
        FHIR_SUBSCRIBE: 'false',
      };
      delete (environment as Record<string, string>)['FHIR_SUBSCRIBE_SECRET_FILE'];
      const rows = await doctor(environment);
      for (const system of ['health record', 'configuration', 'policy']) {
        const own = rows.filter((row) => row.system === system);
        assert.ok(own.length > 0, `${system} was looked at`);
        assert.deepEqual(
          own.filter((row) => row.ok === false),
          [],
        );
      }
    } finally {
      await Promise.all([ehr.close(), archive.close(), rm(folder, { recursive: true, force: true })]);
    }
  });
}

interface Row {
  readonly system: string;
  readonly ok: boolean | null;
  readonly text: string;
}

function doctor(environment: Readonly<Record<string, string>>): Promise<readonly Row[]> {
  const inherited = Object.fromEntries(['PATH', 'HOME', 'TMPDIR'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['src/main.ts', 'doctor', '--json'],
      { cwd: ROOT, env: { ...inherited, NODE_NO_WARNINGS: '1', ...environment } },
      (_error, stdout, stderr) => {
        const line = stdout.trim().split('\n').at(-1) ?? '';
        if (!line.startsWith('{')) reject(new Error(stderr || stdout));
        else resolve((JSON.parse(line) as { rows: Row[] }).rows);
      },
    );
  });
}
