/** The words of an acknowledgement: no delimiter of any sender, and single blanks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildAck } from '#src/systems/hl7/ack.ts';

test('what stands in ERR-8 and MSA-3 holds no delimiter, no double blank and none at its ends', () => {
  const text = '"a | b"; the frame\'s end: FS/CR, not ^CR (at 12 bytes)';
  const ack = buildAck({ header: null, code: 'AR', controlId: '1', at: new Date('2026-11-23T10:00:00Z'), error: { code: '207', text } });
  const segments = ack.toString('latin1').split('\r');
  const words = 'a b the frame s end FS CR, not CR (at 12 bytes)';
  assert.equal(segments[1], `MSA|AR||${words}`);
  assert.equal(segments[2], `ERR|||207^Application internal error^HL70357|E||||${words}`);
});
