/** Writes what was decided into the health record. Safe to run again: the record's port finds what is there already. */
import type { Case, WrittenResource } from '#src/case/case.ts';
import { AskAHuman } from '#src/lib/errors.ts';
import type { CaseStore, HealthRecord, StepResult } from '#src/ports.ts';

export interface WriteRecordPorts {
  readonly record: Pick<HealthRecord, 'write'>;
  readonly store: Pick<CaseStore, 'artifact'>;
}

export interface WriteRecordOptions {
  /** Shadow mode: the case goes its whole way and nothing reaches the health record. */
  readonly shadow?: boolean;
  /** Name of the key picture among the case's artifacts. */
  readonly keyImage?: string;
}

/** Throws AskAHuman when the case was not decided or its patient is not known. The port's TryLater passes through. */
export async function writeRecord(subject: Case, ports: WriteRecordPorts, options: WriteRecordOptions = {}): Promise<StepResult> {
  if (!subject.facts.decision || !subject.facts.history) {
    throw new AskAHuman('a case without a decision or a patient cannot be written', { code: 'WRITE_NOT_DECIDED', phase: 'compute' });
  }
  if (options.shadow) return { to: 'written', facts: { resources: [] }, detail: 'shadow mode: nothing was written' };
  const keyImage = await ports.store.artifact(subject.id, options.keyImage ?? 'key-image.png');
  const resources = await ports.record.write(subject, keyImage);
  return { to: 'written', facts: { resources }, detail: told(resources) };
}

function told(resources: readonly WrittenResource[]): string {
  const refused = resources.filter((resource) => resource.refused !== undefined);
  const written = `${resources.length - refused.length} resources in the health record`;
  if (refused.length === 0) return written;
  return `${written}; refused: ${refused.map((r) => `${r.role ?? r.resourceType} (${r.refused})`).join(', ')}`;
}
