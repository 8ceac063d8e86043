/** Secrets: each can come from a file, none is told in a fault, and what looks like a secret is marked as one. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readConfig, SETTINGS } from '#src/config.ts';
import { ConfigFault } from '#src/config-fault.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstop-secrets-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const secrets = Object.entries(SETTINGS)
  .filter(([, setting]) => 'secret' in setting && setting.secret)
  .map(([name]) => name);
const VALUE = 'correct-horse-battery-staple-correct-horse';

function faultsOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    assert.ok(error instanceof ConfigFault);
    return error.message;
  }
  return '';
}

test('what is named like a secret is marked as one', () => {
  const alike = Object.keys(SETTINGS).filter((name) => /(PASSWORD|SECRET|TOKEN|DATABASE_URL|_KEY)$/.test(name));
  assert.deepEqual(
    alike.filter((name) => !secrets.includes(name)),
    [],
  );
  assert.ok(secrets.length >= 6);
});

for (const name of secrets) {
  test(`${name} can come from a file, with the line break that editors add`, () => {
    const path = join(folder, name);
    writeFileSync(path, `${VALUE}\n`, { mode: 0o600 });
    assert.equal(Reflect.get(readConfig({ [`${name}_FILE`]: path }), name), VALUE);
  });

  test(`${name} is not told when it is given twice or its file is missing`, () => {
    const path = join(folder, `${name}-twice`);
    writeFileSync(path, VALUE);
    const twice = faultsOf({ [name]: VALUE, [`${name}_FILE`]: path });
    assert.match(twice, new RegExp(`${name} and ${name}_FILE are both set`));
    assert.ok(!twice.includes(VALUE));
    assert.match(faultsOf({ [`${name}_FILE`]: join(folder, 'missing') }), new RegExp(`${name}_FILE cannot be read: ENOENT`));
  });
}

test('a secret that is no good is not told', () => {
  const short = faultsOf({ SESSION_SECRET: 'hunter2' });
  assert.match(short, /SESSION_SECRET: .*32/);
  assert.ok(!short.includes('hunter2'));
});
