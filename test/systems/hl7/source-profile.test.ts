/** The YAML of sources: all faults told at once, defaults that work. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DEFAULT_PROFILE, readSourceProfiles } from '#src/systems/hl7/source-profile.ts';

test('a name is enough: everything else has a default', () => {
  const read = readSourceProfiles('sources:\n  - name: default\n');
  assert.ok('profiles' in read);
  assert.deepEqual(read.profiles, [DEFAULT_PROFILE]);
  assert.equal(DEFAULT_PROFILE.port, 2575);
  assert.equal(DEFAULT_PROFILE.host, '127.0.0.1');
});

test('a full profile is read', () => {
  const read = readSourceProfiles(`
sources:
  - name: ris-north
    host: 0.0.0.0
    port: 2576
    tls: { certFile: /c.pem, keyFile: /k.pem, caFile: /ca.pem, requireClientCertificate: true }
    senders:
      - { certificate: ris.north.example, application: RIS }
      - { address: 10.1.0.0/16 }
    ackMode: original
    timeZone: Europe/London
    accessionField: OBR-20.1
    ihe: true
    patientIds: [{ authority: NORTH, type: MR }]
    statusWords: { Verified: final }
    notes: always
  - name: ris-south
    port: 2577
`);
  assert.ok('profiles' in read);
  assert.deepEqual(
    read.profiles.map((profile) => [profile.name, profile.port, profile.ihe]),
    [
      ['ris-north', 2576, true],
      ['ris-south', 2577, false],
    ],
  );
});

const FAULTY = `
sources:
  - name: Ris North
    prot: 2576
    ackMode: sometimes
    timeZone: Mars/Olympus
    accessionField: OBR18
    senders: [{ address: 10.1.0.0/64 }, { application: RIS }]
    tls: { certFile: c, keyFile: k, requireClientCertificate: true }
`;
test('all faults are told at once, with their places', () => {
  const read = readSourceProfiles(FAULTY);
  assert.ok('faults' in read);
  const text = read.faults.join('\n');
  for (const part of ['prot', 'name', 'ackMode', 'timeZone', 'accessionField', 'senders.0.address', 'senders.1']) {
    assert.match(text, new RegExp(part.replace('.', '\\.')), `${part} is told in:\n${text}`);
  }
});

test('requireClientCertificate without a CA is a fault', () => {
  const read = readSourceProfiles('sources: [{ name: a, tls: { certFile: c, keyFile: k, requireClientCertificate: true } }]');
  assert.ok('faults' in read);
  assert.match(read.faults.join(), /tls\.caFile/);
});

const SHORT: readonly (readonly [string, string, RegExp])[] = [
  ['two sources on one port', 'sources: [{ name: a }, { name: b }]', /listen on 127\.0\.0\.1:2575/],
  ['two sources of one name', 'sources: [{ name: a, port: 1 }, { name: a, port: 2 }]', /called a/],
  ['no sources', 'sources: []', /sources/],
  ['an empty file', '', /file/],
  ['no YAML', 'sources: [', /not YAML/],
];
for (const [name, yaml, expected] of SHORT) {
  test(`${name} is a fault`, () => {
    const read = readSourceProfiles(yaml);
    assert.ok('faults' in read);
    assert.match(read.faults.join('\n'), expected);
  });
}

test('the example of docs/hl7.md is a good file', () => {
  const page = readFileSync(new URL('../../../docs/hl7.md', import.meta.url), 'utf8');
  const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const read = readSourceProfiles(example);
  assert.ok('profiles' in read, JSON.stringify(read));
  // Every setting there is stands in the example.
  assert.deepEqual(
    Object.keys(DEFAULT_PROFILE).filter((key) => !example.includes(`${key}:`)),
    ['reportTypes'],
  );
});
