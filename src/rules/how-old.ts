/** How old is the patient? A partial date of birth is read as the oldest age it allows, so that doubt never takes a referral away. */

/** Whole years on `today` (YYYY-MM-DD) for YYYY, YYYY-MM or YYYY-MM-DD; null when the text is no such date or lies in the future. */
export function howOld(birthDate: string, today: string): number | null {
  const born = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/.exec(birthDate);
  const now = /^(\d{4})-(\d{2})-(\d{2})/.exec(today);
  if (!born || !now) return null;
  const bornDay = `${born[2] ?? '01'}-${born[3] ?? '01'}`;
  const years = Number(now[1]) - Number(born[1]) - (`${now[2]}-${now[3]}` < bornDay ? 1 : 0);
  return years >= 0 && years <= 130 ? years : null;
}

/** Adds whole days to a calendar day; both YYYY-MM-DD. Proleptic Gregorian, by day number (Howard Hinnant's civil-day algorithm). */
export function addDays(day: string, days: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  return civilDay(dayNumber(year, month, date) + days);
}

/** Days from one calendar day to another, negative when `to` is earlier. */
export function daysBetween(from: string, to: string): number {
  const [a, b] = [from, to].map((day) => dayNumber(...(day.slice(0, 10).split('-').map(Number) as [number, number, number])));
  return (b as number) - (a as number);
}

function dayNumber(year: number, month: number, date: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + date - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
}

function civilDay(number: number): string {
  const era = Math.floor(number / 146_097);
  const dayOfEra = number - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const date = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
}
