/** A referral by HL7 is cancelled when it is not wanted any more, once, under the number it was sent with; and sent anew when it is wanted again. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { queueHl7, startHl7Channel } from '#src/app/hl7-channel.ts';
import type { Case } from '#src/case/case.ts';
import { readConfig } from '#src/config.ts';
import { makeLog } from '#src/lib/log.ts';
import { loadPolicy } from '#src/load-policy.ts';
import { needsReferral } from '#src/rules/needs-referral.ts';
import { makeAnswer, makeCase, makeFinding, makeHistory, makeReading, statingReading } from '#test/fakes/make-case.ts';
import { startHl7Receiver } from '#test/hospital/hl7-receiver.ts';
import { withFacts } from '#test/systems/fhir/hospital-of-one.ts';
import { type TestDatabase, testDatabase } from './database.ts';

const config = readConfig({ HL7_OUT_HOST: '127.0.0.1', HL7_OUT_PORT: '1', HL7_OUT_KINDS: 'REF_I12,ORM_O01', SITE: 'north_%' });
const policy = loadPolicy();
let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

function decidedCase(subject: Case): Case {
  const { report, reading, finding, history, answers } = subject.facts;
  const facts = { report, reading: reading ?? makeReading(), finding, history, answers, today: '2026-11-23', reportVersion: subject.reportVersion };
  return withFacts(subject, { decision: needsReferral(facts, policy) });
}
const referring = () => decidedCase(makeCase({ reading: statingReading(['L1']), finding: makeFinding({ L1: 2 }), history: makeHistory() }));
const corrected = (subject: Case) =>
  decidedCase({ ...withFacts(subject, { reading: makeReading(), finding: makeFinding() }), reportVersion: subject.reportVersion + 1 });

/** MSH-9 or ORC-1, and the number, of everything in the outbox for this case. */
async function outbox(subject: Case): Promise<readonly string[]> {
  const found = await database.pool.query<{ bytes: Buffer }>('SELECT bytes FROM backstop.outbox WHERE key LIKE $1 ORDER BY sequence', [
    `%${subject.id}%`,
  ]);
  return found.rows.map(({ bytes }) => {
    const segments = new Map(
      bytes
        .toString()
        .split('\r')
        .map((line) => [line.slice(0, 3), line.split('|')]),
    );
    const [orc, rf1] = [segments.get('ORC'), segments.get('RF1')];
    assert.equal(orc?.[2] ?? rf1?.[6], subject.id);
    return orc ? `ORM ${orc[1]}` : (segments.get('MSH')?.[8] ?? '');
  });
}

describe('the outbox of a case', () => {
  test('sent; taken back by a corrected report; stated again: a new referral; declined: cancelled; each once, however often it is run', async () => {
    const first = referring();
    const run = async (subject: Case) => {
      const keys = await queueHl7(config, database.pool, subject);
      assert.deepEqual(await queueHl7(config, database.pool, subject), keys);
      return (await outbox(subject)).slice(-2);
    };
    const [sent, cancelled] = [
      ['REF^I12^REF_I12', 'ORM NW'],
      ['REF^I14^REF_I12', 'ORM CA'],
    ];
    assert.deepEqual(await run(first), sent);
    const silent = corrected(first);
    assert.deepEqual(await run(silent), cancelled);
    assert.deepEqual(await run({ ...silent, version: silent.version + 1 }), cancelled);
    const again = decidedCase({ ...withFacts(silent, { reading: statingReading(['L1']), finding: makeFinding({ L1: 2 }) }), reportVersion: 3 });
    assert.deepEqual(await run(again), sent);
    const declined = withFacts(again, {
      answers: [makeAnswer('referral-declined', { reasonCode: 'known-to-bone-service', at: '2026-11-24T00:00:00Z' })],
    });
    assert.deepEqual(await run(declined), cancelled);
    const taken = withFacts(declined, { answers: [...declined.facts.answers, makeAnswer('referral-accepted', { at: '2026-11-25T00:00:00Z' })] });
    assert.deepEqual(await run(taken), sent);
    assert.equal((await outbox(first)).length, 10);
  });

  test('what a person has accepted is not cancelled by a corrected report; a person may take it back all the same', async () => {
    const accepted = withFacts(referring(), { answers: [makeAnswer('referral-accepted')] });
    await queueHl7(config, database.pool, accepted);
    const later = corrected(accepted);
    await queueHl7(config, database.pool, later);
    assert.deepEqual(await outbox(accepted), ['REF^I12^REF_I12', 'ORM NW']);
    await queueHl7(config, database.pool, later, true);
    assert.deepEqual((await outbox(accepted)).slice(2), ['REF^I14^REF_I12', 'ORM CA']);
  });

  test('a case that was never referred cancels nothing', async () => {
    const silent = decidedCase(makeCase({ history: makeHistory() }));
    assert.deepEqual(await queueHl7(config, database.pool, silent), []);
    assert.deepEqual(await queueHl7(config, database.pool, silent, true), []);
  });
});

test('the receiver gets the referral, then its cancellation with the reason', { timeout: 60_000 }, async () => {
  await database.pool.query('DELETE FROM backstop.outbox');
  const receiver = await startHl7Receiver();
  const channel = startHl7Channel(
    { ...config, HL7_OUT_PORT: receiver.port, HL7_OUT_KINDS: ['REF_I12'] },
    database.pool,
    makeLog({ level: 'silent' }),
  );
  assert.ok(channel);
  try {
    const first = referring();
    await channel.queue(first);
    await channel.queue(withFacts(first, { answers: [makeAnswer('referral-declined', { reasonCode: 'terminal-illness' })] }));
    while (receiver.taken.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(
      receiver.taken.map((message) => message.text.split('|')[8]),
      ['REF^I12^REF_I12', 'REF^I14^REF_I12'],
    );
    assert.match(receiver.taken[1]?.text ?? '', /NTE\|1\|\|This referral is cancelled\.\rNTE\|2\|\|Declined: terminal-illness\./);
  } finally {
    await channel.close();
    await receiver.close();
  }
});
