/** Step: stores a clinician's answer to a card, once, and takes the case on where the answer ends it. Runs in the web process. */
import type { CardAnswer } from '#src/case/card.ts';
import { isLegalMove } from '#src/case/case.ts';
import type { HumanAnswer } from '#src/case/referral.ts';
import type { CardIndex, CaseStore } from '#src/ports.ts';
import { snoozeUntil } from '#src/rules/snooze-until.ts';

export type Recorded = 'recorded' | 'repeated' | 'unknown-card';

export interface RecordAnswerTools {
  readonly store: Pick<CaseStore, 'load' | 'recordAnswer'>;
  readonly cards: Pick<CardIndex, 'caseOf'>;
}

/** Safe to run twice with the same answer. A card that was never shown from here is 'unknown-card'. */
export async function recordAnswer(tools: RecordAnswerTools, answer: CardAnswer): Promise<Recorded> {
  const caseId = await tools.cards.caseOf(answer.cardUuid);
  const current = caseId && (await tools.store.load(caseId));
  if (!caseId || !current) return 'unknown-card';
  const accepted = answer.outcome === 'accepted';
  const human: HumanAnswer = {
    kind: accepted ? 'card-accepted' : 'card-overridden',
    at: answer.at,
    by: answer.by,
    reasonCode: accepted ? null : answer.reason,
    reasonText: answer.reasonText,
    key: `card:${answer.cardUuid}:${answer.outcome}:${answer.at}`,
  };
  const ends = accepted || snoozeUntil(answer.reason, answer.at) === 'always';
  const to = ends && current.state !== 'answered' && isLegalMove(current.state, 'answered') ? 'answered' : null;
  return (await tools.store.recordAnswer(caseId, human, to)) ? 'recorded' : 'repeated';
}
