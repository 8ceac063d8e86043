/** Is the risk of the next fracture very high (R13)? Gives the reasons; none means no. */

import { type Evidence, valueOf } from './evidence.ts';
import { addDays, daysBetween } from './how-old.ts';
import { limit, type Policy } from './policy.ts';

/** Cut-offs are ours, after NOGG's "very high risk", and wait for a clinical sign-off. */
export function isVeryHighRisk(evidence: Evidence, policy: Policy): readonly string[] {
  const { fractures, ageYears } = evidence;
  const reasons: string[] = [];
  const severe = fractures.filter((f) => (f.grade ?? 0) >= limit(policy, 'veryHighRiskGrade'));
  if (severe.length > 0)
    reasons.push(`grade ${limit(policy, 'veryHighRiskGrade')} at ${severe.map((f) => f.level ?? 'a level not named').join(', ')}`);
  if (fractures.length >= limit(policy, 'veryHighRiskFractures')) reasons.push(`${fractures.length} vertebral fractures`);
  const recent = monthsAfterPrior(evidence, policy);
  if (recent !== null) reasons.push(recent);
  if (ageYears !== null && ageYears >= limit(policy, 'veryHighRiskAgeYears')) reasons.push(`age ${ageYears}`);
  return reasons;
}

/** New within the window after an earlier vertebral fracture that has a date. */
function monthsAfterPrior(evidence: Evidence, policy: Policy): string | null {
  const prior = valueOf(evidence.facts.history?.priorVertebralFracture);
  const months = limit(policy, 'recentFractureMonths');
  const now = (evidence.facts.report.examinedAt ?? evidence.facts.today).slice(0, 10);
  if (!evidence.newOrProgressed || !prior || !/^\d{4}-\d{2}-\d{2}/.test(prior) || !/^\d{4}-\d{2}-\d{2}$/.test(now)) return null;
  const age = daysBetween(prior, now);
  if (age <= 0 || addMonths(prior.slice(0, 10), months) < now) return null;
  return `new or progressed within ${months} months of an earlier vertebral fracture`;
}

/** Same day of a later month; a day that the month lacks becomes the next month's first days (31 January + 1 = 3 March). */
function addMonths(day: string, months: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const total = year * 12 + (month - 1) + months;
  const first = `${Math.floor(total / 12)}-${String((total % 12) + 1).padStart(2, '0')}-01`;
  return addDays(first, date - 1);
}
