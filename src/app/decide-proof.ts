/** The worker's half of a proof: reads and decides the invented report that the listener stored, and keeps how it ended. */
import type { Log } from '../lib/log.ts';
import type { Policy } from '../rules/policy.ts';
import { proveWay } from '../steps/prove-way.ts';
import { PROOF_LEVEL } from '../systems/hl7/proof-message.ts';
import type { Pool } from '../systems/postgres/pool.ts';
import { endProof, proofReport } from '../systems/postgres/proofs.ts';
import { systemClock } from './open-data.ts';

export async function decideProof(pool: Pool, policy: Policy, log: Log, id: string): Promise<void> {
  const started = performance.now();
  const report = await proofReport(pool, id);
  if (!report) return;
  const code = outcomeOf(report, policy);
  await endProof(pool, id, code);
  log.info('proof.ended', { ms: Math.round(performance.now() - started), code: code ?? 'PASSED' });
}

function outcomeOf(report: Parameters<typeof proveWay>[0], policy: Policy): string | null {
  try {
    return proveWay(report, { level: PROOF_LEVEL, today: systemClock.now().toISOString().slice(0, 10) }, policy);
  } catch {
    return 'PROOF_FAULT';
  }
}
