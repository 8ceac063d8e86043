/** A CDS server on its real router and steps, with an in-memory case store, and the doubles of its small stores. */
import express, { type Express } from 'express';
import type { CaseId } from '#src/case/ids.ts';
import type { HumanAnswer } from '#src/case/referral.ts';
import { makeLog } from '#src/lib/log.ts';
import type { CardIndex, CardRow, CaseStore, JtiStore } from '#src/ports.ts';
import { recordAnswer } from '#src/steps/record-answer.ts';
import { showCard } from '#src/steps/show-card.ts';
import { type CdsOptions, makeCdsRouter } from '#src/systems/cds-hooks/routes.ts';
import { trustProfile } from '#src/systems/cds-hooks/trust-profile.ts';

export const NOW = new Date('2026-05-10T08:00:00.000Z');
/** The one health record whose patients the cases hold. */
export const RECORD = 'https://fhir.test/r4';
export const PUBLIC_URL = 'https://backstop.test';

export const PATIENT = { resourceType: 'Patient', id: 'p1', birthDate: '1948-02-11' };

/** A legal patient-view request with everything prefetched. */
export function viewRequest(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    hook: 'patient-view',
    hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
    context: { userId: 'Practitioner/dr1', patientId: 'p1' },
    prefetch: { patient: PATIENT, orders: { resourceType: 'Bundle', type: 'searchset', total: 0 } },
    ...over,
  };
}

export function memoryJtiStore(): JtiStore {
  const seen = new Map<string, string>();
  return {
    remember: async (issuer, jti, bodyHash) => {
      const key = JSON.stringify([issuer, jti]);
      const before = seen.get(key);
      if (before === undefined) seen.set(key, bodyHash);
      return before === undefined ? 'new' : before === bodyHash ? 'same' : 'replayed';
    },
  };
}

export function memoryCardIndex(): CardIndex & { readonly known: Map<string, CaseId> } {
  const known = new Map<string, CaseId>();
  return { known, remember: async (uuid, id) => void known.set(uuid, id), caseOf: async (uuid) => known.get(uuid) };
}

export interface FakeStore extends Pick<CaseStore, 'cardRows' | 'load' | 'recordAnswer'> {
  rows: CardRow[];
  reads: string[];
  moves: (string | null)[];
  down: boolean;
}

/** One patient's rows under "Patient/p1". */
export function fakeStore(rows: CardRow[]): FakeStore {
  const store: FakeStore = {
    rows,
    reads: [],
    moves: [],
    down: false,
    cardRows: async (reference) => {
      store.reads.push(reference);
      if (store.down) throw new Error('connect ECONNREFUSED 10.1.2.3:5432 password=hunter2');
      return reference === 'Patient/p1' ? store.rows : [];
    },
    load: async (id) => {
      if (store.down) throw new Error('connect ECONNREFUSED 10.1.2.3:5432 password=hunter2');
      const found = store.rows.find(({ caseId }) => caseId === id);
      return found && { id, state: found.state, version: found.version, reportVersion: 1, createdAt: '', updatedAt: '', facts: found.facts };
    },
    recordAnswer: async (id: CaseId, answer: HumanAnswer, to) => {
      const found = store.rows.find(({ caseId }) => caseId === id);
      if (!found || found.facts.answers.some(({ key }) => key === answer.key)) return false;
      const next = to({ id, state: found.state, version: found.version, reportVersion: 1, createdAt: '', updatedAt: '', facts: found.facts });
      const changed = {
        ...found,
        state: next ?? found.state,
        version: found.version + 1,
        facts: { ...found.facts, answers: [...found.facts.answers, answer] },
      };
      store.rows = store.rows.map((row) => (row === found ? changed : row));
      store.moves.push(next);
      return true;
    },
  };
  return store;
}

export interface Bench {
  readonly app: Express;
  readonly store: FakeStore;
  readonly index: ReturnType<typeof memoryCardIndex>;
}

export type BenchSettings = Partial<CdsOptions> & { readonly rows?: CardRow[]; readonly alertsFromModelAlone?: boolean };

/** Demo trust (calls without a token) unless told otherwise. */
export function bench(settings: BenchSettings = {}): Bench {
  const { rows = [], alertsFromModelAlone = true, ...over } = settings;
  const store = fakeStore(rows);
  const index = memoryCardIndex();
  const clock = { now: () => NOW };
  const app = express();
  const options: CdsOptions = {
    showCard: (question) => showCard({ store, clock, policy: { alertsFromModelAlone } }, question),
    recordAnswer: (answer) => recordAnswer({ store, cards: index }, answer),
    place: {
      publicUrl: PUBLIC_URL,
      site: 'test',
      casePage: (id) => `${PUBLIC_URL}/cases/${id}`,
      picture: (id) => `${PUBLIC_URL}/cases/${id}/key-image.png`,
      launchUrl: `${PUBLIC_URL}/launch`,
      allowHttp: true,
    },
    recordBases: [RECORD],
    version: '1.2.3',
    profiles: [],
    unsigned: UNSIGNED,
    demo: true,
    origins: ['https://ehr.test'],
    cards: index,
    jtiStore: memoryJtiStore(),
    clock,
    log: makeLog({ level: 'silent' }),
    ...over,
  };
  app.use(makeCdsRouter(options));
  return { app, store, index };
}

export const UNSIGNED = trustProfile({ name: 'demo', kind: 'custom', issuer: 'urn:none', keys: { jwks: { keys: [] } } }, true);
