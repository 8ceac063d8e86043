/** Makes a curated set: chooses, fetches, de-identifies, splits, and writes the manifest and the data card. Runs again where it stopped. */
import { createHmac } from 'node:crypto';
import type { ImageArchive } from '../ports.ts';
import { readReport } from '../reading/read-report.ts';
import { type Candidate, type Matched, type Split, splitByPatient } from '../rules/match-controls.ts';
import { deidentify } from '../systems/curated-set/deidentify.ts';
import { type Identifier, identifiersOf, rememberIdentifiers } from '../systems/curated-set/identifiers.ts';
import { dataCard, labelsCsv, type SetManifest, type SetStudy, studiesCsv } from '../systems/curated-set/manifest.ts';
import { makePseudonyms, type Pseudonyms } from '../systems/curated-set/pseudonyms.ts';
import { type Fetched, openSetFolder, type SetFolder, type WrittenFile } from '../systems/curated-set/set-folder.ts';
import type { OpenImageArchive } from '../systems/dicomweb/client.ts';
import { identifyingFields } from '../systems/hl7/identifying-fields.ts';
import { type Chosen, locate, makePlan, type Plan, type PlanSettings, rolesOf, withTries } from './curate-plan.ts';
import type { ReportHeap } from './curate-sources.ts';

export interface CurateSettings extends PlanSettings {
  readonly out: string;
  /** Where everything that names somebody is kept for `curate verify`: beside the set, never in it. */
  readonly identifiersFile: string;
  readonly secret: string;
  /** Shares of the cases; the rest tests. */
  readonly splits: { readonly train: number; readonly tune: number };
  readonly software: string;
  /** YYYY-MM-DD */
  readonly today: string;
}

export interface CuratePorts {
  readonly archive: ImageArchive & Pick<OpenImageArchive, 'instances'>;
  readonly progress: (text: string) => void;
}

interface Run extends CuratePorts {
  readonly heap: ReportHeap;
  readonly settings: CurateSettings;
  readonly pseudonyms: Pseudonyms;
  readonly folder: SetFolder;
}

export async function curate(heap: ReportHeap, settings: CurateSettings, ports: CuratePorts): Promise<SetManifest> {
  const run: Run = { ...ports, heap, settings, pseudonyms: makePseudonyms(settings.secret), folder: await openSetFolder(settings.out) };
  const roles = rolesOf(heap, run.pseudonyms);
  ports.progress(`${heap.messages} messages, ${heap.size} reports: ${roles.byRole['case']} cases, ${roles.byRole['control']} possible controls`);
  const plan = await makePlan(roles.chosen, settings, { heap, archive: ports.archive, folder: run.folder, progress: said(ports, 'looked at') });
  const { studies, notTaken } = await fetchAll(plan, run);
  const manifest = manifestOf(heap, roles, plan, studies, notTaken, run);
  await run.folder.put('manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
  await run.folder.put('labels.csv', labelsCsv(studies));
  await run.folder.put('studies.csv', studiesCsv(studies));
  await run.folder.put('data-card.md', dataCard(manifest));
  return manifest;
}

function said(ports: CuratePorts, words: string): (done: number, of: number) => void {
  return (done, of) => {
    if (done === of || done % 20 === 0) ports.progress(`${words} ${done} of ${of}`);
  };
}

async function fetchAll(
  plan: Plan,
  run: Run,
): Promise<{ readonly studies: readonly SetStudy[]; readonly notTaken: Readonly<Record<string, number>> }> {
  const splits = splitByPatient(plan.matched, run.settings.splits);
  const studies: SetStudy[] = [];
  const notTaken: Record<string, number> = {};
  const total = plan.matched.reduce((sum, one) => sum + 1 + one.controls.length, 0);
  const tell = said(run, 'fetched');
  let done = 0;
  const take = async (candidate: Candidate, matched: Matched): Promise<boolean> => {
    const chosen = plan.byStudy.get(candidate.study) as Chosen;
    const fetched = run.folder.fetched(candidate.study) ?? (await fetchOne(chosen, run));
    tell(++done, total);
    if (fetched.ok) studies.push(studyOf(chosen, candidate, matched, splits.get(candidate.patient) ?? 'train', fetched.files, run));
    else notTaken[fetched.because] = (notTaken[fetched.because] ?? 0) + 1;
    return fetched.ok;
  };
  for (const matched of plan.matched) {
    // A case whose images are refused needs no controls.
    if (!(await take(matched.case, matched))) done += matched.controls.length;
    else for (const control of matched.controls) await take(control, matched);
  }
  return { studies, notTaken };
}

async function fetchOne(chosen: Chosen, run: Run): Promise<Fetched> {
  const { study, patient } = chosen.candidate;
  const located = await locate(run.heap.get(chosen.key).report, run.archive);
  const fetched: Fetched = 'because' in located ? { ok: false, because: located.because } : await withTries(() => fetchSeries(chosen, located, run));
  if (!fetched.ok) await run.folder.drop(patient, study);
  await run.folder.keepFetch(study, fetched);
  return fetched;
}

/** One file after the other; the first that is refused ends it, because a series is whole or not in the set. */
async function fetchSeries(chosen: Chosen, located: Exclude<Awaited<ReturnType<typeof locate>>, { because: string }>, run: Run): Promise<Fetched> {
  const { study, patient } = chosen.candidate;
  const named: Identifier[] = run.heap
    .get(chosen.key)
    .messages.flatMap((message) => identifyingFields(message))
    .map((one) => ({ ...one, patient }));
  await run.folder.begin(patient, study);
  const wanted = new Set<string>(located.choice.sopInstanceUids);
  const files: WrittenFile[] = [];
  const removed = new Set<string>();
  for await (const { sopInstanceUid, bytes } of run.archive.instances(located.study, located.choice.seriesInstanceUid)) {
    if (!wanted.has(sopInstanceUid)) continue;
    const result = deidentify(bytes, patient, run.pseudonyms);
    if (!result.ok) return { ok: false, because: `refused: ${result.because}` };
    named.push(...identifiersOf(bytes, patient));
    files.push(await run.folder.writeImage(patient, study, `${result.sopInstanceUid}.dcm`, result.bytes, result.pixelSha256));
    for (const tag of result.removed) removed.add(tag);
  }
  if (files.length < wanted.size) return { ok: false, because: 'series-not-whole' };
  // Before the study counts as fetched: a run that is killed here fetches it again.
  await rememberIdentifiers(run.settings.identifiersFile, named);
  return { ok: true, files: files.toSorted((a, b) => (a.file < b.file ? -1 : 1)), removed: [...removed].sort() };
}

function studyOf(
  { source, label, role }: Chosen,
  candidate: Candidate,
  matched: Matched,
  split: Split,
  files: readonly WrittenFile[],
  run: Run,
): SetStudy {
  return {
    study: candidate.study,
    patient: candidate.patient,
    role,
    matchedTo: role === 'control' ? matched.case.study : null,
    split,
    site: `H${createHmac('sha256', run.settings.secret.trim()).update(`site\0${source}`).digest('hex').slice(0, 8)}`,
    modality: candidate.modality,
    sex: candidate.sex,
    ageYears: Math.min(90, candidate.ageYears),
    scanner: candidate.scanner,
    label,
    seriesFolder: `images/${candidate.patient}/${candidate.study}`,
    instances: files,
  };
}

function manifestOf(
  heap: ReportHeap,
  roles: ReturnType<typeof rolesOf>,
  plan: Plan,
  studies: readonly SetStudy[],
  refused: Readonly<Record<string, number>>,
  { settings, folder }: Run,
): SetManifest {
  const removed = new Set(
    studies.flatMap((one) => {
      const fetched = folder.fetched(one.study);
      return fetched?.ok ? fetched.removed : [];
    }),
  );
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const { train, tune } = settings.splits;
  return {
    format: 'backstop-curated-set',
    version: 1,
    madeOn: settings.today,
    software: settings.software,
    grammar: readReport('').grammar,
    secretFingerprint: createHmac('sha256', settings.secret.trim()).update('fingerprint').digest('hex').slice(0, 12),
    deidentification: {
      profile: 'DICOM PS3.15 Basic Application Level Confidentiality Profile, by an allow list of attributes',
      options: ['Retain Longitudinal Temporal Information with Modified Dates', 'Retain Patient Characteristics (sex, and age up to 90)'],
      reportText: 'left out',
      removedTags: [...removed].sort(),
    },
    sampling: {
      controlsPerCase: settings.controlsPerCase,
      ageWithinYears: settings.ageWithinYears,
      matchedBy: ['sex', 'modality', 'scanner'],
      splits: `train ${percent(train)}, tune ${percent(tune)}, test ${percent(1 - train - tune)} of the cases`,
    },
    counts: {
      messages: heap.messages,
      reports: heap.size,
      byRole: roles.byRole,
      excluded: { ...(heap.unusable > 0 ? { 'no-usable-report': heap.unusable } : {}), ...roles.excluded },
      imagesNotTaken: sumOf(plan.notTaken, refused),
      casesWithoutControl: plan.matched.filter((one) => one.controls.length === 0).length,
    },
    studies,
  };
}

function sumOf(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const sum: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}
