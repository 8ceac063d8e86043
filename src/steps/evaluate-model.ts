/** Measures labelled scans with the server's own pipeline and lays each vertebra beside its truth (rung f of the model card). */
import type { StudyFinding } from '#src/case/finding.ts';
import type { SeriesChoice } from '#src/case/study.ts';
import { GiveUp } from '#src/lib/errors.ts';
import { lossAgreement, type ScoredVertebra } from '#src/measure/score-evaluation.ts';
import { type Scores, scoresOf } from '#src/measure/score-patients.ts';
import type { FractureModel, LabelledScan, LabelledTruth } from '#src/ports.ts';
import { gradeStudy } from '#src/rules/grade-study.ts';

export interface EvaluatePorts {
  readonly scans: AsyncIterable<LabelledScan>;
  readonly model: FractureModel;
}

export interface Evaluation {
  readonly rows: readonly ScoredVertebra[];
  readonly scores: Scores;
  /** Measured less labelled raw loss (1 - min(Ha, Hm) / Hp); null without six points. */
  readonly rawLoss: ReturnType<typeof lossAgreement>;
  /** Distances of measured and labelled points, mm; empty without points. */
  readonly landmarkMm: readonly number[];
  /** Bodies that were measured where the labels have none. */
  readonly invented: number;
  /** Scans whose labels have no places: compared by the vertebra's name, so a wrong name is a miss and nothing can be called invented. */
  readonly namesOnly: readonly string[];
  /** Scans that the pipeline could not measure at all, with the reason. */
  readonly failed: readonly { readonly scan: string; readonly because: string }[];
}

function find(finding: StudyFinding, scan: LabelledScan, truth: LabelledTruth): StudyFinding['vertebrae'][number] | undefined {
  const { levelAt } = scan;
  if (levelAt === null) return finding.vertebrae.find((vertebra) => vertebra.level === truth.level);
  return finding.vertebrae.find((vertebra) => vertebra.centreLps !== null && levelAt(vertebra.centreLps) === truth.level);
}

function toRow(scan: LabelledScan, truth: LabelledTruth, finding: StudyFinding | null): ScoredVertebra {
  const seen = finding ? find(finding, scan, truth) : undefined;
  const isAnswered = seen !== undefined && seen.state !== 'not_evaluable';
  const measured = seen && {
    level: seen.level,
    grade: isAnswered ? seen.grade : null,
    loss: seen.loss?.raw ?? null,
    probability: seen.probability?.[1] ?? null,
    sd: seen.loss?.sd ?? null,
  };
  return {
    patient: scan.patient,
    truthLevel: truth.level,
    truthGrade: truth.grade,
    truthLoss: truth.rawLoss,
    measured: measured ?? null,
    groups: scan.groups,
  };
}

function distances(scan: LabelledScan, truth: LabelledTruth, finding: StudyFinding): number[] {
  const seen = find(finding, scan, truth);
  if (!seen || !truth.points) return [];
  return seen.landmarks.flatMap(({ name, lps }) => {
    const labelled = truth.points?.[name];
    return labelled && lps ? [Math.hypot(labelled[0] - lps[0], labelled[1] - lps[1], labelled[2] - lps[2])] : [];
  });
}

async function measure(scan: LabelledScan, model: FractureModel, signal: AbortSignal): Promise<StudyFinding> {
  const output = await model.measure(scan.images, signal);
  const modality = scan.images.kind === 'volume' ? scan.images.volume.modality : scan.images.picture.modality;
  const isCt = scan.images.kind === 'volume' && scan.images.volume.quantity === 'HU';
  const choice = { modality, kernel: [], kvp: null, contrast: false } as unknown as SeriesChoice;
  const sliceSpacingMm = isCt && scan.images.kind === 'volume' ? scan.images.volume.sliceSpacingMm : null;
  const who = { models: model.identities(), executionProvider: model.executionProvider(), studyInstanceUid: scan.scan, studyDate: null };
  return gradeStudy(output, { sex: scan.sex, choice, sliceSpacingMm, ...who });
}

/** A scan whose measurement fails (GiveUp) counts: its vertebrae are missed. TryLater and bugs pass through. */
export async function evaluateModel(
  ports: EvaluatePorts,
  signal: AbortSignal,
  progress: (scan: string) => void = () => undefined,
): Promise<Evaluation> {
  const rows: ScoredVertebra[] = [];
  const landmarkMm: number[] = [];
  const failed: { scan: string; because: string }[] = [];
  const namesOnly: string[] = [];
  let invented = 0;
  for await (const scan of ports.scans) {
    progress(scan.scan);
    let finding: StudyFinding | null = null;
    try {
      finding = await measure(scan, ports.model, signal);
      if (finding.state === 'cannot-say') failed.push({ scan: scan.scan, because: finding.detail });
    } catch (error) {
      if (!(error instanceof GiveUp)) throw error;
      failed.push({ scan: scan.scan, because: error.message });
    }
    rows.push(...scan.truths.map((truth) => toRow(scan, truth, finding)));
    if (finding === null) continue;
    const measured = finding;
    landmarkMm.push(...scan.truths.flatMap((truth) => distances(scan, truth, measured)));
    const { levelAt } = scan;
    if (levelAt === null) namesOnly.push(scan.scan);
    else invented += measured.vertebrae.filter((vertebra) => vertebra.centreLps !== null && levelAt(vertebra.centreLps) === null).length;
  }
  return { rows, scores: scoresOf(rows), rawLoss: lossAgreement(rows), landmarkMm, invented, namesOnly, failed };
}
