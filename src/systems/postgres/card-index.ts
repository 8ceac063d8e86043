/** Which case a shown card belongs to. */
import { caseId } from '#src/case/ids.ts';
import type { CardIndex } from '#src/ports.ts';
import type { Pool } from './pool.ts';
import * as sql from './queries.ts';

export function makeCardIndex(pool: Pool): CardIndex {
  return {
    remember: async (cardUuid, id) => {
      await pool.query(sql.rememberCard, [cardUuid, id]);
    },
    caseOf: async (cardUuid) => {
      const found = await pool.query<{ case_id: string }>(sql.caseOfCard, [cardUuid]);
      return found.rows[0] && caseId(found.rows[0].case_id);
    },
  };
}
