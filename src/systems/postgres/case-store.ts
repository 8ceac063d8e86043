/** Cases in PostgreSQL. Every move of a case commits its state, its event and its next job together, or nothing. */
import { type Case, type CaseFacts, isLegalMove } from '#src/case/case.ts';
import { type CaseId, caseId } from '#src/case/ids.ts';
import { type FlowStep, nextStep } from '#src/flow.ts';
import type { CardRow, CaseEvent, CaseStore, StepResult } from '#src/ports.ts';
import { addToTrail } from './add-to-trail.ts';
import { type CaseRow, toCase, toFacts } from './case-row.ts';
import { type Client, inTransaction, type Pool } from './pool.ts';
import * as sql from './queries.ts';

/** Adds the step's job inside the transaction; the job's id is case + step + version, so a second add changes nothing. */
export type Enqueue = (tx: Client, step: FlowStep, id: CaseId, version: number) => Promise<void>;

export function makeCaseStore(options: { readonly pool: Pool; readonly enqueue: Enqueue }): CaseStore {
  const { pool } = options;
  return {
    load: async (id) => {
      const found = await pool.query<CaseRow>(sql.loadCase, [id]);
      return found.rows[0] && toCase(found.rows[0]);
    },
    advance: (current, step, result, ms, trail) =>
      inTransaction(pool, async (tx) => {
        const moved = await advance(tx, options.enqueue, current, step, result, ms);
        if (moved) await addToTrail(tx, trail);
        return moved;
      }),
    artifact: async (id, name) => {
      const found = await pool.query<{ name: string; content_type: string; bytes: Buffer }>(sql.findArtifact, [id, name]);
      const row = found.rows[0];
      return row && { name: row.name, contentType: row.content_type, bytes: row.bytes };
    },
    events: async (id) => {
      const found = await pool.query<{ at: Date; step: string; outcome: string; detail: string; ms: number | null }>(sql.listEvents, [id]);
      return found.rows.map((row): CaseEvent => ({ ...row, at: row.at.toISOString() }));
    },
    cardRows: async (patientReference) => {
      const found = await pool.query<{ id: string; version: number; state: CardRow['state']; facts: unknown }>(sql.cardRows, [patientReference]);
      return found.rows.map((row): CardRow => ({ caseId: caseId(row.id), version: row.version, state: row.state, facts: toFacts(row.facts) }));
    },
    recordAnswer: (id, answer, to, trail) =>
      inTransaction(pool, async (tx) => {
        // The case first: an answer's row holds its case by a weaker lock, and two that want the stronger one would wait for each other.
        const found = await tx.query<CaseRow>(`${sql.loadCase} FOR UPDATE`, [id]);
        if (!found.rows[0]) return false;
        const current = toCase(found.rows[0]);
        const inserted = await tx.query(sql.insertAnswer, [id, answer.key, answer.at, JSON.stringify(answer)]);
        if (inserted.rowCount === 0) return false;
        const state = to(current) ?? current.state;
        const facts = { answers: [...current.facts.answers, answer] };
        await advance(tx, options.enqueue, current, 'record-answer', { to: state, facts, detail: answer.kind }, null);
        await addToTrail(tx, trail);
        return true;
      }),
  };
}

/** False when the case has moved on since it was read: then nothing is written. Throws on an illegal move: that is a bug. */
async function advance(tx: Client, enqueue: Enqueue, current: Case, step: string, result: StepResult, ms: number | null): Promise<boolean> {
  if (result.to !== current.state && !isLegalMove(current.state, result.to))
    throw new Error(`step ${step} may not move a case from ${current.state} to ${result.to}`);
  const facts: CaseFacts = { ...current.facts, ...result.facts };
  const updated = await tx.query(sql.advanceCase, [
    current.id,
    current.version,
    result.to,
    JSON.stringify(facts),
    facts.decision?.rule ?? null,
    facts.decision?.outcome ?? null,
    facts.history?.patientReference ?? null,
  ]);
  if (updated.rowCount === 0) return false;
  for (const artifact of result.artifacts ?? []) {
    await tx.query(sql.upsertArtifact, [current.id, artifact.name, artifact.contentType, Buffer.from(artifact.bytes)]);
  }
  await tx.query(sql.insertEvent, [current.id, step, result.to, result.detail, ms === null ? null : Math.round(ms)]);
  const next = result.to === current.state ? undefined : nextStep(result.to);
  if (next) await enqueue(tx, next, current.id, current.version + 1);
  return true;
}
