/** May something of this case stand in the health record? A write that was broken off (a correction came, the process died) left no list behind. */
import type { CaseFacts } from './case.ts';

/** Decisions after which nothing is written. */
const NEVER_WRITTEN: readonly string[] = ['R00', 'R01'];

export function mayBeWritten({ resources, decision }: Pick<CaseFacts, 'resources' | 'decision'>): boolean {
  if (resources.length > 0) return true;
  return decision !== null && decision.outcome !== 'exception' && !NEVER_WRITTEN.includes(decision.rule);
}
