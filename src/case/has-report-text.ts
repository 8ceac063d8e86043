/** Has a report words of its own? One whose words are in a document (PDF, RTF, a scan) says nothing that can be read, which is not the same as silence. */
import type { Report } from './report.ts';

/** "See attached report.", "Please refer to the scanned document." and nothing else. */
const POINTER = /^(?:please )?(?:see|refer to)(?: the| this)? (?:attached|attachment|scanned|enclosed|separate|accompanying|pdf)\b[^.]{0,60}\.?$/i;

export function hasReportText({ text }: Pick<Report, 'text'>): boolean {
  return /[\p{L}\p{N}]/u.test(text) && !POINTER.test(text.trim());
}
