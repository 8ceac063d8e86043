/** The door's store: message, case and first job are committed together, and only then is the message acknowledged. */
import { createHash, randomUUID } from 'node:crypto';
import type { CaseFacts, CaseState } from '#src/case/case.ts';
import { type CaseId, caseId, type MessageId, messageId } from '#src/case/ids.ts';
import type { PatientMerge } from '#src/case/merge.ts';
import type { Identifier, Report } from '#src/case/report.ts';
import { reportVersionMove } from '#src/case/report-version.ts';
import { nextStep } from '#src/flow.ts';
import type { Inbox, RawMessage, Received, TrailEntry } from '#src/ports.ts';
import { addToTrail } from './add-to-trail.ts';
import { type CaseRow, toFacts } from './case-row.ts';
import type { Enqueue } from './case-store.ts';
import { caseKey, freshEvent, freshFacts, freshState, type Unusable } from './fresh-case.ts';
import { groupCommit } from './group-commit.ts';
import { type Client, inTransaction, type Pool } from './pool.ts';
import * as sql from './queries.ts';
import { type BatchJobs, keysOf, storeBatch, type ToStore } from './store-batch.ts';

export interface InboxOptions {
  readonly pool: Pool;
  readonly enqueue: Enqueue;
}

/** With `jobs`, new messages are stored in groups (group-commit.ts); without, each in a transaction of its own. */
export function makeInbox(options: InboxOptions & { readonly jobs?: BatchJobs }): Inbox {
  const { jobs, pool } = options;
  const alone = ({ message, report, unusable }: ToStore, more: More = []): Promise<Received> =>
    inTransaction(pool, (tx) => receive(tx, options, message, report, unusable, more));
  const group =
    jobs &&
    groupCommit<ToStore, Received>({
      ...GROUPS,
      bytesOf,
      keysOf,
      together: (items) => storeBatch(pool, jobs, items),
      alone: (item) => alone(item),
    });
  return {
    receive: (message, report, unusable, more = []) => {
      const item = { message, report, unusable };
      return group && more.length === 0 ? group.submit(item) : alone(item, more);
    },
    merge: (message, merges) => inTransaction(options.pool, (tx) => merge(tx, options, message, merges)),
  };
}

/** Two groups: while one waits for the disk, the other is written. More make the groups small. */
const GROUPS = { lanes: 2, mostItems: 64, mostBytes: 4 * 1024 * 1024 };

function bytesOf({ message }: ToStore): number {
  return message.bytes.length;
}

type More = readonly { readonly report: Report; readonly unusable: Unusable | null }[];

/** The stored message's id, or the id of the same message that was stored before. */
async function storeMessage(
  tx: Client,
  message: RawMessage,
  unusable: Unusable | null,
): Promise<{ readonly isNew: boolean; readonly id: MessageId }> {
  const id = messageId(randomUUID());
  const sha256 = createHash('sha256').update(message.bytes).digest();
  const key = [message.source, message.sendingApplication, message.sendingFacility, message.controlId];
  const reused = message.controlId !== '' && ((await tx.query(sql.findControlId, [...key, sha256])).rowCount ?? 0) > 0;
  const flags = reused ? [...message.flags, 'control-id-reused'] : message.flags;
  const facts = [message.messageType, message.charset, message.remoteAddress, flags, sha256, message.bytes];
  const inserted = await tx.query(sql.insertMessage, [id, ...key, ...facts, unusable?.code ?? null, unusable?.text ?? null]);
  if (inserted.rowCount === 1) return { isNew: true, id };
  const found = await tx.query<{ id: string }>(sql.findMessage, [...key, sha256]);
  return { isNew: false, id: messageId(found.rows[0]?.id ?? id) };
}

async function receive(
  tx: Client,
  options: InboxOptions,
  message: RawMessage,
  report: Report | null,
  unusable: Unusable | null,
  more: More,
): Promise<Received> {
  const { isNew, id } = await storeMessage(tx, message, unusable);
  if (!isNew) return { kind: 'duplicate', messageId: id };
  if (!report) return { kind: 'stored', messageId: id, caseId: null };
  const subject = await caseFor(tx, options, id, report, unusable);
  await tx.query(sql.linkMessage, [id, subject]);
  for (const other of more) await caseFor(tx, options, id, other.report, other.unusable);
  return { kind: 'stored', messageId: id, caseId: subject };
}

async function caseFor(tx: Client, options: InboxOptions, message: MessageId, report: Report, unusable: Unusable | null): Promise<CaseId> {
  const key = caseKey(report, message);
  const fresh = caseId(randomUUID());
  const state = freshState(unusable);
  const facts = freshFacts(report, unusable);
  const inserted = await tx.query(sql.insertCase, [fresh, key, report.source, report.patient.id.value, state, JSON.stringify(facts)]);
  if (inserted.rowCount === 1) {
    await tx.query(sql.insertCaseReport, [fresh, 1, message, JSON.stringify(report)]);
    await tx.query(sql.insertEvent, [fresh, 'receive-report', state, freshEvent(unusable), null]);
    if (!unusable) await start(tx, options, fresh, 1);
    return fresh;
  }
  return await anotherReport(tx, options, key, message, report, unusable);
}

/** A correction, an addendum or a late preliminary for a case that is already there. */
async function anotherReport(
  tx: Client,
  options: InboxOptions,
  key: string,
  message: MessageId,
  report: Report,
  unusable: Unusable | null,
): Promise<CaseId> {
  const found = await tx.query<{ id: string; state: CaseState; report: Report }>(sql.lockCaseByKey, [key]);
  const row = found.rows[0];
  if (!row) throw new Error('the case vanished while its message was stored');
  const id = caseId(row.id);
  const move = reportVersionMove(row.report, report);
  if (move.kind !== 'replace') {
    await tx.query(sql.insertEvent, [
      id,
      'receive-report',
      row.state,
      `another message kept, report unchanged: ${move.kind === 'same' ? 'nothing new in it' : move.because}`,
      null,
    ]);
    return id;
  }
  const updated = await tx.query<{ report_version: number; version: number }>(sql.newReportForCase, [
    id,
    unusable ? 'parked' : 'received',
    JSON.stringify(move.report),
    JSON.stringify(unusable),
  ]);
  const versions = updated.rows[0];
  if (!versions) throw new Error('the case vanished while its message was stored');
  await tx.query(sql.insertCaseReport, [id, versions.report_version, message, JSON.stringify(report)]);
  const detail = `report version ${versions.report_version} (${report.status})${unusable ? `, ${unusable.code}` : ''}`;
  await tx.query(sql.insertEvent, [id, 'receive-report', unusable ? 'parked' : 'received', detail, null]);
  if (!unusable) await start(tx, options, id, versions.version);
  return id;
}

async function start(tx: Client, options: InboxOptions, id: CaseId, version: number): Promise<void> {
  const step = nextStep('received');
  if (step) await options.enqueue(tx, step, id, version);
}

/** Moves the cases of a merged patient record (ADT^A40) to the record that stays, and says so in their time line. */
async function merge(tx: Client, options: InboxOptions, message: RawMessage, merges: readonly PatientMerge[]): Promise<Received> {
  const { isNew, id } = await storeMessage(tx, message, null);
  if (!isNew) return { kind: 'duplicate', messageId: id };
  for (const one of merges) {
    const into = one.into[0];
    if (!into) continue;
    for (const from of one.from) {
      const found = await tx.query<PatientCase>(sql.lockCasesOfPatient, [message.source, from.value]);
      for (const row of found.rows) await moveCase(tx, options, row, from, into);
    }
  }
  return { kind: 'stored', messageId: id, caseId: null };
}

/** States from which a merged case is decided anew, when there is something to decide: who the patient is in the health record has changed. */
const DECIDED_BEFORE: readonly CaseState[] = ['decided', 'written', 'answered', 'parked', 'closed'];

interface PatientCase {
  readonly id: string;
  readonly state: CaseState;
  readonly report: Report;
  readonly was_decided: boolean;
}

async function moveCase(tx: Client, options: InboxOptions, row: PatientCase, from: Identifier, into: Identifier): Promise<void> {
  const patient = row.report.patient;
  // The same number under another authority is another person.
  if (patient.id.authority !== null && from.authority !== null && patient.id.authority !== from.authority) return;
  const moved: Report = { ...row.report, patient: { ...patient, id: into, otherIds: [...patient.otherIds, patient.id] } };
  const again = DECIDED_BEFORE.includes(row.state) && row.was_decided;
  const state: CaseState = again ? 'measured' : row.state;
  const updated = await tx.query<{ version: number }>(sql.moveCaseToPatient, [row.id, into.value, JSON.stringify(moved), state]);
  await tx.query(sql.insertEvent, [row.id, 'merge-patient', state, 'patient record merged into another', null]);
  const step = nextStep(state);
  const version = updated.rows[0]?.version;
  // The version has moved, so the job that waited for the old one is stale.
  if (step && version !== undefined) await options.enqueue(tx, step, caseId(row.id), version);
}

export interface StoredMessage {
  readonly id: MessageId;
  readonly source: string;
  readonly receivedAt: string;
  readonly flags: readonly string[];
  readonly bytes: Uint8Array;
  readonly caseId: CaseId | null;
}

/** The row of the audit trail, for the case that it turns out to be. */
export type ReplayTrail = (id: CaseId) => TrailEntry;

export interface Replay {
  /** Messages since a time, oldest first, 500 at a time; `after` is the id of the last one seen. */
  messages(since: Date, after: MessageId | null): Promise<readonly StoredMessage[]>;
  /** The report as it stood before this message: earlier versions joined by the rules of versions. Null when it is the first. */
  before(message: StoredMessage): Promise<Report | null>;
  /**
   * Puts what a stored message says by today's rules in the place of what it said before; its case starts again. `link` false: a new case
   * is not the one that the message points to (a further report of the message).
   */
  apply(message: StoredMessage, report: Report, unusable: Unusable | null, link?: boolean, trail?: ReplayTrail): Promise<CaseId>;
}

export function makeReplay(options: InboxOptions): Replay {
  return {
    messages: async (since, after) => {
      const found = await options.pool.query<{
        id: string;
        source: string;
        received_at: Date;
        flags: string[];
        bytes: Buffer;
        case_id: string | null;
      }>(sql.messagesSince, [since, after]);
      return found.rows.map((row) => ({
        id: messageId(row.id),
        source: row.source,
        receivedAt: row.received_at.toISOString(),
        flags: row.flags,
        bytes: row.bytes,
        caseId: row.case_id === null ? null : caseId(row.case_id),
      }));
    },
    before: async (message) => {
      if (!message.caseId) return null;
      const found = await options.pool.query<{ report: Report }>(sql.earlierReports, [message.caseId, message.id]);
      return found.rows.reduce<Report | null>((held, row) => joined(held, row.report), null);
    },
    apply: (message, report, unusable, link = true, trail) =>
      inTransaction(options.pool, async (tx) => {
        const id = await apply(tx, options, message, report, unusable, link);
        await addToTrail(tx, trail?.(id));
        return id;
      }),
  };
}

async function apply(
  tx: Client,
  options: InboxOptions,
  message: StoredMessage,
  report: Report,
  unusable: Unusable | null,
  link: boolean,
): Promise<CaseId> {
  const known = message.caseId && (await tx.query<CaseRow>(sql.lockCase, [message.caseId])).rows[0];
  if (!known) {
    const made = await caseFor(tx, options, message.id, report, unusable);
    if (link) await tx.query(sql.linkMessage, [message.id, made]);
    return made;
  }
  const id = caseId(known.id);
  const facts: CaseFacts = { ...toFacts(known.facts), report, reading: null, stopped: unusable };
  const updated = await tx.query<{ report_version: number; version: number }>(sql.reopenCase, [
    id,
    unusable ? 'parked' : 'received',
    JSON.stringify(facts),
  ]);
  const versions = updated.rows[0];
  if (!versions) throw new Error('the case vanished while its message was replayed');
  await tx.query(sql.insertCaseReport, [id, versions.report_version, message.id, JSON.stringify(report)]);
  await tx.query(sql.insertEvent, [id, 'replay', unusable ? 'parked' : 'received', 'message read again by newer rules', null]);
  if (!unusable) await start(tx, options, id, versions.version);
  return id;
}

/** What is held after a further report came. */
export function joined(held: Report | null, next: Report): Report {
  if (!held) return next;
  const move = reportVersionMove(held, next);
  return move.kind === 'replace' ? move.report : held;
}
