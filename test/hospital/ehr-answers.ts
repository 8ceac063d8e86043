/** How real EHRs word what they store, put over an answer of the stand-in. */
import type { Bundle, OperationOutcome, Resource } from '@medplum/fhirtypes';
import type { EhrHabits } from './ehr-habits.ts';

const WARNING: OperationOutcome = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'warning', code: 'not-found', details: { text: 'Resource request returns no results.' } }],
};

/** `base` is the FHIR base. What is stored stays as it is. */
export function worded(resource: object, habits: EhrHabits, base: string): object {
  let answer = resource as Resource;
  if (habits.warnsOnEmptySearch && isEmptySearch(answer)) answer = { ...answer, entry: [{ resource: WARNING, search: { mode: 'outcome' } }] };
  if (!habits.absoluteReferences && !habits.movesAttachments) return answer;
  return JSON.parse(JSON.stringify(answer), (name, value: unknown) => {
    if (habits.absoluteReferences && name === 'reference' && /^[A-Z][A-Za-z]+\/[\w.-]+$/.test(String(value))) return `${base}/${String(value)}`;
    if (!habits.movesAttachments || typeof value !== 'object' || value === null || !('data' in value)) return value;
    const { data: _data, ...attachment } = value;
    return { ...attachment, url: `${base}/Binary/moved` };
  }) as object;
}

function isEmptySearch(resource: Resource): resource is Bundle {
  return resource.resourceType === 'Bundle' && resource.type === 'searchset' && (resource.entry ?? []).length === 0;
}
