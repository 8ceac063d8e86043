import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTrustFile } from '#src/systems/cds-hooks/read-trust-file.ts';

const GOOD = `
clients:
  - name: main-ehr
    kind: epic
    issuer: https://ehr.example/oauth2
    keys: { jwksUris: [https://ehr.example/jwks] }
    fhirServers: [https://ehr.example/fhir/R4]
    orders: { refer: { system: urn:oid:2.999.5, code: FLSREF, display: Referral to FLS } }
`;

test('a client gets what is usual for its kind and what the site says', () => {
  const read = readTrustFile(GOOD);
  assert.ok('profiles' in read);
  assert.equal(read.profiles[0]?.render, 'epic');
  assert.deepEqual(read.profiles[0]?.algorithms, ['RS384']);
  assert.equal(read.profiles[0]?.orders.refer?.code, 'FLSREF');
});

for (const [what, yaml, fault] of [
  ['a misspelt setting', GOOD.replace('issuer:', 'isuer:'), /clients\.0/],
  ['an unsafe algorithm', `${GOOD}    algorithms: [HS256]\n`, /asymmetric/],
  ['plain http', GOOD.replace('https://ehr.example/fhir', 'http://ehr.example/fhir'), /not https/],
  ['no YAML', 'clients: [', /not YAML/],
  ['an empty file', '', /the file/],
  ['one issuer twice', GOOD + GOOD.replace('\nclients:', ''), /twice/],
] as const) {
  test(`${what} is refused and named`, () => {
    const read = readTrustFile(yaml);
    assert.ok('faults' in read);
    assert.match(read.faults.join('; '), fault);
  });
}
