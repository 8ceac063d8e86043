/** How long is a clinician left in peace after an override? Days per reason; every number needs a site's clinical sign-off. */
import type { OverrideReason } from '../case/card.ts';
import { addDays } from './how-old.ts';

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
 * The first day (YYYY-MM-DD) on which the card may be shown again, or null when it stays silent for this finding.
 * `answeredAt` is ISO 8601 in UTC; only its date counts.
 */
export function snoozeUntil(reasonCode: string | null, answeredAt: string): string | null {
  const days = SNOOZE_DAYS[isOverrideReason(reasonCode) ? reasonCode : 'none'];
  return days === 'always' ? null : addDays(answeredAt.slice(0, 10), days);
}
