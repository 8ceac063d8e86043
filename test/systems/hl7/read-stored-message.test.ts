/** A stored message read again gives what the listener made of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportChanges } from '#src/case/report-changes.ts';
import { looksLikeHl7, readStoredMessage } from '#src/systems/hl7/read-stored-message.ts';
import { frame, sendHl7 } from '#test/hospital/hl7-sender.ts';
import { oru } from './messages.ts';
import { profile, withListener } from './with-listener.ts';

test('by the same rules nothing changes, in every charset and state', async (t) => {
  const { port, inbox } = await withListener(t);
  const latin = Buffer.from(oru({ text: ['Größe é'] }), 'latin1');
  for (const bytes of [Buffer.from(oru()), latin, Buffer.from(oru({ accession: '' })), Buffer.from('hello')]) await sendHl7(port, bytes);
  assert.equal(inbox.kept.length, 4);
  for (const { message, report } of inbox.kept) {
    const verdict = readStoredMessage(message.bytes, profile(), message.flags);
    assert.deepEqual(reportChanges(report, verdict.kind === 'report' ? verdict.report : null), []);
  }
});

test('by other rules the change is told', () => {
  const read = (settings: Record<string, unknown>) => readStoredMessage(Buffer.from(oru()), profile(settings));
  const [before, after] = [read({}), read({ accessionField: 'OBR-2', statusWords: { F: 'preliminary' } })];
  assert.ok(before.kind === 'report' && after.kind === 'report');
  assert.deepEqual(
    reportChanges(before.report, after.report).map((change) => [change.field, change.before, change.after]),
    [
      ['accession', 'ACC1001', 'PL-5'],
      ['accessionCandidates', 'OBR-3.1 ORC-3.1 OBR-2.1', 'OBR-2 OBR-3.1 ORC-3.1 OBR-2.1'],
      ['status', 'final', 'preliminary'],
    ],
  );
});

test('a file may be framed, have LF line ends or a byte order mark', () => {
  const plain = readStoredMessage(Buffer.from(oru()), profile());
  for (const bytes of [
    frame(oru()),
    Buffer.from(`\uFEFF${oru()}`),
    Buffer.from(`${oru().replaceAll('\r', '\n')}\n`),
    Buffer.from(oru().replaceAll('\r', '\r\n')),
  ]) {
    assert.equal(looksLikeHl7(bytes), true);
    assert.deepEqual(readStoredMessage(bytes, profile()), plain);
  }
  assert.equal(looksLikeHl7(Buffer.from('FINDINGS: MSH|')), false);
});
