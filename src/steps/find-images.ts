/** Step: find the examination's study in the archive and choose the series to measure. Waits for images that are not there yet. */
import type { Case } from '#src/case/case.ts';
import type { CannotSay, CannotSayReason } from '#src/case/finding.ts';
import { accession } from '#src/case/ids.ts';
import type { SeriesSummary, StudySummary } from '#src/case/study.ts';
import { GiveUp, TryLater } from '#src/lib/errors.ts';
import type { Clock, ImageArchive, StepResult } from '#src/ports.ts';
import { matchStudy } from '#src/rules/match-study.ts';
import { type PriorPick, pickPrior, priorWords } from '#src/rules/pick-prior.ts';
import { pickSeries, type SeriesPick } from '#src/rules/pick-series.ts';

export interface FindImagesPorts {
  readonly archive: ImageArchive;
  readonly clock: Clock;
}
export interface FindImagesSettings {
  /** Images may come after the report: after this many hours the answer is "cannot say". */
  readonly giveUpAfterHours: number;
  /** Choose by a sample of the headers of long series; whoever reads them then proves each slice. */
  readonly bySample?: boolean;
}

const MINUTE_MS = 60_000;
/** How long to wait before the next look, by the age of the case: most images come within minutes, the rest with the night's transfers. */
const LOOK_AGAIN: readonly (readonly [untilAgeMs: number, waitMs: number])[] = [
  [15 * MINUTE_MS, MINUTE_MS],
  [60 * MINUTE_MS, 5 * MINUTE_MS],
  [6 * 60 * MINUTE_MS, 20 * MINUTE_MS],
  [Number.POSITIVE_INFINITY, 60 * MINUTE_MS],
];

export async function findImages(subject: Case, ports: FindImagesPorts, settings: FindImagesSettings): Promise<StepResult> {
  try {
    return await lookForImages(subject, ports, settings);
  } catch (error) {
    // An archive that will never answer this is no reason to drop the case: the report still counts, the images cannot be read.
    if (error instanceof GiveUp) return cannotSay('archive-failed', `${error.message} (${error.code})`);
    throw error;
  }
}

async function lookForImages(subject: Case, ports: FindImagesPorts, settings: FindImagesSettings): Promise<StepResult> {
  const { report } = subject.facts;
  const ageMs = ports.clock.now().getTime() - Date.parse(subject.createdAt);
  const isTooOld = ageMs > settings.giveUpAfterHours * 60 * MINUTE_MS;
  const match = matchStudy(report, await search(subject, ports.archive));
  if (match.kind === 'patient-mismatch')
    return { to: 'parked', facts: { stopped: { code: 'PATIENT_MISMATCH', text: match.because.join('; ') } }, detail: match.because.join('; ') };
  if (match.kind === 'ambiguous') return cannotSay('images-ambiguous', match.because.join('; '));
  if (match.kind === 'none') {
    if (!hasKey(subject)) return cannotSay('images-not-found', 'the report has neither an accession number nor a Study Instance UID');
    if (isTooOld) return cannotSay('images-not-found', `no images in the archive after ${settings.giveUpAfterHours} hours`);
    throw notYet('the images are not in the archive yet', ageMs);
  }
  const looking = earlier(match.study, ports.archive);
  // Waited for below, whatever becomes of the series.
  looking.catch(() => undefined);
  const bySample = settings.bySample === true && subject.facts.allHeaders !== true;
  const { series, pick } = await choose(match.study, ports.archive, bySample);
  if (!isTooOld && series.some(isArriving)) throw notYet('the images are still arriving in the archive', ageMs);
  if (pick.ok) {
    const { prior, because } = await looking;
    const detail = [pick.choice.because[0], ...match.because, prior ? priorWords(prior) : because[0]].join('; ');
    return { to: 'located', facts: { study: match.study, choice: pick.choice, prior }, detail };
  }
  // A study that holds no picture at all (a report or a protocol came first) may still get its pictures.
  if (!isTooOld && series.every((one) => one.instances.length === 0)) throw notYet('the study has no pictures yet', ageMs);
  return { ...cannotSay('no-usable-series', `${pick.text}: ${reasons(pick.rejected)}`, match.study) };
}

/** By UID where the report has one, else by each accession candidate in the source's order until one finds something. */
async function search(subject: Case, archive: ImageArchive): Promise<readonly StudySummary[]> {
  const { report } = subject.facts;
  if (report.studyInstanceUid) {
    const found = await archive.findStudies({ studyInstanceUid: report.studyInstanceUid });
    if (found.length > 0) return found;
  }
  for (const candidate of accessions(subject)) {
    const found = await archive.findStudies({ accession: candidate });
    if (found.length > 0) return found;
  }
  return [];
}

/** A sample may choose a series, which then has to prove itself when it is read. That there is none to choose is said of all headers only. */
async function choose(
  study: StudySummary,
  archive: ImageArchive,
  bySample: boolean,
): Promise<{ series: readonly SeriesSummary[]; pick: SeriesPick }> {
  const series = await archive.describeSeries(study.studyInstanceUid, { bySample });
  const pick = pickSeries(series, study);
  return pick.ok || !series.some((one) => one.stack) ? { series, pick } : await choose(study, archive, false);
}

/** An earlier study is a courtesy: an archive that does not answer this question stops no case. */
async function earlier(study: StudySummary, archive: ImageArchive): Promise<PriorPick> {
  if (study.studyDate === null) return pickPrior(study, []);
  try {
    return pickPrior(study, await archive.earlierStudies({ patientId: study.patientId, before: study.studyDate }));
  } catch (error) {
    if (!(error instanceof TryLater || error instanceof GiveUp)) throw error;
    return { prior: null, because: [`earlier studies are not known (${error.code})`] };
  }
}

function accessions(subject: Case) {
  const { report } = subject.facts;
  const values = [report.accession ?? '', ...report.accessionCandidates.map((candidate) => candidate.value)];
  return [...new Set(values.map(accession).filter((value) => value !== undefined))];
}

function hasKey(subject: Case): boolean {
  return subject.facts.report.studyInstanceUid !== null || accessions(subject).length > 0;
}

/** The archive counts more instances than it describes, or fewer: it is being written to. */
function isArriving(series: SeriesSummary): boolean {
  return !series.stack && series.instances.length > 0 && series.instanceCount !== null && series.instanceCount !== series.instances.length;
}

function notYet(text: string, ageMs: number): TryLater {
  const retryAfterMs = LOOK_AGAIN.find(([untilAgeMs]) => ageMs < untilAgeMs)![1];
  return new TryLater(text, { code: 'DICOMWEB_NOT_YET', phase: 'answer', retryAfterMs });
}

function cannotSay(reason: CannotSayReason, detail: string, study: StudySummary | null = null): StepResult {
  const finding: CannotSay = { state: 'cannot-say', reason, detail, vertebrae: [], models: [] };
  // What an earlier run laid beside another measurement goes with that measurement.
  return { to: 'measured', facts: { finding, study, choice: null, prior: null, sincePrior: null }, detail };
}

function reasons(rejected: readonly { readonly because: string }[]): string {
  return [...new Set(rejected.map((series) => series.because))].join('; ') || 'no series';
}
