/** JWT ids that were used, per issuer. The same token for the same request is a retry; for another request it is a replay. */
import type { JtiStore } from '#src/ports.ts';
import type { Pool } from './pool.ts';
import * as sql from './queries.ts';

/** `purge` removes ids whose tokens have expired. */
export function makeJtiStore(pool: Pool): JtiStore & { purge(): Promise<void> } {
  return {
    remember: async (issuer, jti, bodyHash, expiresAt) => {
      const inserted = await pool.query(sql.rememberJti, [issuer, jti, bodyHash, expiresAt]);
      if (inserted.rowCount === 1) return 'new';
      const found = await pool.query<{ body_hash: string }>(sql.findJti, [issuer, jti]);
      return found.rows[0]?.body_hash === bodyHash ? 'same' : 'replayed';
    },
    purge: async () => {
      await pool.query(sql.purgeJti);
    },
  };
}
