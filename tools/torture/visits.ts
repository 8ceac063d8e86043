/** People at work meanwhile: an EHR opens charts and sends back what was clicked, a nurse reads case pages. Failures are their weather too. */
import { setTimeout as pause } from 'node:timers/promises';
import { firePatientView, sendFeedback } from '#test/hospital/cds-client.ts';
import type { OpenWeb } from '#test/web/open-web.ts';
import { type Visitor, visitor } from '#test/web/visitor.ts';
import type { Chance } from './chance.ts';
import type { Ledger } from './ledger.ts';
import type { Site } from './site.ts';

const EVERY_MS = 1_500;
const PATIENCE_MS = 10_000;

/** Until the signal. What was answered 200 goes into the ledger: it must be found at the end. */
export async function visit(site: Site, ledger: Ledger, chance: Chance, until: AbortSignal): Promise<void> {
  let nurse: Visitor | undefined;
  while (!until.aborted) {
    await pause(chance.gap(EVERY_MS), undefined, { signal: until }).catch(() => undefined);
    const written = await site.pool
      .query<{ id: string; patient: string }>(
        "SELECT id, split_part(patient_reference, '/', 2) AS patient FROM backstop.cases WHERE patient_reference IS NOT NULL ORDER BY md5(id::text || $1) LIMIT 1",
        [String(chance.next())],
      )
      .catch(() => undefined);
    const one = written?.rows[0];
    if (!one) continue;
    await (chance.isHit(0.5) ? chart(site, ledger, chance, one.patient) : page(one.id)).catch(() => {
      // The web process or its database is down just now; a visitor tries again later, signed in anew.
      nurse = undefined;
    });
  }

  async function page(id: string): Promise<void> {
    nurse ??= await inTime(visitor({ url: site.webUrl, become: () => undefined } as unknown as OpenWeb, { name: 'Tess Torture', roles: [] }));
    const { status, path } = await inTime(nurse.get(`/cases/${id}`));
    if (status === 200 && path === `/cases/${id}`) ledger.pagesRead.push(id);
    else nurse = undefined;
  }
}

async function chart(site: Site, ledger: Ledger, chance: Chance, patientId: string): Promise<void> {
  const { cards } = await inTime(firePatientView(site.webUrl, { patientId, userId: 'Practitioner/torture', fhirServer: site.ehr.url }));
  const card = cards[0];
  if (!card || !chance.isHit(0.4)) return;
  const accepted = chance.isHit(0.5);
  // As it is kept, so that the answer can be found again.
  const at = `2026-11-17T12:${String(ledger.feedback.length % 60).padStart(2, '0')}:00.000Z`;
  const answer = { card, accepted, at, ...(accepted ? {} : { comment: 'not now' }) };
  const status = await inTime(sendFeedback(site.webUrl, answer));
  if (status === 200) ledger.feedback.push({ card: card.uuid, key: `card:${card.uuid}:${accepted ? 'accepted' : 'overridden'}:${at}` });
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  return await Promise.race([work, pause(PATIENCE_MS, undefined, { ref: false }).then(() => Promise.reject(new Error('too slow')))]);
}
