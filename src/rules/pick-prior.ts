/** Which earlier study of the patient is worth naming beside this one? The newest that may show the spine. */
import type { PriorStudy } from '#src/case/prior.ts';
import type { StudySummary } from '#src/case/study.ts';

export interface PriorPick {
  /** Null when none is worth naming. */
  readonly prior: PriorStudy | null;
  /** Counts and rules only: no identifier. */
  readonly because: readonly string[];
}

/** What each kind of picture is called; of several in one study, and of several studies of one day, the first here is named. */
const NAMES: Readonly<Record<string, string>> = { CT: 'CT', MR: 'MR', DX: 'X-ray', CR: 'X-ray', RG: 'X-ray' };
const ORDER = Object.keys(NAMES);
/** Study descriptions are free text: one that names only what lies away from the spine is set aside, an empty one is not. */
const TRUNK =
  /spin|vertebr|column|wirbel|rachis|chest|thora|lung|pulm|cardi|coron|aort|abdom|pelvi|becken|lumb|dors|body|trunk|rumpf|liver|renal|kidney|urogra|colono/i;
const AWAY =
  /\b(head|brain|skull|cranial|neuro|sinus(es)?|orbits?|facial|dental|temporal|hands?|fingers?|wrists?|forearm|elbows?|shoulders?|humerus|knees?|foot|feet|ankles?|tibia|femur|toes?|breasts?|mammo\w*|schädel\w*|kopf|hirn|knie\w*|fuß|hand\w*|cerebr\w*|crâne|genou)\b/i;

export function pickPrior(study: StudySummary, found: readonly StudySummary[]): PriorPick {
  const { studyDate } = study;
  if (studyDate === null) return { prior: null, because: ['this study has no date, so that none is earlier'] };
  const filters: readonly [string, (one: StudySummary) => boolean][] = [
    ['of another patient id', (one) => isSamePatient(study, one)],
    ['not before this study', (one) => one.studyDate !== null && one.studyDate < studyDate && one.studyInstanceUid !== study.studyInstanceUid],
    ['neither CT, MR nor X-ray', (one) => modalityOf(one) !== undefined],
    ['away from the spine', (one) => TRUNK.test(one.description) || !AWAY.test(one.description)],
  ];
  let left = found;
  const setAside: string[] = [];
  for (const [reason, keeps] of filters) {
    const kept = left.filter(keeps);
    if (kept.length < left.length) setAside.push(`${left.length - kept.length} ${reason}`);
    left = kept;
  }
  const [best] = left.toSorted((a, b) => compare(a, b));
  if (!best)
    return { prior: null, because: [found.length === 0 ? 'the archive has no earlier study' : 'no earlier study may show the spine', ...setAside] };
  const because = [`the newest of ${left.length} earlier studies that may show the spine`, ...setAside];
  return { prior: { studyInstanceUid: best.studyInstanceUid, studyDate: best.studyDate!, modality: modalityOf(best)!, because }, because };
}

/** "compare with the CT of 2024-05-02" */
export function priorWords(prior: PriorStudy): string {
  return `compare with the ${NAMES[prior.modality] ?? prior.modality} of ${prior.studyDate}`;
}

/** The same Patient ID; two issuers that are both given must be the same too (PS3.3 C.2.2). */
function isSamePatient(study: StudySummary, other: StudySummary): boolean {
  const isSameIssuer = !study.issuerOfPatientId || !other.issuerOfPatientId || study.issuerOfPatientId === other.issuerOfPatientId;
  return study.patientId.trim() !== '' && other.patientId.trim() === study.patientId.trim() && isSameIssuer;
}

function modalityOf(study: StudySummary): string | undefined {
  return ORDER.find((modality) => study.modalities.includes(modality));
}

/** Newest first; on one day by kind of picture, then by UID, so that the order of the answer plays no part. */
function compare(a: StudySummary, b: StudySummary): number {
  if (a.studyDate !== b.studyDate) return a.studyDate! > b.studyDate! ? -1 : 1;
  return ORDER.indexOf(modalityOf(a)!) - ORDER.indexOf(modalityOf(b)!) || (a.studyInstanceUid < b.studyInstanceUid ? -1 : 1);
}
