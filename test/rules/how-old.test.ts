/** Ages and days at their borders. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays, daysBetween, howOld } from '#src/rules/how-old.ts';

test('the birthday itself counts; 29 February is reached on 1 March', () => {
  assert.equal(howOld('1976-11-23', '2026-11-22'), 49);
  assert.equal(howOld('1976-11-23', '2026-11-23'), 50);
  assert.equal(howOld('2004-02-29', '2026-02-28'), 21);
  assert.equal(howOld('2004-02-29', '2026-03-01'), 22);
});

test('a partial date is the oldest that it allows; nonsense is null', () => {
  assert.equal(howOld('1976', '2026-01-01'), 50);
  assert.equal(howOld('1976-06', '2026-05-31'), 49);
  assert.equal(howOld('1976-06', '2026-06-01'), 50);
  for (const text of ['', 'unknown', '76-06-01', '2030-01-01', '1600-01-01']) assert.equal(howOld(text, '2026-11-23'), null, text);
});

test('days agree with the platform’s calendar', () => {
  const day = fc
    .date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2100-12-31T00:00:00Z'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  fc.assert(
    fc.property(day, fc.integer({ min: -40_000, max: 40_000 }), (from, days) => {
      const expected = new Date(Date.parse(from) + days * 86_400_000).toISOString().slice(0, 10);
      assert.equal(addDays(from, days), expected);
      assert.equal(daysBetween(from, expected), days);
    }),
  );
});
