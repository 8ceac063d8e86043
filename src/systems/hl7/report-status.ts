/** The status of a report from OBR-25 (table 0123), else OBX-11 (table 0085), else ORC-5 (table 0038), in codes and in words. Pure. Never guesses "final". */
import type { ReportStatus } from '#src/case/report.ts';
import { component, field, segmentsNamed, value } from './fields.ts';
import type { ParsedMessage, Segment } from './message.ts';
import type { SourceProfile } from './source-profile.ts';

const WORDS: readonly (readonly [RegExp, ReportStatus])[] = [
  [/^(f|final|finali[sz]ed|final result|signed|verified|complete[d]? final|authenticated)$/, 'final'],
  [/^(p|r|a|i|s|m|o|prelim|preliminary|wet read|wet|draft|dictated|transcribed|in progress|unverified|partial|results stored)$/, 'preliminary'],
  [/^(c|corrected|correction|amended|revised|final corrected)$/, 'corrected'],
  [/^(addendum|addended|adden|final addendum|addendum signed)$/, 'addendum'],
  [/^(x|cancell?ed|cancel|deleted|d|w|wrong|ca|dc|discontinued)$/, 'cancelled'],
];

/** Senders use a handful of words, and each report brings one. */
const MOST_WORDS_KEPT = 200;
const KNOWN = new Map<string, ReportStatus>();

function builtIn(text: string): ReportStatus {
  const known = KNOWN.get(text);
  if (known) return known;
  const found = WORDS.find(([pattern]) => pattern.test(text))?.[1] ?? 'unknown';
  if (KNOWN.size < MOST_WORDS_KEPT) KNOWN.set(text, found);
  return found;
}

/** Unknown when the word is in no table: the flow then treats it as not final. */
function statusOf(word: string, profile: SourceProfile): ReportStatus | null {
  const text = word
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');
  if (text === '') return null;
  const own = Object.entries(profile.statusWords).find(([key]) => key.toLowerCase() === text);
  if (own) return own[1];
  return builtIn(text);
}

/** Least finished first: of several statuses the first one here counts. */
const WORST: readonly ReportStatus[] = ['preliminary', 'unknown', 'corrected', 'addendum', 'final', 'cancelled'];

function worst(found: readonly (ReportStatus | null)[]): ReportStatus | null {
  return WORST.find((status) => found.includes(status)) ?? null;
}

/** OBX-11: order detail only, not asked: rows that have no result and so no say. */
const NO_RESULT = /^[ON]$/i;

/** ORC-5 says how far the ORDER is: only a spelled-out report word or F/C/P is taken from it, never CM (completed). */
function statusOfOrder(word: string, profile: SourceProfile): ReportStatus | null {
  const text = word.trim().toUpperCase();
  return ['CM', 'ER', 'HD', 'IP', 'RP', 'SC', 'A'].includes(text) && !(text.toLowerCase() in profile.statusWords) ? null : statusOf(word, profile);
}

/** `rows` are the text rows of the report, asked for only when the orders say nothing; rows that were withdrawn (D, W) do not count unless all are. */
export function reportStatus(
  message: ParsedMessage,
  orders: readonly Segment[],
  rows: () => readonly Segment[],
  profile: SourceProfile,
): ReportStatus {
  const { delimiters } = message;
  const first = (raw: string): string => value(component(raw, 1, delimiters), delimiters);
  const byOrder = worst(orders.map((order) => statusOf(first(field(order, 25)), profile)));
  if (byOrder) return byOrder;
  const ofRows = rows()
    .map((row) => first(field(row, 11)))
    .map((word) => (NO_RESULT.test(word) ? null : statusOf(word, profile)));
  const live = ofRows.filter((status) => status !== 'cancelled');
  const byRow = worst(live.length > 0 ? live : ofRows);
  if (byRow) return byRow;
  return worst(segmentsNamed(message, 'ORC').map((order) => statusOfOrder(first(field(order, 5)), profile))) ?? 'unknown';
}
