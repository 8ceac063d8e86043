/** A choice of series that did not hold when its images were read is made again: a few times, then nothing can be said of the images. */
import type { Case } from '#src/case/case.ts';
import type { CannotSay } from '#src/case/finding.ts';
import { TryLater } from '#src/lib/errors.ts';
import type { StepResult } from '#src/ports.ts';

/** Images that arrived after the series was chosen, or a sample of them that told too little. */
const STALE_CHOICE: ReadonlySet<string> = new Set(['DICOMWEB_SERIES_CHANGED', 'DICOMWEB_COUNT_MISMATCH', 'DICOMWEB_NOT_AS_SAMPLED']);

/** find-images waits while a study arrives, so this many are used up by an archive that counts other instances than it sends, and by nothing else. */
export const MOST_CHOICES = 6;

/** The step's own result, or the way back to find-images, which then asks for all headers. Other faults pass through. */
export async function withFreshChoice(subject: Case, measuring: Promise<StepResult>): Promise<StepResult> {
  const { chosenAgain = 0 } = subject.facts;
  try {
    const result = await measuring;
    return chosenAgain > 0 ? { ...result, facts: { ...result.facts, chosenAgain: 0 } } : result;
  } catch (error) {
    if (!(error instanceof TryLater) || !STALE_CHOICE.has(error.code)) throw error;
    if (chosenAgain + 1 < MOST_CHOICES)
      return {
        to: 'read',
        facts: { choice: null, allHeaders: true, chosenAgain: chosenAgain + 1 },
        detail: `${error.code}: the series is chosen again`,
      };
    const detail = `the series was chosen ${MOST_CHOICES} times and never was what the archive had described (${error.code}: ${error.message})`;
    const finding: CannotSay = { state: 'cannot-say', reason: 'archive-failed', detail, vertebrae: [], models: [] };
    return { to: 'measured', facts: { finding, choice: null, prior: null, sincePrior: null, chosenAgain: 0 }, detail };
  }
}
