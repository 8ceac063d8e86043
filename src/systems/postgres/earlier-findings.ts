/** What we measured of a patient's earlier study: another case of the same source and patient. One indexed read. */
import type { Measured } from '#src/case/finding.ts';
import type { EarlierFindings } from '#src/ports.ts';
import type { Pool } from './pool.ts';

/** Exported for the test of its plan. */
export const earlierFinding = `
  SELECT facts -> 'finding' AS finding FROM backstop.cases
  WHERE source = $1 AND source_patient = $2 AND id <> $3
    AND facts #>> '{finding,state}' = 'measured' AND facts #>> '{finding,studyInstanceUid}' = $4
  ORDER BY updated_at DESC LIMIT 1`;

export function makeEarlierFindings(pool: Pool): EarlierFindings {
  return {
    measured: async ({ source, patientId, study, except }) => {
      const found = await pool.query<{ finding: Measured }>(earlierFinding, [source, patientId, except, study]);
      return found.rows[0]?.finding;
    },
  };
}
