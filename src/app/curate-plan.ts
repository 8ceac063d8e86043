/** Who goes into a curated set: roles by the words, a look at the archive for scanner and modality, then cases and controls matched. */
import type { Case } from '../case/case.ts';
import type { DicomUid } from '../case/ids.ts';
import { caseId } from '../case/ids.ts';
import type { Report } from '../case/report.ts';
import type { SeriesChoice } from '../case/study.ts';
import { TryLater } from '../lib/errors.ts';
import type { ImageArchive } from '../ports.ts';
import { readReport } from '../reading/read-report.ts';
import { type CurationLabel, curationRole } from '../rules/curation-role.ts';
import { type Candidate, controlsToLookAt, type Matched, type MatchSettings, matchControls } from '../rules/match-controls.ts';
import { findImages } from '../steps/find-images.ts';
import type { Pseudonyms } from '../systems/curated-set/pseudonyms.ts';
import type { SetFolder } from '../systems/curated-set/set-folder.ts';
import type { ReportHeap } from './curate-sources.ts';

/** Without its report and messages: they are read from the heap when it is this one's turn. */
export interface Chosen {
  /** In the heap. */
  readonly key: string;
  readonly source: string;
  readonly candidate: Candidate;
  readonly role: 'case' | 'control';
  readonly label: CurationLabel;
}

export interface RoleCount {
  readonly chosen: readonly Chosen[];
  readonly byRole: Readonly<Record<string, number>>;
  readonly excluded: Readonly<Record<string, number>>;
}

/** Reads every report once and gives it its role. The pseudonyms order the draws, so that two runs choose the same. */
export function rolesOf(heap: ReportHeap, pseudonyms: Pseudonyms): RoleCount {
  const byRole: Record<string, number> = { case: 0, control: 0, excluded: 0 };
  const excluded: Record<string, number> = {};
  const chosen: Chosen[] = [];
  for (const key of heap.keys()) {
    const { report } = heap.get(key);
    const role = curationRole(report, readReport(report.text));
    byRole[role.role] = (byRole[role.role] ?? 0) + 1;
    if (role.role === 'excluded') {
      excluded[role.because] = (excluded[role.because] ?? 0) + 1;
      continue;
    }
    const { source, patient } = report;
    const study = pseudonyms.study(key);
    const candidate: Candidate = {
      study,
      patient: pseudonyms.patient(source, patient.id.value),
      ageYears: role.ageYears,
      sex: patient.sex,
      modality: report.modality ?? '',
      scanner: '',
      draw: pseudonyms.draw('sample', study),
    };
    chosen.push({ key, source, candidate, role: role.role, label: role.label });
  }
  return { chosen, byRole, excluded };
}

export interface PlanSettings extends MatchSettings {
  /** At most so many cases, by draw; null: all. */
  readonly maxCases: number | null;
}

/** How many controls are looked up for each that is needed: other scanners and missing studies thin them out. */
const SPARE_CONTROLS = 4;
const AGO = '2000-01-01T00:00:00Z';

export interface Plan {
  readonly matched: readonly Matched[];
  readonly byStudy: ReadonlyMap<string, Chosen>;
  readonly notTaken: Readonly<Record<string, number>>;
}

/** Asks the archive only about what may go in; what it said before (in an interrupted run) is not asked again. Throws TryLater and GiveUp. */
export async function makePlan(
  chosen: readonly Chosen[],
  settings: PlanSettings,
  ports: {
    readonly heap: ReportHeap;
    readonly archive: ImageArchive;
    readonly folder: SetFolder;
    readonly progress: (done: number, of: number) => void;
  },
): Promise<Plan> {
  const byStudy = new Map(chosen.map((one) => [one.candidate.study, one]));
  const ofRole = (role: Chosen['role']) => chosen.filter((one) => one.role === role).map((one) => one.candidate);
  const cases = ofRole('case')
    .toSorted((a, b) => a.draw - b.draw)
    .slice(0, settings.maxCases ?? undefined);
  const controls = controlsToLookAt(cases, ofRole('control'), settings, SPARE_CONTROLS);
  const notTaken: Record<string, number> = {};
  const known = new Map<string, Candidate>();
  let done = 0;
  for (const candidate of [...cases, ...controls]) {
    const one = byStudy.get(candidate.study) as Chosen;
    const look = ports.folder.looked(candidate.study) ?? (await keptLook(one, ports));
    if (look.ok) known.set(candidate.study, { ...candidate, scanner: look.scanner, modality: look.modality });
    else notTaken[look.because] = (notTaken[look.because] ?? 0) + 1;
    ports.progress(++done, cases.length + controls.length);
  }
  const found = (list: readonly Candidate[]) => list.flatMap((one) => known.get(one.study) ?? []);
  return { matched: matchControls(found(cases), found(controls), settings), byStudy, notTaken };
}

async function keptLook(
  one: Chosen,
  { heap, archive, folder }: { readonly heap: ReportHeap; readonly archive: ImageArchive; readonly folder: SetFolder },
) {
  const located = await locate(heap.get(one.key).report, archive);
  const look =
    'because' in located
      ? { ok: false as const, because: located.because }
      : { ok: true as const, scanner: located.choice.scanner, modality: located.choice.modality };
  await folder.keepLook(one.candidate.study, look);
  return look;
}

export type Located = { readonly study: DicomUid; readonly choice: SeriesChoice } | { readonly because: string };

/** The step that the server runs too, on a case as old as the hills: what is not in the archive now will not come. */
export async function locate(report: Report, archive: ImageArchive): Promise<Located> {
  const subject = { ...BARE, facts: { ...BARE.facts, report } };
  const result = await withTries(() => findImages(subject, { archive, clock: { now: () => new Date() } }, { giveUpAfterHours: 0 }));
  const { study, choice, finding, stopped } = result.facts ?? {};
  if (result.to === 'located' && study && choice) return { study: study.studyInstanceUid, choice };
  if (stopped) return { because: stopped.code.toLowerCase().replaceAll('_', '-') };
  return { because: finding?.state === 'cannot-say' ? finding.reason : 'no-images' };
}

const BARE = {
  id: caseId('00000000-0000-8000-8000-000000000000'),
  state: 'read',
  version: 1,
  reportVersion: 1,
  createdAt: AGO,
  updatedAt: AGO,
  facts: { reading: null, study: null, choice: null, finding: null, history: null, decision: null, resources: [], answers: [], stopped: null },
} as unknown as Case;

const TRIES = 4;

/** An archive that is down is asked again after 2, 4 and 8 seconds; then the run ends and can be started again. */
export async function withTries<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TryLater) || tried === TRIES) throw error;
      await new Promise((go) => setTimeout(go, 1000 * 2 ** tried));
    }
  }
}
