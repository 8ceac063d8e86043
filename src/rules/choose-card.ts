/** Which one card, if any, does a clinician see when this chart opens? One card for a patient; silence is the usual answer. */
import type { CardChoice, CardContext, CardKind, CardSource } from '../case/card.ts';
import { cardWords } from './card-words.ts';
import { fractureFacts } from './fracture-facts.ts';
import { isBoneOrder } from './is-bone-order.ts';
import { snoozeUntil } from './snooze-until.ts';

/** The order in which cards matter: the first kind that applies is shown. */
const URGENCY: readonly CardKind[] = [
  'urgent',
  'missed-fracture',
  'report-not-read',
  'reported-without-advice',
  'fracture-on-treatment',
  'under-50',
  'check-first',
  'referral-waiting',
  'unconfirmed-fracture',
];
/** Hooks in the middle of ordering: only a card that offers an order helps there. */
const ORDERING = ['order-select', 'order-sign', 'appointment-book'];

/**
 * The card for a patient's cases, or null. Null means "nothing to add here", never "no fracture".
 * Cases that are not decided, are answered or snoozed, and findings that nobody confirmed (unless the policy allows them) give none.
 */
export function chooseCard(rows: readonly CardSource[], context: CardContext): CardChoice | null {
  if (context.userType === 'patient' || context.patient.deceased) return null;
  const referred = context.planned.some((item) => isBoneOrder(item, context.siteOrderCodes));
  const answered = rows.filter((row) => isSilenced(row, context.today) && !isRefuted(row)).map(burden);
  const cards = rows
    .filter((row) => !isSilenced(row, context.today) && !answered.some((other) => covers(other, burden(row))))
    .flatMap((row) => {
      const kind = kindOf(row, context);
      return kind === null || (referred && kind !== 'urgent') ? [] : [cardWords(row, kind)];
    })
    .filter((card) => !ORDERING.includes(context.hook) || card.suggestion !== null);
  return cards.sort((a, b) => URGENCY.indexOf(a.kind) - URGENCY.indexOf(b.kind))[0] ?? null;
}

/** The kind of card that a decided case asks for. */
export function kindOf(row: CardSource, context: Pick<CardContext, 'alertsFromModelAlone'>): CardKind | null {
  const { decision, reading, history } = row.facts;
  const died = history?.deceased.known === true && history.deceased.value;
  if (!decision || died || !['decided', 'written', 'answered'].includes(row.state)) return null;
  const fracture = fractureFacts(row.facts);
  if (decision.outcome === 'urgent-to-referrer') return 'urgent';
  if (!fracture.confirmed) {
    const mayTell = context.alertsFromModelAlone && !fracture.refuted && (fracture.worstGrade ?? 0) >= 2;
    return mayTell && ['radiologist-review', 'clarification'].includes(decision.outcome) ? 'unconfirmed-fracture' : null;
  }
  switch (decision.outcome) {
    case 'specialist-advice':
      return 'under-50';
    case 'fracture-on-treatment':
      return 'fracture-on-treatment';
    case 'human-check':
      return 'check-first';
    case 'refer':
      if (reading?.fracture === 'not-read') return 'report-not-read';
      if (reading?.fracture !== 'stated' || reading.ambiguousOnly) return 'missed-fracture';
      return decision.careGap ? 'reported-without-advice' : 'referral-waiting';
    default:
      return null;
  }
}

/** True while a person's answer to this case still stands. */
function isSilenced(row: CardSource, today: string): boolean {
  const { answers, report } = row.facts;
  const confirmedAt = answers.filter((a) => a.kind === 'finding-confirmed' || a.kind === 'finding-changed').map((a) => a.at);
  return answers.some((answer) => {
    switch (answer.kind) {
      case 'card-accepted':
      case 'referral-accepted':
      case 'referral-scheduled':
      case 'referral-unattended':
      case 'referral-declined':
      case 'referral-done':
      case 'finding-refuted':
        return true;
      case 'review-requested':
      case 'card-overridden': {
        // What was answered then does not silence what a person has confirmed since, or a report corrected on a later day.
        const outdated = confirmedAt.some((at) => at >= answer.at) || answer.at.slice(0, 10) < (report.reportedAt ?? '').slice(0, 10);
        if (outdated || answer.kind === 'review-requested') return !outdated;
        const until = snoozeUntil(answer.reasonCode, answer.at);
        return until === null || today < until;
      }
      default:
        return false;
    }
  });
}

/** A refuted finding silences its own case only. */
function isRefuted(row: CardSource): boolean {
  return row.facts.answers.some((answer) => answer.kind === 'finding-refuted');
}

interface Burden {
  readonly confirmed: boolean;
  readonly worstGrade: number;
  readonly levels: readonly string[];
}

function burden(row: CardSource): Burden {
  const facts = fractureFacts(row.facts);
  return { confirmed: facts.confirmed, worstGrade: facts.worstGrade ?? 0, levels: facts.levels };
}

/** True when an answered case already told all of this: as well confirmed, no higher grade and no other vertebra. */
function covers(answered: Burden, other: Burden): boolean {
  if (other.levels.length === 0 || (other.confirmed && !answered.confirmed)) return false;
  return other.worstGrade <= answered.worstGrade && other.levels.every((level) => answered.levels.includes(level));
}
