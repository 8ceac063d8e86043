/** What went into a decision, in plain words with the source of each: stored with the decision and printed by `backstop explain`. */
import type { Known } from '../case/referral.ts';
import type { Evidence } from './evidence.ts';

/** No names and no dates of birth: an age and display texts only. */
export function whatWasSeen(evidence: Evidence): Readonly<Record<string, string>> {
  const { facts, confirmation, ageYears } = evidence;
  const { reading, history, report } = facts;
  return {
    'report status': `${report.status} (HL7 message)`,
    'report says': `${reading.fracture === 'not-read' ? 'not known: its text could not be read' : reading.fracture}${reading.ambiguousOnly ? ', ambiguous words only' : ''}${listed(reading.levels)} (text, grammar ${reading.grammar})`,
    'report advises': reading.fracture === 'not-read' ? 'not known' : `${reading.advice ? 'yes' : 'no'} (text)`,
    'report also': reading.fracture === 'not-read' ? 'not known' : `${alsoSays(evidence).join(', ') || 'nothing else that counts'} (text)`,
    images: `${imagesSay(evidence)} (model)`,
    'confirmed by': confirmation.by ?? (confirmation.refuted ? 'nobody; refuted by a radiologist' : 'nobody'),
    age: ageYears === null ? 'not known' : `${ageYears} years (${history?.birthDate.known ? 'health record' : 'HL7 message'})`,
    'post-menopausal': told(history?.postMenopausal, (value) => (value ? 'yes' : 'no')),
    deceased: told(history?.deceased, (value) => (value ? 'yes' : 'no')),
    'end-of-life care': told(history?.endOfLifeCare, (value) => (value ? 'yes' : 'no')),
    'red flags on the problem list': told(history?.redFlagProblems, list),
    'history of cancer': told(history?.cancerHistory, (value) => (value ? 'yes' : 'no')),
    'bone drugs': told(history?.boneDrugs, list),
    'open referral': told(history?.openReferral, (value) => (value === null ? 'none' : 'yes')),
    'declined referral': told(history?.declinedReferral, (value) => (value === null ? 'none' : 'yes')),
    'earlier vertebral fracture': told(history?.priorVertebralFracture, (value) => value ?? 'none'),
    answers: facts.answers.map((answer) => answer.kind).join(', ') || 'none',
  };
}

function told<T>(known: Known<T> | undefined, say: (value: T) => string): string {
  if (known === undefined) return 'not known: the patient was not found in the health record';
  return known.known ? `${say(known.value)} (health record)` : `not known: ${known.because}`;
}

function list(values: readonly string[]): string {
  return values.join(', ') || 'none';
}

function listed(levels: readonly string[]): string {
  return levels.length > 0 ? ` at ${levels.join(', ')}` : '';
}

function alsoSays({ facts: { reading } }: Evidence): readonly string[] {
  const flags: readonly (readonly [boolean, string])[] = [
    [reading.redFlag, 'red flag'],
    [reading.cancerHistory, 'history of cancer'],
    [reading.trauma, 'trauma'],
    [reading.mimic, 'look-alike'],
    [reading.treated, 'treated'],
    [reading.newOrProgressed, 'new or progressed'],
  ];
  return flags.filter(([is]) => is).map(([, name]) => name);
}

function imagesSay({ facts: { finding }, seen }: Evidence): string {
  if (finding === null) return 'not looked at';
  if (finding.state === 'cannot-say') return `cannot say: ${finding.reason}`;
  const range = `${finding.levelsAssessed[0] ?? '?'} to ${finding.levelsAssessed.at(-1) ?? '?'} assessed`;
  if (finding.worstGrade === null) return `nothing could be graded; ${range}`;
  return `${seen.map((v) => `${v.levelText} grade ${v.grade}`).join(', ') || 'no fracture'}; ${range}`;
}
