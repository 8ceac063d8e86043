/** Reads the chosen images, measures the vertebrae, grades them and draws the straightened picture. Whatever cannot be said is told with its reason, never as "no fracture". */
import type { Case } from '#src/case/case.ts';
import type { CannotSay, CannotSayReason, StudyFinding } from '#src/case/finding.ts';
import type { SeriesChoice } from '#src/case/study.ts';
import type { Slice, SpineImages } from '#src/case/volume.ts';
import { AskAHuman, GiveUp, TryLater } from '#src/lib/errors.ts';
import { assemblePicture } from '#src/measure/assemble-picture.ts';
import { assembleVolume } from '#src/measure/assemble-volume.ts';
import type { Artifact, FractureModel, ImageArchive, KeyImagePainter, ModelOutput, StepResult } from '#src/ports.ts';
import { gradeStudy } from '#src/rules/grade-study.ts';
import { isVolumeUsable } from '#src/rules/is-volume-usable.ts';

export interface FindFracturesPorts {
  readonly archive: Pick<ImageArchive, 'readSlices' | 'release'>;
  readonly model: FractureModel;
  readonly painter: Pick<KeyImagePainter, 'paintStrip'>;
}

export interface FindFracturesSettings {
  readonly signal?: AbortSignal;
  /** `done` of `of`: the worker tells only some of them, each is a message in the database. */
  readonly progress?: (stage: string, done?: number, of?: number) => void;
  /** Vertebrae that must be evaluable for the study to speak. */
  readonly minVertebrae?: number;
}

type Images =
  | { readonly ok: true; readonly images: SpineImages; readonly sliceSpacingMm: number | null; readonly notes: readonly string[] }
  | { readonly ok: false; readonly because: CannotSay };

const cannotSay = (reason: CannotSayReason, detail: string, model: FractureModel): CannotSay => ({
  state: 'cannot-say',
  reason,
  detail,
  vertebrae: [],
  models: model.identities(),
});

function assemble(slices: readonly Slice[], choice: SeriesChoice, model: FractureModel): Images {
  const fail = (text: string): Images => ({ ok: false, because: cannotSay('volume-unusable', text, model) });
  if (choice.kind === 'xray-lateral') {
    const [slice] = slices;
    if (!slice) return fail('the picture could not be read');
    const assembled = assemblePicture(slice, choice.modality);
    if (!assembled.ok) return fail(assembled.text);
    return { ok: true, images: { kind: 'picture', picture: assembled.picture }, sliceSpacingMm: null, notes: [] };
  }
  const assembled = assembleVolume(slices, choice.modality);
  if (!assembled.ok) return fail(assembled.text);
  const { volume } = assembled;
  const usability = isVolumeUsable(volume);
  if (!usability.usable) return fail(usability.text);
  // MR is read within its slices, so the limit on their distance is one of CT.
  const sliceSpacingMm = volume.quantity === 'HU' ? volume.sliceSpacingMm : null;
  return { ok: true, images: { kind: 'volume', volume }, sliceSpacingMm, notes: usability.notes };
}

const UNDECODABLE = /DECODE|PIXEL_FORMAT|TRANSFER_SYNTAX|NOT_DICOM|TRUNCATED/;

function reasonFor(code: string): CannotSayReason {
  if (code === 'MODEL_NOT_FOR_IMAGES') return 'model-abstained';
  if (code.startsWith('MODEL_')) return 'model-failed';
  return UNDECODABLE.test(code) ? 'decode-failed' : 'archive-failed';
}

/** A fault of the images or the model as a finding; TryLater (archive down, measurement stopped) and plain bugs go on. */
function asFinding(error: unknown, model: FractureModel): CannotSay {
  if (!(error instanceof GiveUp)) throw error;
  return cannotSay(reasonFor(error.code), error.message, model);
}

/** What this model says of the chosen images. Throws AskAHuman when none were chosen; TryLater passes through. */
export async function measureChoice(
  subject: Case,
  ports: Omit<FindFracturesPorts, 'painter'>,
  settings: FindFracturesSettings,
): Promise<{ finding: StudyFinding; output: ModelOutput | null; choice: SeriesChoice }> {
  const { report, study } = subject.facts;
  let { choice } = subject.facts;
  const { archive, model } = ports;
  if (choice === null || study === null)
    throw new AskAHuman('no images were chosen for this case', { code: 'FIND_FRACTURES_NO_CHOICE', phase: 'compute' });
  try {
    const slices = await archive.readSlices(study.studyInstanceUid, choice, (read, of) => settings.progress?.('reading pictures', read, of));
    choice = withItsInstances(choice, slices);
    const assembled = assemble(slices, choice, model);
    if (!assembled.ok) return { finding: assembled.because, output: null, choice };
    const seen = await model.measure(assembled.images, settings.signal ?? new AbortController().signal, settings.progress);
    // Only here: after a fault, somebody stopped in the middle may still be reading them.
    archive.release?.(slices);
    const output = { ...seen, notes: [...assembled.notes, ...seen.notes] };
    const finding = gradeStudy(output, {
      sex: report.patient.sex,
      choice,
      studyInstanceUid: study.studyInstanceUid,
      studyDate: study.studyDate,
      models: model.identities(),
      executionProvider: model.executionProvider(),
      sliceSpacingMm: assembled.sliceSpacingMm,
      ...(settings.minVertebrae === undefined ? {} : { minVertebrae: settings.minVertebrae }),
    });
    return { finding, output, choice };
  } catch (error) {
    // What spoils a series chosen by a sample may be an instance that a choice by all headers leaves out.
    if (choice.stack && error instanceof GiveUp) throw new TryLater(error.message, { code: 'DICOMWEB_NOT_AS_SAMPLED', phase: 'parse', cause: error });
    return { finding: asFinding(error, model), output: null, choice };
  }
}

/** A series chosen by a sample: now every instance of it is known, and lies where the sample foretold. */
function withItsInstances({ stack, ...choice }: SeriesChoice, slices: readonly Slice[]): SeriesChoice {
  return stack ? { ...choice, sopInstanceUids: slices.map((slice) => slice.sopInstanceUid) } : choice;
}

function summary(finding: StudyFinding): string {
  if (finding.state === 'cannot-say') return `cannot say: ${finding.reason}`;
  const broken = finding.vertebrae.filter((vertebra) => (vertebra.grade ?? 0) > 0);
  const words = broken.map((vertebra) => `${vertebra.levelText} grade ${vertebra.gradeText}${vertebra.state === 'graded' ? '' : ' (not sure)'}`);
  const seen = `${finding.levelsAssessed.length} vertebrae assessed`;
  return words.length > 0 ? `${seen}: ${words.join(', ')}` : `${seen}: none with a loss of 20 % or more`;
}

/**
 * Throws AskAHuman when no images were chosen before, and lets the archive's TryLater through. Everything else that goes wrong becomes a finding
 * "cannot say", so that the rules decide what happens to the case.
 */
export async function findFractures(subject: Case, ports: FindFracturesPorts, settings: FindFracturesSettings = {}): Promise<StepResult> {
  const { finding, output, choice } = await measureChoice(subject, ports, settings);
  if (output === null || output.picture.rows === 0) return { to: 'measured', facts: { finding, choice }, artifacts: [], detail: summary(finding) };
  const { columns, rows, mmPerPixel } = output.picture;
  const pictured: StudyFinding = finding.state === 'measured' ? finding : { ...finding, picture: { columns, rows, mmPerPixel } };
  const artifacts: Artifact[] = [await ports.painter.paintStrip(output)];
  return { to: 'measured', facts: { finding: pictured, choice }, artifacts, detail: summary(finding) };
}
