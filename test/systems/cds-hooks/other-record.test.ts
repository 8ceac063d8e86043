/** A patient's id says nothing across health records: a hook of another EHR is never answered with the card of our patient with the same id. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import { makeLog } from '#src/lib/log.ts';
import { trustProfile } from '#src/systems/cds-hooks/trust-profile.ts';
import { row } from './cases.ts';
import { type BenchSettings, bench, RECORD, UNSIGNED, viewRequest } from './setup.ts';

const PATH = '/cds-services/vertebral-fracture-patient-view';
const PUBLIC = 'https://ehr.test/api/FHIR/R4';

async function cards(over: Record<string, unknown>, settings: BenchSettings = {}) {
  const told: string[] = [];
  const log = makeLog({ level: 'silent', sinks: [(_severity, event, fields) => void told.push(`${event} ${JSON.stringify(fields)}`)] });
  const { app, store } = bench({ rows: [row()], log, ...settings });
  const answer = await request(app).post(PATH).send(viewRequest(over));
  assert.equal(answer.status, 200);
  return { count: answer.body.cards.length as number, asked: store.reads.length, told: told.join('\n') };
}

describe('the health record of a hook', () => {
  it('another EHR with the same patient id gets no card, our store is not asked, and the log says so', async () => {
    const { count, asked, told } = await cards({ fhirServer: 'https://other.test/r4' });
    assert.deepEqual([count, asked], [0, 0]);
    assert.match(told, /cds\.other-record/);
    assert.doesNotMatch(told, /p1|other\.test/, 'neither the patient nor what the caller sent');
  });

  it('ours gets its card, however it writes its base', async () => {
    for (const fhirServer of [RECORD, `${RECORD}/`, 'https://FHIR.test:443/r4']) assert.equal((await cards({ fhirServer })).count, 1, fhirServer);
    for (const fhirServer of ['https://fhir.test/r40', 'https://fhir.test/', 'https://fhir.test:444/r4', 'https://fhir.test.evil.test/r4'])
      assert.equal((await cards({ fhirServer })).count, 0, fhirServer);
  });

  it("the EHR's public address counts when it is configured, and only then", async () => {
    assert.equal((await cards({ fhirServer: PUBLIC })).count, 0);
    assert.equal((await cards({ fhirServer: PUBLIC }, { recordBases: [RECORD, PUBLIC] })).count, 1);
  });

  it('a caller that names no server is held to the servers of its trust profile', async () => {
    const of = (fhirServers: readonly string[]) => ({ unsigned: trustProfile({ ...UNSIGNED, fhirServers }, true) });
    assert.equal((await cards({}, of([]))).count, 1, 'one EHR, nothing else configured');
    assert.equal((await cards({}, of([RECORD]))).count, 1);
    assert.equal((await cards({}, of(['https://other.test/r4']))).count, 0);
  });
});
