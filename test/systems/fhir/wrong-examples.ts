/** Examples made wrong on purpose, one mistake each: every one must be refused. */
import type { Resource } from '@medplum/fhirtypes';

// oxlint-disable-next-line typescript/no-explicit-any -- a mistake need not be typed
type Loose = any;

export interface Wrong {
  readonly what: string;
  /** File in fhir-profiles/examples. */
  readonly example: string;
  readonly spoil: (resource: Loose) => void;
  /** Only the target of a reference is wrong: HL7's validator, which cannot follow it here, lets it pass. Ours reads the type. */
  readonly onlyTheTarget?: boolean;
}

const L1 = 'Observation-example-vertebra-l1.json';
const SUMMARY = 'Observation-example-summary.json';
const PROPOSAL = 'ServiceRequest-example-proposal.json';
const ORDER = 'ServiceRequest-example-order.json';
const LETTER = 'DocumentReference-example-letter.json';
const TASK = 'Task-example-task-refer.json';
const DECLINED = 'Task-example-task-declined.json';
const component = (resource: Loose, code: string) => resource.component.find((one: Loose) => one.code.coding[0].code === code);

export const WRONG: readonly Wrong[] = [
  { what: 'a grade that does not exist', example: L1, spoil: (r) => (r.valueCodeableConcept.coding[0].code = 'grade-4') },
  {
    what: 'a grade as a number',
    example: L1,
    spoil: (r) => {
      delete r.valueCodeableConcept;
      r.valueInteger = 2;
    },
  },
  { what: 'no body site', example: L1, spoil: (r) => delete r.bodySite },
  { what: 'a body site that is no vertebra of T1 to L5', example: L1, spoil: (r) => (r.bodySite.coding[0].code = '65985001') },
  { what: 'another code than the grade', example: L1, spoil: (r) => (r.code.coding[0].code = 'vertebral-fracture-assessment') },
  { what: 'a height in centimetres', example: L1, spoil: (r) => (component(r, 'anterior-height').valueQuantity.code = 'cm') },
  {
    what: 'a height as text',
    example: L1,
    spoil: (r) => {
      delete component(r, 'anterior-height').valueQuantity;
      component(r, 'anterior-height').valueString = '16.8 mm';
    },
  },
  { what: 'the same height twice', example: L1, spoil: (r) => r.component.push(structuredClone(component(r, 'anterior-height'))) },
  { what: 'a component that is not ours', example: L1, spoil: (r) => (component(r, 'height-loss').code.coding[0].code = 'evidence') },
  { what: 'no device', example: L1, spoil: (r) => delete r.device },
  { what: 'a focus (which says: not about the patient)', example: L1, spoil: (r) => (r.focus = [{ reference: 'Device/example-device-backstop' }]) },
  { what: 'no AIAST label', example: L1, spoil: (r) => delete r.meta.security },
  { what: 'a status of a person’s measurement', example: L1, spoil: (r) => (r.status = 'registered') },
  { what: 'no key', example: L1, spoil: (r) => delete r.identifier },
  {
    what: 'a key with a bar, which splits a search token',
    example: L1,
    spoil: (r) => (r.identifier[0].value = `${'a'.repeat(32)}|${'b'.repeat(31)}`),
  },
  { what: 'a subject that is no patient', onlyTheTarget: true, example: L1, spoil: (r) => (r.subject.reference = 'Group/1') },
  { what: 'neither a grade nor a reason', example: SUMMARY, spoil: (r) => delete r.valueCodeableConcept },
  { what: 'a grade and a reason', example: SUMMARY, spoil: (r) => (r.dataAbsentReason = { text: 'the images cannot say' }) },
  {
    what: 'a grade without the range assessed',
    example: SUMMARY,
    spoil: (r) => (r.component = r.component.filter((one: Loose) => one.code.coding[0].code !== 'last-level-assessed')),
  },
  { what: 'grade 0 with a fractured vertebra', example: SUMMARY, spoil: (r) => (r.valueCodeableConcept.coding[0].code = 'grade-0') },
  { what: 'a report without a conclusion', example: 'DiagnosticReport-example-report.json', spoil: (r) => delete r.conclusion },
  { what: 'a report under another LOINC code', example: 'DiagnosticReport-example-report.json', spoil: (r) => (r.code.coding[0].code = '24701-5') },
  { what: 'software that orders', example: PROPOSAL, spoil: (r) => (r.intent = 'order') },
  { what: 'a proposal that is active', example: PROPOSAL, spoil: (r) => (r.status = 'active') },
  {
    what: 'a proposal in a person’s name',
    onlyTheTarget: true,
    example: PROPOSAL,
    spoil: (r) => (r.requester.reference = 'Practitioner/example-nurse'),
  },
  {
    what: 'an order in a device’s name',
    onlyTheTarget: true,
    example: ORDER,
    spoil: (r) => (r.requester = { reference: 'Device/example-device-backstop' }),
  },
  { what: 'an order that is based on nothing', example: ORDER, spoil: (r) => delete r.basedOn },
  { what: 'a draft order', example: ORDER, spoil: (r) => (r.status = 'draft') },
  { what: 'a referral’s Task without a BSeR status', example: TASK, spoil: (r) => delete r.businessStatus },
  {
    what: 'a reason for declining that is none of ours',
    example: DECLINED,
    spoil: (r) => (r.statusReason.coding[0].code = 'too-far-away'),
  },
  { what: 'a Task for nobody', example: TASK, spoil: (r) => delete r.for },
  { what: 'a Task without a code of ours', example: TASK, spoil: (r) => (r.code.coding = r.code.coding.slice(0, 1)) },
  { what: 'a Task that does not say its rule and policy', example: TASK, spoil: (r) => delete r.input },
  { what: 'a letter that is no PDF', example: LETTER, spoil: (r) => (r.content[0].attachment.contentType = 'text/plain') },
  { what: 'a letter without its bytes and without an address', example: LETTER, spoil: (r) => delete r.content[0].attachment.data },
  { what: 'a letter without its hash', example: LETTER, spoil: (r) => delete r.content[0].attachment.hash },
  { what: 'a letter about nobody', example: LETTER, spoil: (r) => delete r.subject },
  { what: 'a letter that is superseded instead of changed', example: LETTER, spoil: (r) => (r.status = 'superseded') },
  { what: 'a letter that does not say whether a person confirmed it', example: LETTER, spoil: (r) => delete r.docStatus },
  { what: 'two documents in one letter', example: LETTER, spoil: (r) => r.content.push(structuredClone(r.content[0])) },
  { what: 'a gap in care without an author', example: 'DetectedIssue-example-care-gap.json', spoil: (r) => delete r.author },
  { what: 'a Device without a version', example: 'Device-example-device-backstop.json', spoil: (r) => delete r.version },
  {
    what: 'a Device that is no artificial intelligence',
    example: 'Device-example-device-backstop.json',
    spoil: (r) => (r.type.coding[0].code = 'Human'),
  },
  {
    what: 'Provenance of a rule that does not exist',
    example: 'Provenance-example-provenance.json',
    spoil: (r) => (r.activity.coding[0].code = 'R42'),
  },
  { what: 'Provenance without its key', example: 'Provenance-example-provenance.json', spoil: (r) => (r.meta.tag = r.meta.tag.slice(0, 2)) },
  { what: 'an AuditEvent of something else', example: 'AuditEvent-example-audit.json', spoil: (r) => (r.subtype[0].code = 'evidence') },
];

/** The example with its mistake. */
export function spoilt(wrong: Wrong, example: Resource): Resource {
  const copy = structuredClone(example);
  wrong.spoil(copy);
  return copy;
}
