/** Days and instants as numbers, without the machine's clock: proleptic Gregorian calendar, UTC. Days count from 1970-01-01. */

/** Howard Hinnant's days-from-civil. */
export function dayNumber(day: string): number {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const ofEra = shifted - era * 400;
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + date - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

/** YYYY-MM-DD. */
export function dayFrom(number: number): string {
  const days = number + 719_468;
  const era = Math.floor(days / 146_097);
  const ofEra = days - era * 146_097;
  const year = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365);
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const date = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${year + era * 400 + (month <= 2 ? 1 : 0)}-${two(month)}-${two(date)}`;
}

/** Seconds of an ISO 8601 date or instant (without a zone: UTC); NaN for another text. */
export function secondsOf(iso: string): number {
  const found = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(?:Z|([+-])(\d{2}):?(\d{2}))?)?$/.exec(iso);
  if (!found) return Number.NaN;
  const [, day = '', hour = '0', minute = '0', second = '0', sign, zoneHours = '0', zoneMinutes = '0'] = found;
  const offset = (sign === '-' ? -1 : 1) * (Number(zoneHours) * 60 + Number(zoneMinutes));
  return dayNumber(day) * 86_400 + Number(hour) * 3600 + (Number(minute) - offset) * 60 + Number(second);
}

/** The day of an instant in UTC. */
export function utcDay(iso: string): string {
  return dayFrom(Math.floor(secondsOf(iso) / 86_400));
}
