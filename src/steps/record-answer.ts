/** Step: stores a clinician's answer to a card, once, and takes the case where the answer leads. Runs in the web process. */
import type { CardAnswer } from '#src/case/card.ts';
import type { Case } from '#src/case/case.ts';
import type { HumanAnswer } from '#src/case/referral.ts';
import type { CardIndex, CaseStore } from '#src/ports.ts';
import { applyAnswer } from '#src/rules/apply-answer.ts';

export type Recorded = 'recorded' | 'repeated' | 'unknown-card';

export interface RecordAnswerTools {
  readonly store: Pick<CaseStore, 'load' | 'recordAnswer'>;
  readonly cards: Pick<CardIndex, 'caseOf'>;
}

/** Ours are UUIDs; other services' cards ("123456") are simply not ours. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Safe to run twice with the same answer. A card that was never shown from here is 'unknown-card'. */
export async function recordAnswer(tools: RecordAnswerTools, answer: CardAnswer): Promise<Recorded> {
  const caseId = UUID.test(answer.cardUuid) ? await tools.cards.caseOf(answer.cardUuid) : undefined;
  const current = caseId && (await tools.store.load(caseId));
  if (!caseId || !current) return 'unknown-card';
  const accepted = answer.outcome === 'accepted';
  const human: HumanAnswer = {
    kind: accepted ? acceptedKind(answer, current) : 'card-overridden',
    at: answer.at,
    by: answer.by,
    reasonCode: accepted ? null : answer.reason,
    reasonText: answer.reasonText,
    key: `card:${answer.cardUuid}:${answer.outcome}:${answer.at}`,
  };
  return (await tools.store.recordAnswer(caseId, human, (held) => applyAnswer(held, human).to)) ? 'recorded' : 'repeated';
}

/** Asking a radiologist to look again is no referral. When the client does not say which suggestion it was, the case tells. */
function acceptedKind(answer: CardAnswer, current: Case): HumanAnswer['kind'] {
  const what = answer.accepted ?? ((current.facts.decision?.confirmedBy ?? null) === null ? 'review' : 'refer');
  return what === 'review' ? 'review-requested' : 'card-accepted';
}
