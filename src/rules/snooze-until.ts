/** How long is a clinician left in peace after an override? Days per reason; every number needs a site's clinical sign-off. */
import type { OverrideReason } from '#src/case/card.ts';

/** Days of silence for the same finding; 'always' = until the finding itself changes. */
export const SNOOZE_DAYS: Readonly<Record<OverrideReason, number | 'always'>> = {
  'action-completed': 'always',
  'cds-not-applicable': 'always',
  'recipient-disagrees-evidence': 'always',
  'patient-contraindication': 365,
  'recipient-concerns-outcomes': 180,
  'patient-refuses': 180,
  'does-not-align-preferences': 180,
  'too-costly-uncovered': 180,
  'service-not-available': 30,
  'not-convenient-feasible': 14,
  'cds-suboptimal-context': 7,
  'recipient-does-not-understand': 7,
  none: 7,
};

/** True when a code is one that we know; anything else counts as no reason given. */
export function isOverrideReason(code: string | null): code is OverrideReason {
  return code !== null && Object.hasOwn(SNOOZE_DAYS, code);
}

/**
 * The first day (YYYY-MM-DD) on which the card may be shown again, or 'always' when it stays silent for this finding.
 * `answeredAt` is ISO 8601 in UTC; only its date counts.
 */
export function snoozeUntil(reasonCode: string | null, answeredAt: string): string | 'always' {
  const days = SNOOZE_DAYS[isOverrideReason(reasonCode) ? reasonCode : 'none'];
  return days === 'always' ? 'always' : isoDate(dayNumber(answeredAt) + days);
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms"). */
export function dayNumber(iso: string): number {
  const [year = 1970, month = 1, day = 1] = iso.slice(0, 10).split('-').map(Number);
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

/** The inverse of `dayNumber`. */
export function isoDate(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
