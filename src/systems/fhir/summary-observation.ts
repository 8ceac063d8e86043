/** What was seen in the whole examination as one Observation: worst grade, members, and the range assessed, so that "none" differs from "not seen". */
import type { Observation, ObservationComponent, Reference } from '@medplum/fhirtypes';
import type { StudyFinding } from '../../case/finding.ts';
import { own } from './planned.ts';
import { bodyConcept, gradeConcept, quantity } from './vertebra-observation.ts';

const ABSENT = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';

/** A finding that cannot say has a dataAbsentReason and no value: never grade 0. */
export function summaryObservation(
  finding: StudyFinding | null,
  members: readonly Reference<Observation>[],
  frame: Omit<Observation, 'code' | 'resourceType'>,
): Observation {
  const base: Observation = {
    resourceType: 'Observation',
    ...frame,
    code: own('vertebral-fracture-assessment', 'Vertebral fracture assessment of an examination'),
  };
  if (finding?.state !== 'measured' || finding.worstGrade === null) {
    const failed = finding?.state === 'cannot-say' && /failed/.test(finding.reason);
    const reason =
      finding === null ? 'the images were not looked at' : finding.state === 'cannot-say' ? finding.detail : 'no vertebra could be graded';
    return {
      ...base,
      dataAbsentReason: { coding: [{ system: ABSENT, code: failed ? 'error' : 'not-performed' }], text: `The images cannot say: ${reason}` },
    };
  }
  const unjudged = finding.vertebrae.filter((v) => v.state !== 'graded').map((v) => v.levelText);
  return {
    ...base,
    valueCodeableConcept: gradeConcept(finding.worstGrade),
    component: components(finding),
    ...(members.length > 0 && { hasMember: [...members] }),
    ...(unjudged.length > 0 && { note: [{ text: `Could not be judged: ${unjudged.join(', ')}.` }] }),
  };
}

function components(finding: Extract<StudyFinding, { state: 'measured' }>): ObservationComponent[] {
  const [first, last] = [finding.levelsAssessed[0], finding.levelsAssessed.at(-1)];
  const parts: ObservationComponent[] = [];
  if (first) parts.push({ code: own('first-level-assessed', 'Most cranial level assessed'), valueCodeableConcept: bodyConcept(first) });
  if (last) parts.push({ code: own('last-level-assessed', 'Most caudal level assessed'), valueCodeableConcept: bodyConcept(last) });
  if (finding.density) {
    const { hu, level } = finding.density;
    const code = own('trabecular-attenuation', 'Mean trabecular attenuation');
    parts.push({ code: { ...code, text: `Mean trabecular attenuation of ${level}` }, valueQuantity: quantity(hu, 'HU', "[hnsf'U]", 0) });
  }
  return parts;
}
