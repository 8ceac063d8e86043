/** Which controls go with which cases, and which patients train, tune and test. Pure: chance comes in as a number drawn for each name. */

export interface Candidate {
  /** The study's pseudonym. */
  readonly study: string;
  readonly patient: string;
  readonly ageYears: number;
  readonly sex: string;
  readonly modality: string;
  /** Empty where it is not known (yet): then it does not count. */
  readonly scanner: string;
  /** 0 up to 1: orders candidates that fit equally well. */
  readonly draw: number;
}

export interface MatchSettings {
  readonly controlsPerCase: number;
  readonly ageWithinYears: number;
}

export interface Matched {
  readonly case: Candidate;
  readonly controls: readonly Candidate[];
}

/** Same sex, modality and scanner, an age within the limit, another patient who is no case; each control once, the nearest age first. */
export function matchControls(cases: readonly Candidate[], controls: readonly Candidate[], settings: MatchSettings): readonly Matched[] {
  const patients = new Set(cases.map((one) => one.patient));
  const free = onePerPatient(controls.filter((one) => !patients.has(one.patient)));
  const used = new Set<string>();
  return cases.toSorted(byDraw).map((one) => {
    const chosen = free
      .filter((control) => !used.has(control.study) && fits(one, control, settings))
      .toSorted((a, b) => Math.abs(a.ageYears - one.ageYears) - Math.abs(b.ageYears - one.ageYears) || byDraw(a, b))
      .slice(0, settings.controlsPerCase);
    for (const control of chosen) used.add(control.study);
    return { case: one, controls: chosen };
  });
}

/** Controls worth asking the archive about before any scanner is known: some more than are needed for each case. */
export function controlsToLookAt(
  cases: readonly Candidate[],
  controls: readonly Candidate[],
  settings: MatchSettings,
  spare: number,
): readonly Candidate[] {
  const plain = (list: readonly Candidate[]): readonly Candidate[] => list.map((one) => ({ ...one, scanner: '' }));
  const matched = matchControls(plain(cases), plain(controls), { ...settings, controlsPerCase: settings.controlsPerCase * spare });
  return matched.flatMap((one) => one.controls);
}

/** The first study of each patient by draw, so that nobody is in the set twice as a control. */
export function onePerPatient(list: readonly Candidate[]): readonly Candidate[] {
  const seen = new Set<string>();
  return list.toSorted(byDraw).filter((one) => !seen.has(one.patient) && seen.add(one.patient));
}

function fits(one: Candidate, control: Candidate, { ageWithinYears }: MatchSettings): boolean {
  return (
    control.sex === one.sex &&
    control.modality === one.modality &&
    control.scanner === one.scanner &&
    Math.abs(control.ageYears - one.ageYears) <= ageWithinYears
  );
}

const byDraw = (a: Candidate, b: Candidate): number => a.draw - b.draw || (a.study < b.study ? -1 : 1);

export type Split = 'train' | 'tune' | 'test';
export interface SplitShares {
  readonly train: number;
  readonly tune: number;
}

/** A case and its controls stay together, and so do all studies of a patient; the shares are of cases. */
export function splitByPatient(matched: readonly Matched[], shares: SplitShares): ReadonlyMap<string, Split> {
  const splits = new Map<string, Split>();
  const patients = [...new Set(matched.map((one) => one.case.patient))];
  const [train, tune] = [Math.round(patients.length * shares.train), Math.round(patients.length * (shares.train + shares.tune))];
  patients.forEach((patient, index) => {
    splits.set(patient, index < train ? 'train' : index < tune ? 'tune' : 'test');
  });
  for (const one of matched) for (const control of one.controls) splits.set(control.patient, splits.get(one.case.patient) ?? 'train');
  return splits;
}
