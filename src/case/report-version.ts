/** What a newer message about the same examination does to the report that we hold: replace it, or stand aside. Pure. */
import { canonicalJson } from './canonical-json.ts';
import { hasReportText } from './has-report-text.ts';
import type { Report, ReportStatus } from './report.ts';

export type ReportVersionMove =
  | {
      readonly kind: 'replace';
      /** The report to go on with: `next`, with flags, and for a bare addendum with the text it adds to. */
      readonly report: Report;
      readonly because: 'signed' | 'newer' | 'cancelled';
      readonly textShrank: boolean;
    }
  | { readonly kind: 'ignore'; readonly because: 'late-preliminary' | 'older'; readonly textShrank: boolean }
  /** Nothing that anyone reads has changed. */
  | { readonly kind: 'same' };

/** A text that lost more than this share of its characters has shrunk: perhaps only a part was sent. */
const SHRUNK_SHARE = 0.2;

/** The words are those of an earlier version: what the correction or addendum changed stands in a document that cannot be read. */
export const CORRECTION_NOT_READ = 'correction-not-read';

const SIGNED: readonly ReportStatus[] = ['final', 'corrected', 'addendum'];

function isSigned(report: Report): boolean {
  return SIGNED.includes(report.status);
}

/**
 * Signed beats unsigned, later beats earlier, and without a later time a correction or addendum is not undone by the final it
 * corrects. A preliminary (or a status that we don't know) never replaces a signed report; a cancellation does.
 */
export function reportVersionMove(previous: Report, next: Report): ReportVersionMove {
  if (isSameReport(previous, next)) return { kind: 'same' };
  const textShrank = next.text.length < previous.text.length * (1 - SHRUNK_SHARE);
  const order = compareTimes(previous.reportedAt, next.reportedAt);
  if (isSigned(previous) && !isSigned(next) && next.status !== 'cancelled') return { kind: 'ignore', because: 'late-preliminary', textShrank };
  if (isSigned(previous) || !isSigned(next)) {
    const undoesCorrection = previous.status !== 'final' && isSigned(previous) && next.status === 'final';
    if (order === 'earlier' || (order !== 'later' && undoesCorrection)) {
      const bringsWords = isSigned(previous) && isSigned(next) && !hasReportText(previous) && hasReportText(next);
      if (bringsWords) return { kind: 'replace', report: withWordsOf(next, previous), because: 'newer', textShrank };
      return { kind: 'ignore', because: 'older', textShrank };
    }
  }
  const because = next.status === 'cancelled' ? 'cancelled' : isSigned(next) && !isSigned(previous) ? 'signed' : 'newer';
  return { kind: 'replace', report: carriedOn(previous, next, textShrank), because, textShrank };
}

function isSameReport(a: Report, b: Report): boolean {
  const telling = (report: Report): string =>
    canonicalJson([
      report.status,
      report.text,
      report.accession,
      report.studyInstanceUid,
      report.patient,
      report.author,
      report.orderer,
      report.procedure,
    ]);
  return telling(a) === telling(b);
}

function carriedOn(previous: Report, next: Report, textShrank: boolean): Report {
  if (isSigned(previous) && isSigned(next) && !hasReportText(next) && hasReportText(previous)) return withWordsOf(previous, next);
  const isBareAddendum = next.status === 'addendum' && textShrank && !contains(next.text, previous.text);
  const flags = new Set(next.flags);
  if (textShrank) flags.add('text-shrank');
  if (isBareAddendum) flags.add('addendum-joined');
  if (previous.procedure && next.procedure && previous.procedure.code !== next.procedure.code) flags.add('procedure-changed');
  return { ...next, text: isBareAddendum ? joined(previous.text, next.text) : next.text, flags: [...flags] };
}

/**
 * A version whose words are only in a document does not wipe out the words that we hold: most are the same report once more, as a PDF. A correction
 * or addendum of that kind may say more, so it is flagged: then silence and denial of the earlier text are not taken for its own.
 */
function withWordsOf(worded: Report, later: Report): Report {
  const flags = new Set([...later.flags, 'text-of-earlier-version']);
  if (later.status !== 'final' || worded.flags.includes(CORRECTION_NOT_READ)) flags.add(CORRECTION_NOT_READ);
  return { ...later, text: worded.text, flags: [...flags] };
}

function joined(body: string, addendum: string): string {
  return /^\W*addend/i.test(addendum) ? `${body}\n\n${addendum}` : `${body}\n\nADDENDUM:\n${addendum}`;
}

function contains(text: string, part: string): boolean {
  const bare = (words: string): string => words.replace(/\s+/g, ' ').trim();
  return bare(text).includes(bare(part));
}

type Order = 'earlier' | 'same' | 'later' | 'unknown';

/** `next` against `previous`, ISO 8601 with offset. */
function compareTimes(previous: string | null, next: string | null): Order {
  const [a, b] = [previous === null ? null : secondsOf(previous), next === null ? null : secondsOf(next)];
  if (a === null || b === null) return 'unknown';
  return b === a ? 'same' : b < a ? 'earlier' : 'later';
}

/** Seconds since 1 March 0000 of the proleptic Gregorian calendar, in UTC; null for another form. */
function secondsOf(iso: string): number | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:Z|([+-])(\d{2}):(\d{2}))$/.exec(iso);
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const fromMarch = (month + 9) % 12;
  const years = year - (month <= 2 ? 1 : 0);
  const days =
    365 * years + Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400) + Math.floor((153 * fromMarch + 2) / 5) + day - 1;
  const offsetMinutes = (found[7] === '-' ? -1 : 1) * (Number(found[8] ?? 0) * 60 + Number(found[9] ?? 0));
  return days * 86_400 + hour * 3600 + (minute - offsetMinutes) * 60 + second;
}
