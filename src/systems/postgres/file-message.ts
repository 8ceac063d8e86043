/** A stored message becomes what it means: the case of a report with its first job, or cases moved to another patient record. In the caller's transaction. */
import { randomUUID } from 'node:crypto';
import type { CaseState } from '#src/case/case.ts';
import { type CaseId, caseId, type MessageId } from '#src/case/ids.ts';
import type { PatientMerge } from '#src/case/merge.ts';
import type { Identifier, Report } from '#src/case/report.ts';
import { reportVersionMove } from '#src/case/report-version.ts';
import { nextStep } from '#src/flow.ts';
import type { Enqueue } from './case-store.ts';
import { caseKey, freshEvent, freshFacts, freshState, type Unusable } from './fresh-case.ts';
import type { Client } from './pool.ts';
import * as sql from './queries.ts';

/** A report as it was read, and why it cannot be used, if so. */
export interface ReadReport {
  readonly report: Report;
  readonly unusable: Unusable | null;
}

/** What a stored message says. */
export type Reading =
  /** `report` null: it should have held one. `more`: further reports, each about another examination and with a case of its own. */
  | { readonly kind: 'report'; readonly report: Report | null; readonly unusable: Unusable | null; readonly more: readonly ReadReport[] }
  | { readonly kind: 'merge'; readonly merges: readonly PatientMerge[] }
  /** No case comes of it; or it should have and could not be read, then with the reason. */
  | { readonly kind: 'store'; readonly unusable: Unusable | null };

/** The (first) report's case, or null. The message waits no more. */
export async function fileMessage(tx: Client, enqueue: Enqueue, id: MessageId, source: string, reading: Reading): Promise<CaseId | null> {
  if (reading.kind === 'merge') await merge(tx, enqueue, source, reading.merges);
  const unusable = reading.kind === 'merge' ? null : reading.unusable;
  const subject = reading.kind === 'report' && reading.report ? await caseFor(tx, enqueue, id, reading.report, unusable) : null;
  await tx.query(sql.setFiled, [id, subject, unusable?.code ?? null, unusable?.text ?? null]);
  if (subject && reading.kind === 'report') for (const other of reading.more) await caseFor(tx, enqueue, id, other.report, other.unusable);
  return subject;
}

export async function caseFor(tx: Client, enqueue: Enqueue, message: MessageId, report: Report, unusable: Unusable | null): Promise<CaseId> {
  const key = caseKey(report, message);
  const fresh = caseId(randomUUID());
  const state = freshState(unusable);
  const facts = freshFacts(report, unusable);
  const inserted = await tx.query(sql.insertCase, [fresh, key, report.source, report.patient.id.value, state, JSON.stringify(facts)]);
  if (inserted.rowCount === 1) {
    await tx.query(sql.insertCaseReport, [fresh, 1, message, JSON.stringify(report)]);
    await tx.query(sql.insertEvent, [fresh, 'receive-report', state, freshEvent(unusable), null]);
    if (!unusable) await start(tx, enqueue, fresh, 1);
    return fresh;
  }
  return await anotherReport(tx, enqueue, key, message, report, unusable);
}

/** A correction, an addendum or a late preliminary for a case that is already there. */
async function anotherReport(
  tx: Client,
  enqueue: Enqueue,
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
  if (!unusable) await start(tx, enqueue, id, versions.version);
  return id;
}

export async function start(tx: Client, enqueue: Enqueue, id: CaseId, version: number): Promise<void> {
  const step = nextStep('received');
  if (step) await enqueue(tx, step, id, version);
}

/** Moves the cases of a merged patient record (ADT^A40) to the record that stays, and says so in their time line. */
async function merge(tx: Client, enqueue: Enqueue, source: string, merges: readonly PatientMerge[]): Promise<void> {
  for (const one of merges) {
    const into = one.into[0];
    if (!into) continue;
    for (const from of one.from) {
      const found = await tx.query<PatientCase>(sql.lockCasesOfPatient, [source, from.value]);
      for (const row of found.rows) await moveCase(tx, enqueue, row, from, into);
    }
  }
}

/** States from which a merged case is decided anew, when there is something to decide: who the patient is in the health record has changed. */
const DECIDED_BEFORE: readonly CaseState[] = ['decided', 'written', 'answered', 'parked', 'closed'];

interface PatientCase {
  readonly id: string;
  readonly state: CaseState;
  readonly report: Report;
  readonly was_decided: boolean;
}

async function moveCase(tx: Client, enqueue: Enqueue, row: PatientCase, from: Identifier, into: Identifier): Promise<void> {
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
  if (step && version !== undefined) await enqueue(tx, step, caseId(row.id), version);
}
