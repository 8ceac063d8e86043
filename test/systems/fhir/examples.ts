/** One invented case of each kind as the writer plans it, with readable ids: the examples of the profiles, and the fixtures of the tests. */
import type { Resource } from '@medplum/fhirtypes';
import { caseId } from '#src/case/ids.ts';
import type { HumanAnswer } from '#src/case/referral.ts';
import { needsReferral } from '#src/rules/needs-referral.ts';
import { caseToResources } from '#src/systems/fhir/case-to-resources.ts';
import { letterDocument } from '#src/systems/fhir/letter-document.ts';
import { withReferences } from '#src/systems/fhir/write-plan.ts';
import { makeCase, makeFinding, makeHistory, makeVertebra, statingReading } from '#test/fakes/make-case.ts';
import { policy } from './hospital-of-one.ts';

const ACCEPTED: HumanAnswer = {
  kind: 'referral-accepted',
  at: '2026-11-24T09:00:00Z',
  by: 'Practitioner/example-nurse',
  reasonCode: null,
  reasonText: null,
  key: 'example-accepted',
};

/** Another service's answer to the same proposal. */
const DECLINED: HumanAnswer = { ...ACCEPTED, kind: 'referral-declined', reasonCode: 'known-to-bone-service', key: 'example-declined' };

/** A fracture that the report states, accepted by the fracture liaison service: every profile has a part in it. */
export function exampleResources(): readonly Resource[] {
  const finding = makeFinding({ L1: 2, T8: 1 }, { vertebrae: [makeVertebra('T8', 1), makeVertebra('T9', 0), makeVertebra('L1', 2)] });
  const base = makeCase(
    { reading: statingReading(['L1']), finding, history: makeHistory(), answers: [ACCEPTED] },
    { id: caseId('00000000-0000-4000-8000-000000000001') },
  );
  const { report, reading, history, answers } = base.facts;
  if (!reading) throw new Error('the example has no reading');
  const decision = needsReferral({ report, reading, finding, history, answers, today: '2026-11-23', reportVersion: 1 }, policy);
  const picture = { name: 'key-image.png', contentType: 'image/png', bytes: new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]) };
  const options = { mode: 'test', productVersion: '0.1.0', declareProfiles: true, now: '2026-11-24T09:00:01Z' } as const;
  const plan = caseToResources({ ...base, facts: { ...base.facts, decision } }, picture, options);
  const idOf = (role: string) => `example-${role.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  const ids = new Map(plan.map((item) => [item.key, `${item.resource.resourceType}/${idOf(item.role)}`]));
  const letter = letterDocument({ ...base, facts: { ...base.facts, decision } }, null, options);
  if (!letter) throw new Error('the example has no letter');
  const declined = caseToResources({ ...base, facts: { ...base.facts, decision, answers: [DECLINED] } }, picture, options);
  const refused = declined.find((item) => item.resource.resourceType === 'Task');
  if (!refused) throw new Error('the declined example has no Task');
  const declinedIds = new Map(declined.map((item) => [item.key, `${item.resource.resourceType}/${idOf(item.role)}`]));
  return [
    ...plan.map((item) => withReferences({ ...item.resource, id: idOf(item.role) }, ids)),
    { ...letter, id: 'example-letter' },
    withReferences({ ...refused.resource, id: 'example-task-declined' }, declinedIds),
  ];
}
