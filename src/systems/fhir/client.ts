/** The health record (FHIR R4): finds the patient, reads the history, writes what a case has to say. Behind the port HealthRecord. */
import type { Case, WrittenResource } from '../../case/case.ts';
import { referralStatus } from '../../case/referral-status.ts';
import { TryLater } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Artifact, Clock, HealthRecord } from '../../ports.ts';
import { caseToResources, type PlanOptions } from './case-to-resources.ts';
import type { RecordChange } from './changes-from-resources.ts';
import { findPatient } from './find-patient.ts';
import { type ClientCertificate, makeExchange } from './http-exchange.ts';
import { ownReferralKeys } from './keys.ts';
import { letterDocument, withdrawLetter, writeLetter } from './letter-document.ts';
import type { Picture } from './letter-layout.ts';
import { readChanges } from './read-changes.ts';
import { readHistory } from './read-history.ts';
import { makeClient, type RecordClient } from './record-client.ts';
import { makeRecordFetch } from './record-fetch.ts';
import { Refusal } from './refusal.ts';
import { type Subscribed, type SubscribeWish, subscribe } from './subscribe.ts';
import { type BackendAuth, makeTokens, noTokens } from './tokens.ts';
import { withdrawCase, writePlan } from './write-plan.ts';

export interface HealthRecordOptions {
  /** FHIR base, e.g. https://ehr.example/fhir/R4 */
  readonly baseUrl: string;
  /** Null: no authentication. */
  readonly auth: BackendAuth | null;
  readonly clock: Clock;
  readonly log?: Log;
  /** HL7 assigning authority (CX.4) to the FHIR system of its identifiers; an authority that is not listed is searched without a system. */
  readonly identifierSystems?: Readonly<Record<string, string>>;
  /** The site's own code for a referral to its fracture liaison service. */
  readonly siteReferralCode?: { readonly system: string; readonly code: string; readonly display: string };
  /** Tag of what is written: `test` can be found and withdrawn apart. Default live. */
  readonly mode?: 'live' | 'test';
  /** meta.profile on what we write. Default true; off for a record that refuses profiles which it does not know. */
  readonly declareProfiles?: boolean;
  readonly productVersion?: string;
  /** Per request. Default 15 s. */
  readonly timeoutMs?: number;
  /** Ours, for a server (or token endpoint) that asks for one: mutual TLS. */
  readonly certificate?: ClientCertificate;
  /** Requests in flight at once. Default 4. */
  readonly concurrency?: number;
}

export interface OpenHealthRecord extends HealthRecord {
  /** The case's one-page letter as a document of the chart; null when it has none. Throws AskAHuman when the record takes no documents. */
  writeLetter(subject: Case, picture: Picture | null): Promise<WrittenResource | null>;
  /** Withdraws whatever a case has in the record (`backstop withdraw`); what a person has taken on stays. Gives the count. */
  withdraw(caseId: string): Promise<number>;
  /** What people did in the EHR with our referrals since then (ISO instant). */
  changes(since: string): Promise<readonly RecordChange[]>;
  /** Asks the record to call when one of our referral Tasks changes, or renews that. 'refused' = it has no subscriptions; polling does. */
  subscribe(wish: SubscribeWish): Promise<Subscribed>;
}

/** Faults leave as TryLater (down, busy, slow, token refused) or AskAHuman (refuses everything); codes begin with FHIR_. */
export function makeHealthRecord(options: HealthRecordOptions): OpenHealthRecord {
  const { clock, log, certificate, timeoutMs = 15_000, concurrency = 4 } = options;
  const exchange = makeExchange({ timeoutMs, certificate, connections: concurrency });
  const tokens = options.auth ? makeTokens(options.auth, clock, exchange) : noTokens();
  const client = makeClient(options.baseUrl, makeRecordFetch({ tokens, clock, log, exchange, concurrency }));
  const today = () => clock.now().toISOString().slice(0, 10);
  const siteReferralCodes = options.siteReferralCode ? [options.siteReferralCode.code] : [];
  const history = (reference: string, caseId?: string) =>
    understood(readHistory(client, reference, { ownKeys: ownReferralKeys(caseId ?? ''), siteReferralCodes, today: today() }), log);
  const oneAtATime = makeTurns();
  return {
    findPatient: (report) => understood(findPatient(client, report, options.identifierSystems ?? {}), log),
    history,
    write: (subject, keyImage) => oneAtATime(subject.id, () => understood(write(client, subject, keyImage, options, history), log)),
    writeLetter: (subject, picture) =>
      oneAtATime(`letter ${subject.id}`, () => writeLetter(client, subject, letterDocument(subject, picture, letterOptions(options)))),
    withdraw: (caseId) => oneAtATime(caseId, async () => (await withdrawCase(client, caseId)) + (await withdrawLetter(client, caseId))),
    changes: (since) => understood(readChanges(client, since), log),
    subscribe: (wish) => subscribe(client, wish),
  };
}

function letterOptions(options: HealthRecordOptions) {
  return { mode: options.mode ?? 'live', productVersion: productVersion(options), declareProfiles: options.declareProfiles ?? true };
}

/**
 * What no decision can do without. A refusal is tried later, because rights can be mended meanwhile; so is an answer whose shape FHIR does not
 * allow (it shows as a TypeError in our reader; its place in the code is logged). After the last try a person reads the code.
 */
async function understood<T>(question: Promise<T>, log: Log | undefined): Promise<T> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof Refusal) {
      const text = `the health record refuses a question about the patient (${error.status})`;
      throw new TryLater(text, { code: 'FHIR_SEARCH_REFUSED', phase: 'answer', cause: error });
    }
    if (!(error instanceof TypeError)) throw error;
    const place = /\/src\/(\S+?:\d+)/.exec(error.stack ?? '')?.[1] ?? 'unknown';
    log?.error('fault.unexpected', { where: 'fhir-answer', name: error.name, code: place });
    throw new TryLater('the health record sent something that is no FHIR', { code: 'FHIR_BAD_ANSWER', phase: 'parse', cause: error });
  }
}

function productVersion(options: HealthRecordOptions): string {
  return options.productVersion ?? '0.1.0';
}

async function write(
  client: RecordClient,
  subject: Case,
  keyImage: Artifact | undefined,
  options: HealthRecordOptions,
  history: (reference: string, caseId: string) => ReturnType<HealthRecord['history']>,
) {
  const started = performance.now();
  const plan: PlanOptions = {
    mode: options.mode ?? 'live',
    productVersion: productVersion(options),
    declareProfiles: options.declareProfiles ?? true,
    siteReferralCode: options.siteReferralCode,
    now: options.clock.now().toISOString(),
    orderedElsewhere: await orderedElsewhere(subject, history),
  };
  const written = await writePlan(client, subject.id, caseToResources(subject, keyImage, plan));
  options.log?.info('fhir.written', { caseId: subject.id, resources: written.length, ms: Math.round(performance.now() - started) });
  return written;
}

/** A clinician who accepts a card may have signed the order in the EHR itself: one open referral for one patient, so ours steps back. */
async function orderedElsewhere(subject: Case, history: (reference: string, caseId: string) => ReturnType<HealthRecord['history']>) {
  const { facts, id } = subject;
  const byCard = facts.answers.some((answer) => answer.kind === 'card-accepted') && referralStatus(facts.answers) !== 'proposed';
  if (!byCard || !facts.history) return null;
  const { openReferral } = await history(facts.history.patientReference, id);
  return openReferral.known ? openReferral.value : null;
}

/** Two writes of the same case in this process wait for each other; between processes the queue's job id does the same. */
function makeTurns(): <T>(caseId: string, work: () => Promise<T>) => Promise<T> {
  const running = new Map<string, Promise<unknown>>();
  return async (caseId, work) => {
    const before = running.get(caseId) ?? Promise.resolve();
    const mine = before.then(work, work);
    running.set(caseId, mine);
    try {
      return await mine;
    } finally {
      if (running.get(caseId) === mine) running.delete(caseId);
    }
  };
}
