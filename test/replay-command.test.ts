/** `backstop replay` as an operator runs it: after a corrected source profile, first dry, then for good, for every report of a message. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openDoor } from '#src/app/start-listen.ts';
import { makeLog } from '#src/lib/log.ts';
import { startListener } from '#src/systems/hl7/listener.ts';
import { DEFAULT_PROFILE } from '#src/systems/hl7/source-profile.ts';
import { makeJobs } from '#src/systems/queue/jobs.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { sendHl7 } from './hospital/hl7-sender.ts';
import { runProgram } from './systems/hl7/run-program.ts';

let database: TestDatabase;
let folder: string;
before(async () => {
  database = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'backstop-replay-'));
  writeFileSync(join(folder, 'sources.yaml'), 'sources:\n  - name: default\n    statusWords: { Endg: final }\n');
});
after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.close();
});

const obr = (n: number, accession: string, status: string, text: string): string[] => [
  `ORC|RE||${accession}`,
  `OBR|${n}||${accession}|71250^CT|||20260301091000||||||||||||||||||${status}`,
  `OBX|${n}|TX|71250||${text}||||||${status}`,
];
const message = (controlId: string, rows: readonly string[]): string =>
  [`MSH|^~\\&|RIS|N|B|F|20260302101500||ORU^R01|${controlId}|P|2.5.1`, 'PID|1||P-1^^^N^MR', ...rows].join('\r');

async function replay(...options: string[]): Promise<string> {
  const main = new URL('../src/main.ts', import.meta.url).pathname;
  const environment = { DATABASE_URL: database.url, HL7_SOURCES: join(folder, 'sources.yaml'), LOG_LEVEL: 'silent' };
  const words = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const done = await runProgram('env', [...words, process.execPath, main, 'replay', '--since', '2020-01-01', ...options]);
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

async function cases(): Promise<string[]> {
  const found = await database.pool.query<{ line: string }>(
    `SELECT concat_ws(' ', facts->'report'->>'accession', facts->'report'->>'status', report_version) AS line FROM backstop.cases ORDER BY 1`,
  );
  return found.rows.map(({ line }) => line);
}

test('a dry run tells and changes nothing; the replay changes every report, but none that a newer message has replaced', async () => {
  const log = makeLog({ level: 'silent' });
  const jobs = makeJobs({ pool: database.pool, log });
  const { intake, filing } = openDoor({ pool: database.pool, jobs }, [DEFAULT_PROFILE], 50_000, log);
  const clock = { now: () => new Date() };
  const door = await startListener({ profile: DEFAULT_PROFILE, intake, log, clock, port: 0, limits: { commitLimitMs: 30_000 } });
  const three = [...obr(1, 'A1', 'Endg', 'Chest.'), ...obr(2, 'A2', 'Endg', 'Abdomen.'), ...obr(3, 'A3', 'Endg', 'Pelvis.')];
  for (const one of [message('M1', three), message('M2', obr(1, 'A1', 'F', 'Chest, final.')), message('M3', obr(1, 'A4', 'F', 'Head.'))])
    assert.equal((await sendHl7(door.port, one, { timeoutMs: 40_000 })).code, 'AA');
  await door.close();
  await filing.close();
  await jobs.close();
  const before = ['A1 final 2', 'A2 unknown 1', 'A3 unknown 1', 'A4 final 1'];
  assert.deepEqual(await cases(), before);

  const dry = await replay('--dry-run');
  assert.match(dry, /status unknown -> final \(matters\)/);
  assert.match(dry, /3 messages looked at, 2 reports would change, 2 of them in a way that can change a decision/);
  assert.doesNotMatch(dry, /Abdomen|P-1/, 'no patient data');
  assert.deepEqual(await cases(), before);

  assert.match(await replay(), /2 reports changed/);
  assert.deepEqual(await cases(), ['A1 final 2', 'A2 final 2', 'A3 final 2', 'A4 final 1']);
  assert.match(await replay('--dry-run'), /0 reports would change/);
});
