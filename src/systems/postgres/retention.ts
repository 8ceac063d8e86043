/**
 * Removes what the site's retention policy says is due, in small transactions, each with its row in the audit trail. What is open stays: a case
 * that waits for a step, a person or a receiver, its messages, and messages that nobody could use. The rules are the functions of
 * migrations/0002_audit_and_keeping.sql, 0005 and 0007, which run with the owner's rights: the worker itself may delete nothing.
 */
import { inTransaction, type Pool } from './pool.ts';

/** Days after which it goes; null: never. */
export interface RetentionPolicy {
  /** Bytes of messages that came in or were sent. */
  readonly messageDays: number | null;
  /** Cases with reports, results, pictures, answers and notes, counted from the last change; rows of a backload from when they were made. */
  readonly caseDays: number | null;
  readonly auditDays: number | null;
}

export interface PurgeCounts {
  readonly messages: number;
  readonly cases: number;
  readonly auditRows: number;
  /** Past reports that went through the flow in the shadow. */
  readonly backload: number;
  /** Old enough, but kept. */
  readonly keptOpenCases: number;
  readonly keptUnusableMessages: number;
}

/** Rows in one transaction: locks are held for a moment only. */
const BATCH = 500;
/** For a count without a change. */
const ALL = 2_000_000_000;

type Kind = 'messages' | 'cases' | 'audit' | 'backload';

const PURGE: Readonly<Record<Kind, string>> = {
  messages: 'SELECT backstop.purge_messages($1, $2, $3) AS count',
  cases: 'SELECT backstop.purge_cases($1, $2, $3) AS count',
  audit: 'SELECT backstop.purge_audit($1, $2, $3) AS count',
  backload: 'SELECT backstop.purge_backload($1, $2, $3) AS count',
};

const KEPT = `
  SELECT
    (SELECT count(*) FROM backstop.open_cases() o JOIN backstop.cases c ON c.id = o.id WHERE c.updated_at < now() - make_interval(days => $1)) AS cases,
    (SELECT count(*) FROM backstop.message m WHERE m.purged_at IS NULL AND m.received_at < now() - make_interval(days => $2)
      AND m.case_id IS NULL AND m.unusable_code IS NOT NULL) AS messages`;

const AUDIT = `INSERT INTO backstop.audit_trail (actor, action, detail) VALUES ($1, 'purged', $2)`;
/** Some 2,700 years: nothing is that old. */
const NEVER_DAYS = 1_000_000;

/** `actor`: who or what asked ("retention policy", a name). `dry`: only counts. */
export async function purge(pool: Pool, policy: RetentionPolicy, options: { readonly dry: boolean; readonly actor: string }): Promise<PurgeCounts> {
  const kept = await pool.query<{ cases: string; messages: string }>(KEPT, [policy.caseDays ?? NEVER_DAYS, policy.messageDays ?? NEVER_DAYS]);
  const counts = {
    // Cases first: their messages go with them and are not counted twice.
    cases: await purgeKind(pool, 'cases', policy.caseDays, options),
    messages: await purgeKind(pool, 'messages', policy.messageDays, options),
    auditRows: await purgeKind(pool, 'audit', policy.auditDays, options),
    backload: await purgeKind(pool, 'backload', policy.caseDays, options),
  };
  return { ...counts, keptOpenCases: Number(kept.rows[0]?.cases ?? 0), keptUnusableMessages: Number(kept.rows[0]?.messages ?? 0) };
}

async function purgeKind(pool: Pool, kind: Kind, days: number | null, { dry, actor }: { readonly dry: boolean; readonly actor: string }) {
  if (days === null) return 0;
  if (dry) return (await pool.query<{ count: number }>(PURGE[kind], [days, ALL, true])).rows[0]?.count ?? 0;
  for (let total = 0; ; ) {
    const count = await inTransaction(pool, async (tx) => {
      const done = (await tx.query<{ count: number }>(PURGE[kind], [days, BATCH, false])).rows[0]?.count ?? 0;
      if (done > 0) await tx.query(AUDIT, [actor, `${kind}: ${done} older than ${days} days`]);
      return done;
    });
    total += count;
    if (count < BATCH) return total;
  }
}

/** What ends by itself: used JWT ids, sessions, mutes of a cause. No policy is needed to forget them. */
export async function forgetExpired(pool: Pool): Promise<number> {
  const gone = [];
  for (const statement of [
    'DELETE FROM backstop.jti WHERE expires_at < now()',
    'DELETE FROM backstop.session WHERE expire < now()',
    'DELETE FROM backstop.cause_mute WHERE until < now()',
  ])
    gone.push((await pool.query(statement)).rowCount ?? 0);
  return gone.reduce((sum, count) => sum + count, 0);
}
