/** The channels of a case: one that fails stops no other, what is through is not sent again, and the case page's states are true. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DocumentReference } from '@medplum/fhirtypes';
import { makeChannels } from '#src/app/channels.ts';
import { type Channel, deliver, type HandedOver } from '#src/app/deliver.ts';
import type { Case } from '#src/case/case.ts';
import type { ChannelName } from '#src/case/delivery.ts';
import { readConfig } from '#src/config.ts';
import { AskAHuman, TryLater } from '#src/lib/errors.ts';
import { makeLog } from '#src/lib/log.ts';
import { makeDeliveries } from '#src/systems/postgres/deliveries.ts';
import { makeOutbox } from '#src/systems/postgres/outbox.ts';
import { makeCase, makeFinding, statingReading } from '#test/fakes/make-case.ts';
import { decided, openHospital } from '#test/systems/fhir/hospital-of-one.ts';
import { type TestDatabase, testDatabase } from './database.ts';

const log = makeLog({ level: 'silent' });
let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

/** A case that the tables know. */
async function standing(subject: Case = makeCase()): Promise<Case> {
  await database.pool.query(
    `INSERT INTO backstop.cases (id, case_key, source, source_patient, state, facts) VALUES ($1::uuid, $1::uuid::text, 'test', 'P-1001', 'decided', '{}')`,
    [subject.id],
  );
  return subject;
}

/** Counts how often it was asked; each call does the next thing of the list, the last one for ever. */
function scripted(name: ChannelName, pushes: boolean, ...does: readonly (HandedOver | Error | null)[]): Channel & { calls: number } {
  const channel = {
    name,
    pushes,
    calls: 0,
    send: async () => {
      const now = does[Math.min(channel.calls, does.length - 1)];
      channel.calls += 1;
      if (now instanceof Error) throw now;
      return now ?? null;
    },
  };
  return channel;
}

const SENT: HandedOver = { state: 'sent' };
const down = () => new TryLater('down', { code: 'FHIR_DOWN', phase: 'connect' });
const refuses = () => new AskAHuman('no', { code: 'FHIR_LETTER_REFUSED', phase: 'send' });
const states = async (subject: Case) => {
  const rows = await makeDeliveries(database.pool).deliveries(subject.id);
  return rows.map((row) => `${row.channel} ${row.state} ${row.tries}${row.code === null ? '' : ` ${row.code}`}`);
};

describe('channels beside each other', () => {
  test('one that is down stops no other, and is tried again alone until it is through', async () => {
    const subject = await standing();
    const resource = { resourceType: 'Task', id: '1', versionId: '1', key: 'k' };
    const fhir = scripted('fhir', true, down(), down(), { state: 'sent', resources: [resource], detail: '1 resources' });
    const hl7 = scripted('hl7', true, SENT);
    const letter = scripted('document', true, { state: 'sent', resources: [{ ...resource, id: '2' }] });
    const run = () => deliver(subject, [fhir, hl7, letter], makeDeliveries(database.pool), log);
    await assert.rejects(run(), (error) => error instanceof TryLater && error.code === 'FHIR_DOWN');
    assert.deepEqual(await states(subject), ['fhir failed 1 FHIR_DOWN', 'hl7 sent 1', 'document sent 1']);
    await assert.rejects(run(), TryLater);
    const result = await run();
    assert.deepEqual([fhir.calls, hl7.calls, letter.calls], [3, 1, 1]);
    assert.deepEqual(await states(subject), ['fhir sent 3', 'hl7 sent 1', 'document sent 1']);
    assert.equal(result.to, 'written');
    // Also what the letter gave in the first run is in the facts of the third.
    assert.deepEqual(
      result.facts?.resources?.map((one) => one.id),
      ['1', '2'],
    );
    assert.equal(result.detail, '1 resources; hl7: sent; document: sent');
  });

  test('run twice sends once; a case that was decided anew goes through every channel again', async () => {
    const subject = await standing();
    const channel = scripted('document', true, SENT);
    const run = (again: Case) => deliver(again, [channel], makeDeliveries(database.pool), log);
    await run(subject);
    await run(subject);
    assert.equal(channel.calls, 1);
    await run({ ...subject, version: subject.version + 1 });
    assert.equal(channel.calls, 2);
    await run({ ...subject, version: subject.version + 2, reportVersion: subject.reportVersion + 1 });
    assert.equal(channel.calls, 3);
    const rows = await makeDeliveries(database.pool).deliveries(subject.id);
    assert.deepEqual(
      rows.map((row) => [row.reportVersion, row.tries]),
      [[subject.reportVersion + 1, 1]],
    );
  });

  test('one that never ends holds no other back', async () => {
    const subject = await standing();
    const hanging: Channel = { name: 'fhir', pushes: true, send: () => new Promise(() => undefined) };
    const hl7 = scripted('hl7', true, SENT);
    void deliver(subject, [hanging, hl7], makeDeliveries(database.pool), log);
    while ((await states(subject)).length === 0) await new Promise((done) => setTimeout(done, 20));
    assert.deepEqual(await states(subject), ['hl7 sent 1']);
  });

  test('a refusal beside a channel that carried the case is told; the case is written and the refused channel not asked again', async () => {
    const subject = await standing();
    const letter = scripted('document', true, refuses());
    const fhir = scripted('fhir', true, SENT);
    const run = () => deliver(subject, [fhir, letter], makeDeliveries(database.pool), log);
    assert.match((await run()).detail, /document: refused \(FHIR_LETTER_REFUSED\)/);
    await run();
    assert.equal(letter.calls, 1);
    assert.deepEqual(await states(subject), ['fhir sent 1', 'document refused 1 FHIR_LETTER_REFUSED']);
  });

  test('a refusal with nobody else to carry the case parks it: a list alone tells nobody', async () => {
    const subject = await standing();
    const run = deliver(subject, [scripted('fhir', true, refuses()), scripted('worklist', false, SENT)], makeDeliveries(database.pool), log);
    await assert.rejects(run, (error) => error instanceof AskAHuman && error.code === 'FHIR_LETTER_REFUSED');
    assert.deepEqual(await states(subject), ['fhir refused 1 FHIR_LETTER_REFUSED', 'worklist sent 1']);
  });

  test('an unknown fault of one channel is passed on as it is, after the others have run', async () => {
    const subject = await standing();
    const bug = new Error('a bug');
    await assert.rejects(deliver(subject, [scripted('fhir', true, bug), scripted('hl7', true, SENT)], makeDeliveries(database.pool), log), bug);
    assert.deepEqual(await states(subject), ['fhir failed 1 UNEXPECTED', 'hl7 sent 1']);
  });

  test('a channel that had something to carry and has nothing any more is no longer shown', async () => {
    const subject = await standing();
    const letter = scripted('document', true, SENT, null);
    await deliver(subject, [letter], makeDeliveries(database.pool), log);
    await deliver({ ...subject, version: subject.version + 1 }, [letter], makeDeliveries(database.pool), log);
    assert.deepEqual(await states(subject), []);
  });
});

describe('states that others make', () => {
  test('an HL7 delivery is through when all its messages are, and refused when one was set aside', async () => {
    const subject = await standing();
    const outbox = makeOutbox(database.pool);
    const keys = [`${subject.id}|REF`, `${subject.id}|ORU`];
    const name = `test-${subject.id}`;
    for (const key of keys) await outbox.add(name, { key, controlId: key.slice(-3), bytes: Buffer.from('MSH') });
    await deliver(subject, [scripted('hl7', true, { state: 'waiting', outbox: name, keys })], makeDeliveries(database.pool), log);
    assert.deepEqual(await states(subject), ['hl7 waiting 0']);
    const first = await outbox.next(name);
    await outbox.sent(first?.id ?? '');
    assert.deepEqual(await states(subject), ['hl7 waiting 0']);
    const last = await outbox.next(name);
    await outbox.tried(last?.id ?? '', 'AE');
    assert.deepEqual(await states(subject), ['hl7 waiting 1 AE']);
    await outbox.setAside(last?.id ?? '', 'AR');
    assert.deepEqual(await states(subject), ['hl7 refused 1 AR']);
  });

  test('a card waits until somebody has been shown it', async () => {
    const subject = await standing();
    await deliver(subject, [scripted('cds', false, { state: 'waiting' })], makeDeliveries(database.pool), log);
    assert.deepEqual(await states(subject), ['cds waiting 1']);
    await database.pool.query('INSERT INTO backstop.card (uuid, case_id) VALUES (gen_random_uuid(), $1)', [subject.id]);
    assert.deepEqual(await states(subject), ['cds sent 1']);
  });
});

describe('the channels of a site', () => {
  const channelsOf = (list: string) => readConfig({ REFERRAL_CHANNELS: list }).REFERRAL_CHANNELS;

  test('a word that is no channel stops the start', () => {
    assert.throws(() => channelsOf('fhir,fax'), /REFERRAL_CHANNELS/);
  });

  test('the health record takes no ServiceRequest and no Task: the letter still gets there, once', async () => {
    const { ehr, record } = await openHospital({ refuses: ['ServiceRequest', 'Task', 'Observation', 'DiagnosticReport'] });
    try {
      const subject = await standing(await decided(makeCase({ reading: statingReading(['L1']), finding: makeFinding({ L1: 2 }) }), record));
      const store = { artifact: () => Promise.resolve(undefined) };
      const config = { REFERRAL_CHANNELS: channelsOf('fhir,document,cds') };
      for (let run = 0; run < 2; run += 1)
        await deliver(subject, makeChannels(config, { record, store, hl7: null }), makeDeliveries(database.pool), log);
      assert.deepEqual(await states(subject), ['fhir sent 1', 'document sent 1', 'cds waiting 1', 'worklist sent 1']);
      assert.equal(ehr.repository.all<DocumentReference>('DocumentReference').length, 1);
    } finally {
      await ehr.close();
    }
  });

  test('a site with a worklist only: nothing reaches the health record', async () => {
    const { ehr, record } = await openHospital();
    try {
      const subject = await standing(await decided(makeCase({ reading: statingReading(['L1']), finding: makeFinding({ L1: 2 }) }), record));
      const store = { artifact: () => Promise.resolve(undefined) };
      const before = ehr.repository.all().length;
      const channels = makeChannels({ REFERRAL_CHANNELS: channelsOf('worklist') }, { record, store, hl7: null });
      const result = await deliver(subject, channels, makeDeliveries(database.pool), log);
      assert.deepEqual([result.to, result.detail], ['written', 'worklist: sent']);
      assert.equal(ehr.repository.all().length, before);
    } finally {
      await ehr.close();
    }
  });
});
