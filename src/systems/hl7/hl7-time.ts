/** HL7 v2 times (DTM, chapter 2A.22: YYYY[MM[DD[HH[MM[SS[.S]]]]]][+/-ZZZZ]) to ISO 8601. Pure; the zone of a time without one is the source's. */

interface Dtm {
  /** Begins with `digits` digits: year, month, day, hour, minute, second, as many of them as were given. */
  readonly text: string;
  readonly digits: number;
  /** As ISO 8601 writes it; empty when not given. */
  readonly offset: string;
}

/** Looked at digit by digit: each report has four or five times. */
function readDtm(raw: string): Dtm | null {
  const text = raw.trim();
  const digits = digitsFrom(text, 0);
  if (digits < 4 || digits > 14 || digits % 2 === 1) return null;
  let end = digits;
  if (text.charAt(end) === '.') {
    const fraction = digitsFrom(text, end + 1);
    if (fraction < 1 || fraction > 4) return null;
    end += 1 + fraction;
  }
  if (end === text.length) return { text, digits, offset: '' };
  const sign = text.charAt(end);
  if ((sign !== '+' && sign !== '-') || text.length !== end + 5 || digitsFrom(text, end + 1) !== 4) return null;
  return { text, digits, offset: `${text.slice(end, end + 3)}:${text.slice(end + 3)}` };
}

/** How many digits stand there one after another. */
function digitsFrom(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at += 1;
  return at - start;
}

/** The number that stands in two digits; 0 where the text does not reach. */
function twoDigits({ text, digits }: Dtm, at: number): number {
  return at < digits ? (text.charCodeAt(at) - 0x30) * 10 + text.charCodeAt(at + 1) - 0x30 : 0;
}

function yearOf(time: Dtm): number {
  return twoDigits(time, 0) * 100 + twoDigits(time, 2);
}

/** YYYY-MM-DD, YYYY-MM or YYYY, as precise as it was given; null when it is no date. */
export function hl7Date(raw: string): string | null {
  const found = raw === '' ? null : readDtm(raw);
  return found === null ? null : dateOf(found);
}

function dateOf(time: Dtm): string | null {
  const { text } = time;
  const year = yearOf(time);
  const month = twoDigits(time, 4);
  const day = twoDigits(time, 6);
  if (year === 0) return null;
  if (month === 0) return text.slice(0, 4);
  if (!isDate(year, month, 1)) return null;
  if (day === 0) return `${text.slice(0, 4)}-${text.slice(4, 6)}`;
  return isDate(year, month, day) ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}` : null;
}

function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 ? (isLeap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31);
}

/**
 * ISO 8601 with an offset; null when there is not at least a whole date. Missing hours are midnight, as HL7 has it.
 * `timeZone` is an IANA name, for times that give no offset. An hour that the clocks skip or repeat takes the earlier offset.
 */
export function hl7Time(raw: string, timeZone: string): string | null {
  const found = raw === '' ? null : readDtm(raw);
  const date = found && dateOf(found);
  if (!found || !date || date.length !== 10) return null;
  const { text, digits } = found;
  if (twoDigits(found, 8) > 23 || twoDigits(found, 10) > 59 || twoDigits(found, 12) > 60) return null;
  const hour = digits > 8 ? text.slice(8, 10) : '00';
  const minute = digits > 10 ? text.slice(10, 12) : '00';
  const second = digits <= 12 ? '00' : twoDigits(found, 12) === 60 ? '59' : text.slice(12, 14);
  const local = `${date}T${hour}:${minute}:${second}`;
  return local + (found.offset || knownOffset(found, local, timeZone));
}

/** Local times without an offset, by zone and quarter of an hour: reports come with the same few over and over. */
const MOST_QUARTERS_KEPT = 10_000;
const QUARTERS = new Map<string, Map<number, string>>();

function knownOffset(time: Dtm, local: string, timeZone: string): string {
  const year = yearOf(time);
  if (year <= FIRST_EVEN_YEAR) return zoneOffset(local, timeZone);
  const day = (year * 13 + twoDigits(time, 4)) * 32 + twoDigits(time, 6);
  const quarter = (day * 24 + twoDigits(time, 8)) * 4 + Math.floor(twoDigits(time, 10) / 15);
  let known = QUARTERS.get(timeZone);
  if (!known || known.size >= MOST_QUARTERS_KEPT) QUARTERS.set(timeZone, (known = new Map()));
  const held = known.get(quarter);
  if (held !== undefined) return held;
  const found = zoneOffset(local, timeZone);
  known.set(quarter, found);
  return found;
}

/** "+01:00" for a local time in a zone. */
function zoneOffset(local: string, timeZone: string): string {
  const asUtc = Date.parse(`${local}Z`);
  const fits = (offset: number): boolean => offsetMinutesAt(asUtc - offset * 60_000, timeZone) === offset;
  // The offset of the day before; after a change of the clocks, the one that holds then; in a skipped hour, the one before again.
  const before = offsetMinutesAt(asUtc - 86_400_000, timeZone);
  const after = offsetMinutesAt(asUtc - before * 60_000, timeZone);
  const minutes = !fits(before) && fits(after) ? after : before;
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

/** Making one costs more than reading a whole message, so each zone's is made once. */
const CLOCKS = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = CLOCKS.get(timeZone);
  if (known) return known;
  const parts = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
  const made = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...parts });
  CLOCKS.set(timeZone, made);
  return made;
}

/** Since 1980 clocks have been changed on a quarter of an hour only, so an offset holds for all of its quarter. */
const QUARTER_MS = 900_000;
const FIRST_EVEN_YEAR = 1980;
const FIRST_EVEN_CHANGE_MS = Date.UTC(FIRST_EVEN_YEAR, 0, 1);
const MOST_OFFSETS_KEPT = 10_000;
const OFFSETS = new Map<string, number>();

function offsetMinutesAt(instantMs: number, timeZone: string): number {
  if (instantMs < FIRST_EVEN_CHANGE_MS) return askClock(instantMs, timeZone);
  const key = `${timeZone} ${Math.floor(instantMs / QUARTER_MS)}`;
  const known = OFFSETS.get(key);
  if (known !== undefined) return known;
  const found = askClock(instantMs, timeZone);
  if (OFFSETS.size >= MOST_OFFSETS_KEPT) OFFSETS.clear();
  OFFSETS.set(key, found);
  return found;
}

function askClock(instantMs: number, timeZone: string): number {
  const parts = clockOf(timeZone).formatToParts(instantMs);
  const get = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return Math.round((Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second')) - instantMs) / 60_000);
}
