/** Keeps one artifact of a case outside of a step: for commands that a person runs on it. */
import type { CaseId } from '#src/case/ids.ts';
import type { Artifact } from '#src/ports.ts';
import type { Pool } from './pool.ts';
import * as sql from './queries.ts';

export async function keepArtifact(pool: Pool, id: CaseId, { name, contentType, bytes }: Artifact): Promise<void> {
  await pool.query(sql.upsertArtifact, [id, name, contentType, Buffer.from(bytes)]);
}
