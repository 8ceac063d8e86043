/** The file of trusted clients. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTrustFile } from '#src/systems/cds-hooks/trust-file.ts';

const GOOD = `
clients:
  - name: north-epic
    kind: epic
    issuer: https://epic.north.test/oauth2
    jwksUris: [https://epic.north.test/jwks]
    audiences: [https://backstop.north.test/cds]
    fhirServers: [https://epic.north.test/api/FHIR/R4]
    orders:
      refer: {system: "urn:com.epic.cdshooks.action.code.system.preference-list-item", code: "4711", display: FLS}
    overrideReasons:
      patient-refuses: {system: "urn:north", code: "17", display: Declined}
  - name: south
    kind: custom
    issuer: https://south.test
    jwks: {keys: [{kty: EC, kid: a, crv: P-384, x: x, y: y}]}
    algorithms: [ES384]
`;

function faults(yaml: string, allowHttp = false): readonly string[] {
  const read = readTrustFile(yaml, allowHttp);
  assert.ok('faults' in read, 'faults expected');
  return read.faults;
}

describe('readTrustFile', () => {
  it('reads clients, with what is usual for their kind where the file is silent', () => {
    const read = readTrustFile(GOOD, false);
    assert.ok('profiles' in read, JSON.stringify(read));
    const [epic, south] = read.profiles;
    assert.deepEqual([epic?.render, epic?.link, epic?.algorithms, epic?.clockSkewSeconds], ['epic', 'smart', ['RS384'], 30]);
    assert.equal(epic?.orders.refer?.code, '4711');
    assert.deepEqual([south?.render, south?.tenants, south?.fhirServers], ['default', [], []]);
  });

  it('tells all faults at once, by place', () => {
    const text = faults('clients: [{name: "Big EHR", kind: none, issuer: ""}, {name: a, kind: epic, issuer: x, jwksUris: [y], more: 1}]').join('\n');
    for (const part of ['clients.0.name', 'clients.0.kind', 'clients.0.issuer', 'clients.1.jwksUris.0', 'clients.1'])
      assert.ok(text.includes(part), part);
  });

  it('refuses what must not be trusted', () => {
    const one = (more: string) => `clients: [{name: a, kind: custom, issuer: i, ${more}}]`;
    assert.match(faults(one('jwksUris: ["http://a.test/jwks"]')).join(), /https/);
    assert.match(faults(one('jwksUris: ["https://a.test/jwks"], algorithms: [HS256]')).join(), /asymmetric/);
    assert.match(faults(one('jwksUris: ["https://a.test/jwks"], fhirServers: ["http://a.test/r4"]')).join(), /https/);
    assert.match(faults(one('jwks: {keys: [{kty: EC, kid: a, d: secret}]}')).join(), /public keys only/);
    assert.match(faults(one('jwks: {keys: [{kty: oct, kid: a, k: secret}]}')).join(), /public keys only/);
    assert.match(faults(one('audiences: []')).join(), /either jwks or jwksUris/);
    assert.match(
      faults(one('jwksUris: ["https://a.test/jwks"], overrideReasons: {none: {system: a, code: b, display: c}}')).join(),
      /overrideReasons/,
    );
    assert.deepEqual(faults('clients: [{'), ['not YAML']);
    const twice =
      'clients: [{name: a, kind: custom, issuer: i, jwksUris: ["https://a.test"]}, {name: a, kind: custom, issuer: i, jwksUris: ["https://a.test"]}]';
    assert.deepEqual(faults(twice), ['two clients are called a', 'two clients have the issuer i']);
    assert.doesNotMatch(faults(one('jwks: {keys: [{kty: EC, kid: a, d: topsecret}]}')).join(), /topsecret/);
  });
});
