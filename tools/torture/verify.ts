/** The judgement at the end: what the senders know against what database, health record, archive and receiver hold. Every line is one count that must be 0. */
import { createHash } from 'node:crypto';
import type { Resource } from '@medplum/fhirtypes';
import type { Case } from '#src/case/case.ts';
import { isAcceptance } from '#src/case/referral-status.ts';
import { CASE_TAG, KEY_SYSTEM, KEY_TAG } from '#src/systems/fhir/names.ts';
import { makeAuditTrail } from '#src/systems/postgres/case-lists.ts';
import { type CaseRow, toCase } from '#src/systems/postgres/case-row.ts';
import { ask } from './ask.ts';
import { AT_REST } from './drain.ts';
import { versionMark } from './invented.ts';
import { acknowledged, type Examination, type Ledger } from './ledger.ts';
import type { Site } from './site.ts';

/** Name of a broken promise to the examples of it. */
export type Broken = Readonly<Record<string, readonly string[]>>;

export interface Judgement {
  readonly lost: Broken;
  readonly doubled: Broken;
  readonly unsettled: Broken;
  readonly counts: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
}

export async function verify(site: Site, ledger: Ledger): Promise<Judgement> {
  const cases = (await ask<CaseRow & Record<string, unknown>>(site.pool, 'SELECT * FROM backstop.cases')).map(toCase);
  const byAccession = Map.groupBy(cases, (one) => one.facts.report.accession ?? '');
  const stored = await storedMessages(site);
  const resources = site.ehr.repository.all();
  const messages = messagesKept(ledger, stored);
  const standing = casesOfExaminations(ledger, byAccession);
  const record = inHealthRecord(cases, resources);
  const archive = await inArchive(site, cases);
  const queue = await queueAndOutbox(site);
  const people = await peopleKept(site, ledger, cases);
  return {
    lost: {
      'acknowledged message not stored': messages.lost,
      'examination without a case': standing.lost,
      'case stands on an old report': standing.old,
      'merge not carried out': standing.unmerged,
      'written resource not in the health record': record.lost,
      'measurement not in the archive': archive.lost,
      'HL7 message not at its receiver': queue.lost,
      'answer of a clinician': people.lost,
      'page read and not audited': people.unaudited,
    },
    doubled: {
      'message stored twice': messages.doubled,
      'two cases of one examination': standing.doubled,
      'case that nobody sent': standing.strange,
      'key twice in the health record': record.doubled,
      'result twice in the archive': archive.doubled,
      'HL7 message queued twice': queue.doubled,
      'answer twice': people.doubled,
    },
    unsettled: {
      'case without an end': cases.filter((one) => !AT_REST.includes(one.state)).map((one) => `${one.id} ${one.state}`),
      'acknowledged message that was not filed': stored.filter((row) => row.waits).map((row) => row.control_id),
      'job that failed': queue.failed,
      'process that ended by itself': site.roles.flatMap((role) => role.ownEnds.map((how) => `${role.name} ${how}`)),
      'active in the health record, and the case does not say so': record.leftOver,
      'audit chain broken': people.broken,
    },
    counts: {
      messages: stored.length,
      cases: cases.length,
      endStates: countBy(cases, (one) => (one.facts.stopped && one.state !== 'written' ? `${one.state} ${one.facts.stopped.code}` : one.state)),
      images: countBy(cases, ({ facts: { finding } }) =>
        finding === null ? 'not looked at' : finding.state === 'measured' ? 'measured' : finding.reason,
      ),
      resources: resources.filter((one) => keysOf(one).length > 0).length,
      archiveResults: archive.count,
      hl7Delivered: queue.delivered,
      feedback: ledger.feedback.length,
      pagesRead: ledger.pagesRead.length,
    },
  };
}

interface StoredRow {
  readonly control_id: string;
  readonly sha: string;
  readonly waits: boolean;
}

async function storedMessages(site: Site): Promise<readonly StoredRow[]> {
  return await ask<StoredRow & Record<string, unknown>>(
    site.pool,
    "SELECT control_id, encode(sha256, 'hex') AS sha, unfiled IS NOT NULL AS waits FROM backstop.message",
  );
}

function messagesKept(ledger: Ledger, stored: readonly StoredRow[]): { lost: string[]; doubled: string[] } {
  const counted = countBy(stored, (row) => row.sha);
  const wanted = new Map(acknowledged(ledger).map((message) => [createHash('sha256').update(message.bytes).digest('hex'), message]));
  const lost = [...wanted].filter(([sha]) => (counted[sha] ?? 0) === 0).map(([, message]) => `${message.kind} ${message.controlId}`);
  return { lost, doubled: Object.entries(counted).flatMap(([sha, count]) => (count > 1 ? [sha] : [])) };
}

function casesOfExaminations(ledger: Ledger, byAccession: ReadonlyMap<string, readonly Case[]>) {
  const lost: string[] = [];
  const doubled: string[] = [];
  const old: string[] = [];
  const unmerged: string[] = [];
  for (const examination of ledger.examinations) {
    const cases = byAccession.get(examination.accession) ?? [];
    if (cases.length > 1) doubled.push(examination.accession);
    const [one] = cases;
    if (!one) lost.push(examination.accession);
    else {
      if (!one.facts.report.text.includes(versionMark(examination.newest))) old.push(`${examination.accession} ${one.id}`);
      if (examination.mergedInto !== null && one.facts.report.patient.id.value !== examination.mergedInto.id)
        unmerged.push(`${examination.accession} ${one.id}`);
    }
  }
  const known = new Set(ledger.examinations.map((one: Examination) => one.accession));
  const unnamed = acknowledged(ledger).filter((message) => message.kind === 'no-accession').length;
  const strange = [...byAccession.keys()].filter((accession) => accession !== '' && !known.has(accession));
  const without = byAccession.get('')?.length ?? 0;
  if (without < unnamed) lost.push(`${unnamed - without} reports without an accession number`);
  if (without > unnamed) doubled.push(`${without - unnamed} cases without an accession number`);
  return { lost, doubled, old, unmerged, strange };
}

function keysOf(resource: Resource): string[] {
  const identifiers = (resource as { identifier?: { system?: string; value?: string }[] }).identifier ?? [];
  const tagged = (resource.meta?.tag ?? []).filter((tag) => tag.system === KEY_TAG).map((tag) => tag.code ?? '');
  return [...identifiers.filter((id) => id.system === KEY_SYSTEM).map((id) => id.value ?? ''), ...tagged];
}

const OVER = ['entered-in-error', 'cancelled', 'revoked', 'completed', 'rejected', 'failed', 'mitigated'];
const TAKEN_ON = ['accepted', 'in-progress', 'active'];
/** Kept for ever, whatever becomes of the case: they say what was done. */
const HISTORY = ['Provenance', 'AuditEvent', 'Device'];

function inHealthRecord(cases: readonly Case[], resources: readonly Resource[]) {
  const counted = countBy(
    resources.flatMap((resource) => keysOf(resource).map((key) => `${resource.resourceType} ${key}`)),
    (key) => key,
  );
  const doubled = Object.entries(counted).flatMap(([key, count]) => (count > 1 ? [key] : []));
  const there = new Set(resources.map((resource) => `${resource.resourceType}/${resource.id}`));
  const lost: string[] = [];
  const leftOver: string[] = [];
  const ofCase = Map.groupBy(resources, (resource) => resource.meta?.tag?.find((tag) => tag.system === CASE_TAG)?.code ?? '');
  for (const one of cases) {
    const named = new Set(one.facts.resources.filter((resource) => resource.id !== '').map((resource) => `${resource.resourceType}/${resource.id}`));
    if (one.state === 'written' || one.state === 'answered') for (const name of named) if (!there.has(name)) lost.push(`${one.id} ${name}`);
    if (one.state === 'parked' || !AT_REST.includes(one.state)) continue;
    const isClosed = one.state === 'closed';
    for (const resource of ofCase.get(one.id) ?? []) {
      const { status } = resource as { status?: string };
      if (HISTORY.includes(resource.resourceType) || OVER.includes(status ?? '')) continue;
      const name = `${resource.resourceType}/${resource.id}`;
      // What a person has taken on stays theirs, whatever the report becomes.
      if (TAKEN_ON.includes(status ?? '') && one.facts.answers.some(isAcceptance)) continue;
      if (isClosed || !named.has(name))
        leftOver.push(`${one.id} ${one.state} ${one.facts.stopped?.code ?? ''} ${resource.resourceType} ${status ?? ''}`);
    }
  }
  return { doubled, lost, leftOver };
}

const SR_CLASSES = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.88\./;

/** Each stored version of a result is one SR and at most one picture; the case's list says how many versions there are. */
async function inArchive(site: Site, cases: readonly Case[]) {
  const lost: string[] = [];
  const doubled: string[] = [];
  let count = 0;
  for (const one of cases) {
    const { study, finding } = one.facts;
    if (!study || finding?.state !== 'measured' || (one.state !== 'written' && one.state !== 'answered')) continue;
    const found = await ask<{ bytes: Buffer }>(site.pool, "SELECT bytes FROM backstop.artifact WHERE case_id = $1 AND name = 'stored-results.json'", [
      one.id,
    ]);
    const versions = found[0] ? (JSON.parse(found[0].bytes.toString('utf8')) as unknown[]).length : 0;
    const reports = site.archive.index.instances({ study: study.studyInstanceUid }).filter(({ keys }) => SR_CLASSES.test(keys['00080016'] ?? ''));
    count += reports.length;
    if (versions === 0 || reports.length < versions) lost.push(`${one.id} ${reports.length} of ${versions}`);
    if (reports.length > versions) doubled.push(`${one.id} ${reports.length} instead of ${versions}`);
  }
  return { lost, doubled, count };
}

async function queueAndOutbox(site: Site) {
  const failed = await ask<{ id: string }>(site.pool, "SELECT id FROM bullmq.job WHERE state = 'failed'");
  const outbox = await ask<{ control_id: string; state: string }>(site.pool, 'SELECT control_id, state FROM backstop.outbox');
  const taken = new Set(site.receiver.taken.map((message) => message.controlId));
  const counted = countBy(outbox, (row) => row.control_id);
  return {
    failed: failed.map((row) => row.id),
    lost: outbox.filter((row) => row.state !== 'sent' || !taken.has(row.control_id)).map((row) => `${row.control_id} ${row.state}`),
    doubled: Object.entries(counted).flatMap(([id, count]) => (count > 1 ? [id] : [])),
    delivered: taken.size,
  };
}

async function peopleKept(site: Site, ledger: Ledger, cases: readonly Case[]) {
  const keys = countBy(
    cases.flatMap((one) => one.facts.answers.map((answer) => answer.key)),
    (key) => key,
  );
  const { broken } = await makeAuditTrail(site.pool).chain();
  const audited = await ask<{ case_id: string; count: number }>(
    site.pool,
    "SELECT case_id, count(*)::int AS count FROM backstop.audit_trail WHERE action = 'case-read' GROUP BY 1",
  );
  const rows = new Map(audited.map((row) => [row.case_id, row.count]));
  const read = countBy(ledger.pagesRead, (id) => id);
  return {
    lost: ledger.feedback.filter((one) => (keys[one.key] ?? 0) === 0).map((one) => one.key),
    doubled: Object.entries(keys).flatMap(([key, count]) => (count > 1 ? [key] : [])),
    unaudited: Object.entries(read).flatMap(([id, count]) => ((rows.get(id) ?? 0) < count ? [id] : [])),
    broken: broken === null ? [] : [broken],
  };
}

function countBy<T>(values: readonly T[], name: (value: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[name(value)] = (counts[name(value)] ?? 0) + 1;
  return counts;
}
