/** HL7 v2 times (DTM, chapter 2A.22: YYYY[MM[DD[HH[MM[SS[.S]]]]]][+/-ZZZZ]) to ISO 8601. Pure; the zone of a time without one is the source's. */

const DTM = /^(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:\.\d{1,4})?([+-]\d{4})?$/;

/** YYYY-MM-DD, YYYY-MM or YYYY, as precise as it was given; null when it is no date. */
export function hl7Date(raw: string): string | null {
  const found = DTM.exec(raw.trim());
  return found && dateOf(found);
}

function dateOf([, year, month, day]: RegExpExecArray): string | null {
  if (year === '0000') return null;
  if (month === undefined || month === '00') return year as string;
  if (!isDate(Number(year), Number(month), 1)) return null;
  if (day === undefined || day === '00') return `${year}-${month}`;
  return isDate(Number(year), Number(month), Number(day)) ? `${year}-${month}-${day}` : null;
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
  if (raw === '') return null;
  const found = DTM.exec(raw.trim());
  const date = found && dateOf(found);
  if (!found || date === null || date.length !== 10) return null;
  const [hour, minute, second] = [found[4] ?? '00', found[5] ?? '00', found[6] ?? '00'];
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  const local = `${date}T${hour}:${minute}:${second === '60' ? '59' : second}`;
  const given = found[7];
  return local + (given ? `${given.slice(0, 3)}:${given.slice(3)}` : knownOffset(local, timeZone));
}

/** Local times without an offset, by zone and quarter of an hour: reports come with the same few over and over. */
const MOST_QUARTERS_KEPT = 10_000;
const QUARTERS = new Map<string, Map<number, string>>();

function knownOffset(local: string, timeZone: string): string {
  const year = Number(local.slice(0, 4));
  if (year <= FIRST_EVEN_YEAR) return zoneOffset(local, timeZone);
  const [month, day, hour, minute] = [5, 8, 11, 14].map((at) => Number(local.slice(at, at + 2))) as [number, number, number, number];
  const quarter = (((year * 13 + month) * 32 + day) * 24 + hour) * 4 + Math.floor(minute / 15);
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
