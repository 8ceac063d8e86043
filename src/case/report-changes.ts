/** What would change if a stored message were read again by newer rules: the answer of `backstop replay --dry-run`. Pure. */
import { canonicalJson } from './canonical-json.ts';
import type { Report } from './report.ts';

export interface ReportChange {
  /** "accession", "patient.id", "text" ... */
  readonly field: string;
  /** True where the change can turn what is decided: it must be looked at before a real replay. */
  readonly matters: boolean;
  /** Without patient data: values for codes, lengths for text, nothing for names. */
  readonly before: string;
  readonly after: string;
}

type Show = (report: Report) => string;

const text: Show = (report) => `${report.text.length} characters`;
const hidden: Show = () => '(not shown)';

/** field, what is compared, how it is shown, whether it matters. */
const FIELDS: readonly (readonly [string, (report: Report) => unknown, Show, boolean])[] = [
  ['accession', (r) => r.accession, (r) => r.accession ?? 'none', true],
  ['accessionCandidates', (r) => r.accessionCandidates, (r) => r.accessionCandidates.map((candidate) => candidate.field).join(' '), false],
  ['studyInstanceUid', (r) => r.studyInstanceUid, (r) => r.studyInstanceUid ?? 'none', true],
  ['status', (r) => r.status, (r) => r.status, true],
  ['patient.id', (r) => r.patient.id, (r) => `${r.patient.id.authority ?? '-'}/${r.patient.id.type ?? '-'}`, true],
  ['patient.otherIds', (r) => r.patient.otherIds, (r) => `${r.patient.otherIds.length} identifiers`, false],
  ['patient.name', (r) => [r.patient.familyName, r.patient.givenName], hidden, false],
  ['patient.birthDate', (r) => r.patient.birthDate, hidden, true],
  ['patient.sex', (r) => r.patient.sex, (r) => r.patient.sex, true],
  ['patient.deceased', (r) => r.patient.deceased, (r) => String(r.patient.deceased), true],
  ['orderer', (r) => r.orderer, hidden, false],
  ['author', (r) => r.author, hidden, false],
  ['procedure', (r) => r.procedure, (r) => r.procedure?.code ?? 'none', false],
  ['modality', (r) => r.modality, (r) => r.modality ?? 'none', true],
  ['examinedAt', (r) => r.examinedAt, (r) => r.examinedAt ?? 'none', true],
  ['reportedAt', (r) => r.reportedAt, (r) => r.reportedAt ?? 'none', false],
  ['visitNumber', (r) => r.visitNumber, hidden, false],
  ['text', (r) => r.text, text, true],
  ['flags', (r) => [...r.flags].sort(), (r) => [...r.flags].sort().join(' ') || 'none', false],
];

/** Empty when nothing changes. A report that appears or vanishes is one change, of the field "report". */
export function reportChanges(before: Report | null, after: Report | null): ReportChange[] {
  if (before === null || after === null) {
    const word = (report: Report | null): string => (report ? 'read' : 'not read');
    return before === after ? [] : [{ field: 'report', matters: true, before: word(before), after: word(after) }];
  }
  return FIELDS.filter(([, get]) => canonicalJson(get(before)) !== canonicalJson(get(after))).map(([field, , show, matters]) => ({
    field,
    matters,
    before: show(before),
    after: show(after),
  }));
}
