/** The status of a report from OBR-25 (table 0123), else OBX-11 (table 0085), else ORC-5 (table 0038), in codes and in words. Pure. Never guesses "final". */
import type { ReportStatus } from '#src/case/report.ts';
import { segmentsNamed, valueAt } from './fields.ts';
import type { ParsedMessage, Segment } from './message.ts';
import type { Observation } from './observation-rows.ts';
import type { SourceProfile } from './source-profile.ts';

/** Small letters, one space between words. */
const WORDS: Readonly<Record<Exclude<ReportStatus, 'unknown'>, string>> = {
  final: 'f, final, finalised, finalized, final result, signed, verified, complete final, completed final, authenticated',
  preliminary:
    'p, r, a, i, s, m, o, prelim, preliminary, wet read, wet, draft, dictated, transcribed, in progress, unverified, partial, results stored',
  corrected: 'c, corrected, correction, amended, revised, final corrected',
  addendum: 'addendum, addended, adden, final addendum, addendum signed',
  cancelled: 'x, canceled, cancelled, cancel, deleted, d, w, wrong, ca, dc, discontinued',
};

type Words = ReadonlyMap<string, ReportStatus>;
const BUILT_IN: Words = new Map(Object.entries(WORDS).flatMap(([status, words]) => words.split(', ').map((word) => [word, status as ReportStatus])));

/** A source's own words, read once. */
const OWN = new WeakMap<SourceProfile, Words>();

function ownWords(profile: SourceProfile): Words {
  const known = OWN.get(profile);
  if (known) return known;
  // Of two spellings of one word the first counts.
  const words = new Map(
    Object.entries(profile.statusWords)
      .map(([word, status]) => [word.toLowerCase(), status] as const)
      .reverse(),
  );
  OWN.set(profile, words);
  return words;
}

const SPACING = /[\s_-]+/g;

/** Unknown when the word is in no table: the flow then treats it as not final. */
function statusOf(word: string, profile: SourceProfile): ReportStatus | null {
  const text = word.trim().toLowerCase().replace(SPACING, ' ');
  if (text === '') return null;
  return ownWords(profile).get(text) ?? BUILT_IN.get(text) ?? 'unknown';
}

/** Least finished first: of several statuses the first one here counts. */
const WORST: readonly ReportStatus[] = ['preliminary', 'unknown', 'corrected', 'addendum', 'final', 'cancelled'];

function worst(found: readonly (ReportStatus | null)[]): ReportStatus | null {
  let least = WORST.length;
  for (const status of found) if (status !== null) least = Math.min(least, WORST.indexOf(status));
  return WORST[least] ?? null;
}

/** OBX-11: order detail only, not asked: rows that have no result and so no say. */
const NO_RESULT = /^[ON]$/i;

/** ORC-5 says how far the ORDER is: only a spelled-out report word or F/C/P is taken from it, never CM (completed). */
function statusOfOrder(word: string, profile: SourceProfile): ReportStatus | null {
  const text = word.trim().toUpperCase();
  return ['CM', 'ER', 'HD', 'IP', 'RP', 'SC', 'A'].includes(text) && !(text.toLowerCase() in profile.statusWords) ? null : statusOf(word, profile);
}

/** Rows whose status is the report's: not links, documents or the row that names the study (its OBX-11 is O, "order detail only"). */
function isText({ kind }: Observation): boolean {
  return kind.type !== 'RP' && kind.type !== 'ED' && !kind.isStudyUid;
}

/** `rows` are the report's, and asked only when the orders say nothing; those that were withdrawn (D, W) do not count unless all are. */
export function reportStatus(message: ParsedMessage, orders: readonly Segment[], rows: readonly Observation[], profile: SourceProfile): ReportStatus {
  const first = (segment: Segment | undefined, number: number): string => valueAt(segment, number, 1, message.delimiters);
  const byOrder = worst(orders.map((order) => statusOf(first(order, 25), profile)));
  if (byOrder) return byOrder;
  const ofRows = rows
    .filter(isText)
    .map((alike) => first(alike.first, 11))
    .map((word) => (NO_RESULT.test(word) ? null : statusOf(word, profile)));
  const live = ofRows.filter((status) => status !== 'cancelled');
  const byRow = worst(live.length > 0 ? live : ofRows);
  if (byRow) return byRow;
  return worst(segmentsNamed(message, 'ORC').map((order) => statusOfOrder(first(order, 5), profile))) ?? 'unknown';
}
