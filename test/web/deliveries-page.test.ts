/** The case page tells how far each channel of the case has come. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { storeCases } from './invented-cases.ts';
import { sampleCases } from './invented-day.ts';
import { type OpenWeb, openWeb } from './open-web.ts';
import { NURSE, visitor } from './visitor.ts';

let web: OpenWeb;
before(async () => {
  web = await openWeb();
});
after(() => web.close());

test('each channel with its state, its tries and the code that stopped it; a case without any shows no table', async () => {
  const [one, other] = await sampleCases(['s01', 's03']);
  if (!one || !other) throw new Error('the samples are missing');
  await storeCases(web.pool, [one, other]);
  await web.pool.query(
    `INSERT INTO backstop.delivery (case_id, report_version, channel, state, tries, code, case_version) VALUES
      ($1, 1, 'fhir', 'failed', 3, 'FHIR_DOWN', 5), ($1, 1, 'document', 'refused', 1, 'FHIR_LETTER_REFUSED', 5),
      ($1, 1, 'cds', 'waiting', 1, NULL, 5), ($1, 1, 'worklist', 'sent', 1, NULL, 5)`,
    [one.id],
  );
  const nurse = await visitor(web, NURSE);
  const page = (await nurse.get(`/cases/${one.id}`)).text;
  const table = /<table class="deliveries">.*?<\/table>/s.exec(page)?.[0] ?? '';
  const rows = [...table.matchAll(/<tr><th scope="row">(.*?)<\/th><td>(.*?)<\/td><td>(\d+)<\/td>/gs)].map(([, name, state, tries]) =>
    [name, state?.replace(/<[^>]+>/g, ''), tries].join(' | '),
  );
  assert.deepEqual(rows, [
    'Health record (FHIR) | failed FHIR_DOWN | 3',
    'Letter in the chart | refused FHIR_LETTER_REFUSED | 1',
    'Card in the EHR | ready, not shown yet | 1',
    'Worklist here | listed | 1',
  ]);
  assert.doesNotMatch((await nurse.get(`/cases/${other.id}`)).text, /class="deliveries"/);
});
