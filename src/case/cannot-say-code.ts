/** The stable code of each cause of "cannot say", as a stopped case carries it: lists and the runbook group by it. */
import type { CannotSayReason } from './finding.ts';

const CODES: Readonly<Record<CannotSayReason, string>> = {
  'images-not-found': 'IMAGES_NOT_FOUND',
  'images-ambiguous': 'IMAGES_AMBIGUOUS',
  'no-usable-series': 'IMAGES_NO_SERIES',
  'volume-unusable': 'IMAGES_NO_VOLUME',
  'patient-mismatch': 'IMAGES_OF_ANOTHER_PATIENT',
  'archive-failed': 'IMAGES_ARCHIVE_FAILED',
  'decode-failed': 'IMAGES_UNDECODABLE',
  'too-few-vertebrae': 'IMAGES_TOO_FEW_VERTEBRAE',
  'model-failed': 'IMAGES_MODEL_FAILED',
  'model-abstained': 'IMAGES_MODEL_ABSTAINED',
  'study-level-only': 'IMAGES_STUDY_LEVEL_ONLY',
};

/** What the images are like, and not what failed: no fault that operations could mend. */
export const NOT_A_FAULT: ReadonlySet<string> = new Set([
  CODES['no-usable-series'],
  CODES['too-few-vertebrae'],
  CODES['model-abstained'],
  CODES['study-level-only'],
]);

/** Null: nothing was looked at, or nothing could be graded. */
export function cannotSayCode(reason: CannotSayReason | null): string {
  return reason === null ? 'IMAGES_CANNOT_SAY' : CODES[reason];
}
