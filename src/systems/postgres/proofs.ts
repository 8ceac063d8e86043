/**
 * Proofs in PostgreSQL, in a table of their own. The intake that keeps them never sees a real message, and the real one never sees a proof: no
 * case, list, chart or record can hold one.
 */
import { randomUUID } from 'node:crypto';
import { messageId } from '#src/case/ids.ts';
import type { Report } from '#src/case/report.ts';
import type { Proof } from '#src/lib/proof.ts';
import type { Intake, RawMessage } from '#src/ports.ts';
import type { ReadReport } from './file-message.ts';
import { type Client, inTransaction, type Pool } from './pool.ts';

/** Adds the job inside the transaction. */
export type EnqueueProof = (tx: Client, id: string) => Promise<void>;

const INSERT = 'INSERT INTO backstop.proof (id, started_at, report) VALUES ($1, $2, $3)';
const INSERT_FAILED = 'INSERT INTO backstop.proof (id, started_at, ended_at, passed, code) VALUES ($1, $2, now(), false, $3)';
const END = 'UPDATE backstop.proof SET ended_at = clock_timestamp(), passed = $2, code = $3, report = NULL WHERE id = $1 AND ended_at IS NULL';
const FORGET = `DELETE FROM backstop.proof WHERE started_at < now() - interval '2 days'`;
const LAST = 'SELECT started_at, ended_at, passed, code FROM backstop.proof ORDER BY started_at DESC LIMIT 50';

/** What the proving listener commits before it acknowledges: the report as it is read off the message, and its job. `read`: null when it is none. */
export function makeProofIntake(pool: Pool, enqueue: EnqueueProof, startedAt: () => Date, read: (message: RawMessage) => ReadReport | null): Intake {
  return {
    keep: (message, next, refused) =>
      inTransaction(pool, async (tx) => {
        const id = randomUUID();
        const found = next === 'file' ? read(message) : null;
        const code = refused?.code ?? (found ? found.unusable?.code : 'PROOF_NOT_A_REPORT');
        if (!found || code !== undefined) await tx.query(INSERT_FAILED, [id, startedAt(), code]);
        else {
          await tx.query(INSERT, [id, startedAt(), JSON.stringify(found.report)]);
          await enqueue(tx, id);
        }
        return { kind: 'stored', messageId: messageId(id) };
      }),
  };
}

export async function proofReport(pool: Pool, id: string): Promise<Report | undefined> {
  const found = await pool.query<{ report: Report | null }>('SELECT report FROM backstop.proof WHERE id = $1 AND ended_at IS NULL', [id]);
  return found.rows[0]?.report ?? undefined;
}

/** `code` null: it passed. Old ones go at the same time. */
export async function endProof(pool: Pool, id: string, code: string | null): Promise<void> {
  await pool.query(END, [id, code === null, code]);
  await pool.query(FORGET);
}

/** A proof that did not even get in: told so that the door's fault shows at once. */
export async function failedAtDoor(pool: Pool, startedAt: Date, code: string): Promise<void> {
  await pool.query(INSERT_FAILED, [randomUUID(), startedAt, code]);
}

/** Newest first. */
export async function lastProofs(pool: Pool): Promise<readonly Proof[]> {
  const found = await pool.query<{ started_at: Date; ended_at: Date | null; passed: boolean | null; code: string | null }>(LAST);
  return found.rows.map((row) => ({
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    passed: row.passed,
    code: row.code,
  }));
}
