/** One volume through the server's own pipeline and rules, as the step does it. */
import type { StudyFinding } from '#src/case/finding.ts';
import type { SeriesChoice } from '#src/case/study.ts';
import type { PointLps, Sex, Vertebra } from '#src/case/vertebra.ts';
import type { Volume } from '#src/case/volume.ts';
import type { FractureModel, ModelOutput } from '#src/ports.ts';
import { gradeStudy } from '#src/rules/grade-study.ts';

export async function runVolume(model: FractureModel, volume: Volume, sex: Sex): Promise<{ output: ModelOutput; finding: StudyFinding }> {
  const output = await model.measure({ kind: 'volume', volume }, new AbortController().signal);
  const choice = { modality: volume.modality, kernel: [], kvp: null, contrast: false } as unknown as SeriesChoice;
  const finding = gradeStudy(output, {
    sex,
    choice,
    studyInstanceUid: '2.25.1',
    studyDate: null,
    models: model.identities(),
    executionProvider: model.executionProvider(),
    sliceSpacingMm: volume.quantity === 'HU' ? volume.sliceSpacingMm : null,
  });
  return { output, finding };
}

export const far = (a: readonly number[], b: readonly number[]): number => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!);

/** The measured body whose centre is nearest to a point, if within `mm`. */
export function nearest(vertebrae: readonly Vertebra[], point: PointLps, mm: number): Vertebra | undefined {
  const placed = vertebrae.filter((vertebra) => vertebra.centreLps !== null);
  if (placed.length === 0) return undefined;
  const best = placed.reduce((a, b) => (far(b.centreLps!, point) < far(a.centreLps!, point) ? b : a));
  return far(best.centreLps!, point) <= mm ? best : undefined;
}
