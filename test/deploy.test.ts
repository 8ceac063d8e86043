/** The Helm chart without a cluster: what its templates ask for stands in values.yaml, its settings are ours, and its scaling query runs on the real tables. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { SETTINGS } from '#src/config.ts';
import { testDatabase } from './database.ts';

const CHART = fileURLToPath(new URL('../deploy/helm/backstop/', import.meta.url));
const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Record<string, unknown>;
const templates = globSync('templates/*', { cwd: CHART }).map((name) => ({ name, text: readFileSync(join(CHART, name), 'utf8') }));

test('every value that a template asks for stands in values.yaml', () => {
  const missing: string[] = [];
  let asked = 0;
  for (const { name, text } of templates) {
    for (const match of text.matchAll(/\.Values\.([A-Za-z0-9.]+)/g)) {
      asked += 1;
      let here: unknown = values;
      for (const part of (match[1] ?? '').split('.')) {
        const isThere = typeof here === 'object' && here !== null && part in here;
        if (!isThere) {
          missing.push(`${name}: .Values.${match[1]}`);
          break;
        }
        here = (here as Record<string, unknown>)[part];
      }
    }
  }
  assert.ok(asked > 50);
  assert.deepEqual(missing, []);
});

test('every setting that the chart gives is a setting of ours', () => {
  const given = templates.flatMap(({ text }) => [...text.matchAll(/^\s*- name: ([A-Z][A-Z0-9_]+)$/gm)].map((match) => match[1] ?? ''));
  assert.ok(given.length >= 6);
  assert.deepEqual(
    [...new Set([...given, ...Object.keys(values['config'] as object)])].filter((name) => !(name in SETTINGS)),
    [],
  );
});

test('every pod runs without rights, on a read-only file system', () => {
  const pods = templates.filter(({ text }) => /kind: (Deployment|Job)\b/.test(text));
  assert.equal(pods.length, 4);
  for (const { name, text } of pods) {
    assert.match(text, /include "backstop\.podSecurity"/, name);
    assert.match(text, /include "backstop\.containerSecurity"/, name);
    assert.match(text, /automountServiceAccountToken: false/, name);
  }
});

test('the query that scales the workers runs on the tables of the queue', async () => {
  const query = /query: "([^"]+)"/.exec(templates.find(({ name }) => name.endsWith('work.yaml'))?.text ?? '')?.[1];
  assert.ok(query);
  const database = await testDatabase();
  try {
    const found = await database.pool.query<{ count: string }>(query);
    assert.equal(Number(found.rows[0]?.count), 0);
  } finally {
    await database.close();
  }
});
