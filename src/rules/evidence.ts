/** The facts of a case weighed once, so that each row of the decision table reads like its sentence. */
import type { Known } from '../case/referral.ts';
import { isAcceptance } from '../case/referral-status.ts';
import type { Grade, Vertebra } from '../case/vertebra.ts';
import type { DecisionFacts } from './decision-facts.ts';
import { howOld } from './how-old.ts';
import { isOnlyAMimic, type MimicAnswer } from './is-only-a-mimic.ts';
import { type CountedFracture, fracturesSeen, modelSeesNone, whichFractures } from './which-fractures.ts';
import { type Confirmation, whoConfirmed } from './who-confirmed.ts';

export interface Evidence {
  readonly facts: DecisionFacts;
  /** The oldest age that the date of birth allows; null when unknown. */
  readonly ageYears: number | null;
  readonly confirmation: Confirmation;
  readonly fractures: readonly CountedFracture[];
  /** What the model graded 1 or more, worst first; whether or not anybody confirmed it. */
  readonly seen: readonly Vertebra[];
  /** Null = the images cannot say. */
  readonly modelGrade: Grade | null;
  readonly indeterminate: readonly Vertebra[];
  readonly modelSeesNone: boolean;
  readonly reportDoubtful: boolean;
  readonly mimic: MimicAnswer;
  /** A clinician or the FLS has accepted a referral for this case: an override of R04 and of a cancer history. */
  readonly acceptedByPerson: boolean;
  /** A fracture is stated, doubted or seen: only then do the safety rows have a question to answer. */
  readonly inQuestion: boolean;
  readonly newOrProgressed: boolean;
}

export function weighEvidence(facts: DecisionFacts): Evidence {
  const { reading, finding, history, report, answers } = facts;
  const confirmation = whoConfirmed(facts);
  const reportDoubtful = reading.fracture === 'uncertain' || (reading.fracture === 'stated' && reading.ambiguousOnly);
  const modelGrade = finding?.state === 'measured' ? finding.worstGrade : null;
  const seenByModel = (modelGrade ?? 0) >= 1 && !confirmation.refuted;
  return {
    facts,
    ageYears: ageOf(history?.birthDate, report.patient.birthDate, facts.today),
    confirmation,
    fractures: whichFractures(reading, finding, confirmation),
    seen: fracturesSeen(finding),
    modelGrade,
    indeterminate: finding === null ? [] : finding.vertebrae.filter((v) => v.state === 'indeterminate'),
    modelSeesNone: modelSeesNone(reading, finding),
    reportDoubtful,
    mimic: isOnlyAMimic(facts),
    acceptedByPerson: answers.some(isAcceptance),
    inQuestion: confirmation.by !== null || reportDoubtful || seenByModel,
    newOrProgressed: reading.newOrProgressed || reading.statements.some(isNewFracture),
  };
}

function ageOf(recorded: Known<string> | undefined, reported: string | null, today: string): number | null {
  if (recorded?.known) return howOld(recorded.value, today) ?? (reported === null ? null : howOld(reported, today));
  return reported === null ? null : howOld(reported, today);
}

function isNewFracture(statement: DecisionFacts['reading']['statements'][number]): boolean {
  const fresh = statement.acuity === 'acute' || statement.acuity === 'new' || statement.acuity === 'progressed';
  return fresh && statement.target === 'vertebral-fracture' && statement.certainty === 'affirmed' && statement.who === 'patient';
}

/** True only when it is known and true. */
export function isKnownTrue(known: Known<boolean> | undefined): boolean {
  return known?.known === true && known.value;
}

/** The value when known, else undefined. */
export function valueOf<T>(known: Known<T> | undefined): T | undefined {
  return known?.known ? known.value : undefined;
}
