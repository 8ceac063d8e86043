/**
 * Which set of models is live is a matter of the configuration; that it changed, and who wanted it, stands in the audit trail (decision 0006). A
 * promotion is written down before the settings change; a change that nobody promoted is written down too, and told in the log.
 */
import { GiveUp } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { ShadowComparison } from '../measure/compare-findings.ts';
import { sumComparisons } from '../measure/sum-comparisons.ts';
import type { ModelSet } from '../systems/fracture-model/model-set.ts';
import { makeAuditTrail } from '../systems/postgres/case-lists.ts';
import { inTransaction, type Pool } from '../systems/postgres/pool.ts';
import { makeShadowFindings } from '../systems/postgres/shadow-findings.ts';

const LIVE = 'model-live';
const PROMOTED = 'model-promoted';
/** Details begin with the digest of the set that they are about. */
const digestIn = (detail: string): string => /^set ([0-9a-f]{12})/.exec(detail)?.[1] ?? '';

/** Called when a worker has loaded its models: once for each change, whoever of several workers comes first. */
export async function recordLiveModels(pool: Pool, set: ModelSet, log: Log): Promise<void> {
  await inTransaction(pool, async (tx) => {
    await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('backstop live models', 0))");
    const newest = async (action: string): Promise<string> => {
      const found = await tx.query<{ detail: string }>('SELECT detail FROM backstop.audit_trail WHERE action = $1 ORDER BY id DESC LIMIT 1', [
        action,
      ]);
      return found.rows[0]?.detail ?? '';
    };
    const before = digestIn(await newest(LIVE));
    if (before === set.digest) return;
    const isPromoted = digestIn(await newest(PROMOTED)) === set.digest;
    const how = before === '' ? 'the first' : isPromoted ? `promoted, after ${before}` : `not promoted, after ${before}`;
    await tx.query(`INSERT INTO backstop.audit_trail (actor, action, detail) VALUES ('worker', $1, $2)`, [
      LIVE,
      `set ${set.digest} (${how}): ${set.names.join(', ')}`,
    ]);
    if (before !== '' && !isPromoted) log.warn('model.not-promoted', { from: before, to: set.digest });
  });
}

export interface Promotion {
  readonly live: ModelSet;
  readonly next: ModelSet;
  readonly by: string;
  readonly reason: string;
}

/** The row that was written. Throws GiveUp MODEL_NOT_COMPARED: nobody promotes what was never laid beside what is live. */
export async function promoteModels(pool: Pool, { live, next, by, reason }: Promotion): Promise<string> {
  const compared = await comparisonsOf(pool, { live, next, since: new Date(0) });
  if (compared.length === 0)
    throw new GiveUp(`the set ${next.digest} was never compared with ${live.digest}: run \`backstop shadow\` first`, {
      code: 'MODEL_NOT_COMPARED',
      phase: 'store',
    });
  const { cases, levels, loss } = sumComparisons(compared.map((one) => one.comparison));
  const bias = loss ? `, loss ${loss.bias.toFixed(1)} +-${loss.limits.toFixed(1)} points over ${loss.n} levels` : '';
  const figures = `${cases} studies compared: grade 2 or more marked by both ${levels.both}, by the live alone ${levels.liveOnly}, by the new alone ${levels.shadowOnly}${bias}`;
  const detail = `set ${next.digest} in place of ${live.digest}: ${next.names.join(', ')}; ${figures}; reason: ${reason}`;
  await makeAuditTrail(pool).add({ actor: by, action: PROMOTED, caseId: null, detail });
  return detail;
}

export async function comparisonsOf(
  pool: Pool,
  { live, next, since }: { readonly live: ModelSet | null; readonly next: ModelSet; readonly since: Date },
): Promise<readonly { readonly caseId: string; readonly comparison: ShadowComparison }[]> {
  return await makeShadowFindings(pool).comparisons({ modelSet: next.digest, liveSet: live?.digest ?? null, since });
}
