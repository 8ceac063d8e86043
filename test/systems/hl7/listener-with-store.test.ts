/** The listener on the real store: whatever can arrive can be committed, so that no message blocks its sender with AE for ever. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { openDoor } from '#src/app/start-listen.ts';
import { makeLog } from '#src/lib/log.ts';
import { startListener } from '#src/systems/hl7/listener.ts';
import { makeJobs } from '#src/systems/queue/jobs.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { frame, Hl7Sender, sendHl7 } from '#test/hospital/hl7-sender.ts';
import { oru } from './messages.ts';
import { damage, damages } from './mutations.ts';
import { profile } from './with-listener.ts';

let database: TestDatabase;
let jobs: ReturnType<typeof makeJobs>;
before(async () => {
  database = await testDatabase();
  jobs = makeJobs({ pool: database.pool, log: makeLog({ level: 'silent' }) });
});
after(async () => {
  await jobs?.close();
  await database?.close();
});

async function listener(name: string) {
  const log = makeLog({ level: 'silent' });
  const own = profile({ name });
  const { intake, filing } = openDoor({ pool: database.pool, jobs }, [own], 50_000, log);
  const clock = { now: () => new Date('2026-03-02T10:15:01Z') };
  const door = await startListener({ profile: own, intake, log, clock, port: 0, limits: { commitLimitMs: 30_000, crWaitMs: 50 } });
  const close = async (): Promise<void> => {
    await door.close();
    await filing.close();
  };
  return { port: door.port, filing, close };
}

async function count(source: string): Promise<number> {
  const found = await database.pool.query<{ n: string }>('SELECT count(*) AS n FROM backstop.message WHERE source = $1', [source]);
  return Number(found.rows[0]?.n);
}

test('600 damaged messages: each that is answered is answered AA or AR, never AE', async (t) => {
  const door = await listener('damaged');
  t.after(() => door.close());
  const sender = await Hl7Sender.open(door.port);
  t.after(() => sender.close());
  const changes = fc.sample(damages, 600);
  for (const [n, list] of changes.entries()) {
    const bad = damage(frame(oru({ controlId: `BAD${n}`, accession: `B${n}` })), list);
    sender.write(Buffer.concat([bad, frame(oru({ controlId: `GOOD${n}`, accession: `G${n}` }))]));
    let answer = await sender.answer(30_000);
    while (answer.controlId !== `GOOD${n}`) {
      assert.match(answer.code, /^A[AR]$|^C[AR]$/, `${answer.text} for ${JSON.stringify(list)}`);
      answer = await sender.answer(30_000);
    }
    assert.equal(answer.code, 'AA');
  }
  await door.filing.idle();
  const left =
    await database.pool.query(`SELECT count(unfiled)::int AS waiting, count(*) FILTER (WHERE unusable_code = 'HL7_FILING_FAULT')::int AS faults,
    count(*) FILTER (WHERE control_id LIKE 'GOOD%' AND case_id IS NOT NULL)::int AS good FROM backstop.message WHERE source = 'damaged'`);
  assert.deepEqual(left.rows[0], { waiting: 0, faults: 0, good: 600 });
});

const ODD: readonly (readonly [string, Buffer])[] = [
  ['NUL everywhere', Buffer.from(oru({ controlId: 'O1\0', accession: 'A\x001', text: ['a\0b', '\\X00\\', '\\X0000\\'] }))],
  [
    'lone surrogates in UTF-8 bytes',
    Buffer.concat([Buffer.from(oru({ controlId: 'O2', accession: 'O2' }).slice(0, -8)), Buffer.from('eda080', 'hex')]),
  ],
  [
    'a long everything',
    Buffer.from(oru({ controlId: 'O3', accession: 'x'.repeat(5000), pid: `PID|1||${'9'.repeat(6000)}^^^N^MR||${'F'.repeat(9000)}^G` })),
  ],
  ['a long message type', Buffer.from(oru({ controlId: 'O4', type: `ORU^${'R'.repeat(3000)}` }))],
  [
    'a GB 18030 message with broken bytes',
    Buffer.concat([Buffer.from(oru({ controlId: 'O5', accession: 'O5', charset: 'GB 18030-2000' })), Buffer.from('8130ff81', 'hex')]),
  ],
  [
    'an ISO 2022 message that never shifts back',
    Buffer.concat([Buffer.from(oru({ controlId: 'O6', accession: 'O6', charset: '~ISO IR87' })), Buffer.from('1b2442397c', 'hex')]),
  ],
  [
    'every byte there is',
    Buffer.concat([
      Buffer.from(oru({ controlId: 'O7', accession: 'O7', charset: '8859/1' })),
      Buffer.from([...Array(256).keys()].filter((byte) => byte !== 0x0b && byte !== 0x1c)),
    ]),
  ],
  ['a times and numbers salad', Buffer.from(oru({ controlId: 'O8', accession: 'O8' }).replaceAll('2026', '99999999999999999999'))],
];
for (const [name, bytes] of ODD) {
  test(`odd but storable: ${name}`, async (t) => {
    const door = await listener('odd');
    t.after(() => door.close());
    const before = await count('odd');
    const answer = await sendHl7(door.port, bytes, { timeoutMs: 30_000 });
    assert.match(answer.code, /^A[AR]$/, answer.text);
    assert.equal(await count('odd'), before + 1);
    await door.filing.idle();
    const filed = await database.pool.query(
      `SELECT unusable_code FROM backstop.message WHERE source = 'odd' AND unfiled IS NULL AND unusable_code IS DISTINCT FROM 'HL7_FILING_FAULT'`,
    );
    assert.equal(filed.rowCount, before + 1);
  });
}

test('a resend is one message; 20 MB are stored; the answer to a merge is AA', async (t) => {
  const door = await listener('plain');
  t.after(() => door.close());
  for (let n = 0; n < 3; n++) assert.equal((await sendHl7(door.port, oru())).code, 'AA');
  assert.equal(await count('plain'), 1);
  assert.equal(
    (await sendHl7(door.port, oru({ controlId: 'BIG', accession: 'BIG', text: ['x'.repeat(20_000_000)] }), { timeoutMs: 60_000 })).code,
    'AA',
  );
  const merge = 'MSH|^~\\&|ADT|N|B|F|20260302||ADT^A40|M1|P|2.5\rPID|1||NEW^^^NORTH^MR\rMRG|P-77^^^NORTH^MR';
  assert.equal((await sendHl7(door.port, merge)).code, 'AA');
  await door.filing.idle();
  const moved = await database.pool.query(`SELECT 1 FROM backstop.cases WHERE source = 'plain' AND source_patient = 'NEW'`);
  assert.equal(moved.rowCount, 2);
  assert.equal(await count('plain'), 3);
});
