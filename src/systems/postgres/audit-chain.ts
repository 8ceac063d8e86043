/** The audit trail's hash chain, checked: changed rows, rows that are gone in the middle, at the end, or at the beginning, and a rewritten past. */
import type { Pool } from './pool.ts';

/** The end of the chain at some time. Written down outside the database, it also finds a past that was rewritten as a whole. */
export interface AuditHead {
  readonly id: string;
  /** Hex. */
  readonly hash: string;
}

export interface AuditChain {
  /** Null: whole. */
  readonly fault: AuditFault | null;
  readonly rows: number;
  /** The row before the oldest one that is kept: 0 until rows are purged. */
  readonly purgedTo: string;
  readonly head: AuditHead;
}

export interface AuditFault {
  readonly code: 'AUDIT_ROW_CHANGED' | 'AUDIT_ROW_MISSING' | 'AUDIT_TAIL_MISSING' | 'AUDIT_HEAD_UNKNOWN';
  /** The first row that does not fit. */
  readonly id: string;
  readonly text: string;
}

const HEAD = 'SELECT last_id, last_hash, purged_to, purged_hash FROM backstop.audit_head';

/** The first row whose number, predecessor or content is not what the chain says. */
const FIRST_FAULT = `
  SELECT id, id <> should_be_id AS gap, hash <> should_be AS changed FROM (
    SELECT id, hash, previous, backstop.audit_hash(previous, id, at, actor, action, case_id, detail) AS should_be,
      coalesce(lag(id) OVER trail, $1) + 1 AS should_be_id, coalesce(lag(hash) OVER trail, $2) AS should_follow
    FROM backstop.audit_trail WINDOW trail AS (ORDER BY id)) rows
  WHERE id <> should_be_id OR hash <> should_be OR previous <> should_follow ORDER BY id LIMIT 1`;

const END =
  'SELECT count(*) AS rows, max(id) AS id, (SELECT hash FROM backstop.audit_trail ORDER BY id DESC LIMIT 1) AS hash FROM backstop.audit_trail';

/** `known`: a head that was written down earlier; it must still be a link of the chain. One snapshot, so that rows written meanwhile do not matter. */
export async function verifyAuditChain(pool: Pool, known: AuditHead | null): Promise<AuditChain> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const head = (await client.query<{ last_id: string; last_hash: Buffer; purged_to: string; purged_hash: Buffer }>(HEAD)).rows[0];
    if (!head) throw new Error('the audit trail has no head: is the database up to date?');
    const broken = (await client.query<{ id: string; gap: boolean; changed: boolean }>(FIRST_FAULT, [head.purged_to, head.purged_hash])).rows[0];
    const end = (await client.query<{ rows: string; id: string | null; hash: Buffer | null }>(END)).rows[0];
    const link = known && (await client.query<{ hash: Buffer }>('SELECT hash FROM backstop.audit_trail WHERE id = $1', [known.id])).rows[0];
    const lastId = end?.id ?? head.purged_to;
    const lastHash = end?.hash ?? head.purged_hash;
    const isWhole = lastId === head.last_id && lastHash.equals(head.last_hash);
    return {
      fault: broken ? inTheMiddle(broken) : isWhole ? againstKnown(known, link?.hash ?? null, head.purged_to) : tailFault(lastId, head.last_id),
      rows: Number(end?.rows ?? 0),
      purgedTo: head.purged_to,
      head: { id: head.last_id, hash: head.last_hash.toString('hex') },
    };
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
    client.release();
  }
}

/** `ID:HASH`, as `backstop audit verify` prints it. Undefined when it is none. */
export function readAuditHead(text: string): AuditHead | undefined {
  const match = /^(\d{1,18}):([0-9a-f]{64})$/i.exec(text.trim());
  return match?.[1] && match[2] ? { id: match[1], hash: match[2].toLowerCase() } : undefined;
}

function inTheMiddle(row: { readonly id: string; readonly gap: boolean; readonly changed: boolean }): AuditFault {
  if (row.gap) return { code: 'AUDIT_ROW_MISSING', id: row.id, text: `rows are missing before row ${row.id}` };
  return {
    code: 'AUDIT_ROW_CHANGED',
    id: row.id,
    text: row.changed ? `row ${row.id} was changed` : `row ${row.id} does not follow the row before it`,
  };
}

function tailFault(lastId: string, headId: string): AuditFault {
  return { code: 'AUDIT_TAIL_MISSING', id: headId, text: `the trail ends at row ${lastId}, its head names row ${headId}` };
}

function againstKnown(known: AuditHead | null, hash: Buffer | null, purgedTo: string): AuditFault | null {
  if (!known || hash?.toString('hex') === known.hash) return null;
  const because = BigInt(known.id) <= BigInt(purgedTo) ? 'that row was purged: write down a newer head' : 'the past was rewritten';
  return { code: 'AUDIT_HEAD_UNKNOWN', id: known.id, text: `the head ${known.id}:${known.hash.slice(0, 12)}... is not in the trail: ${because}` };
}
