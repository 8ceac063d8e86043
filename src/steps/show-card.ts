/** Step: reads the patient's cases and chooses the card for this moment. Reads only; runs in the web process, inside the hook. */
import type { CardChoice, CardContext, CardQuestion } from '#src/case/card.ts';
import { AskAHuman } from '#src/lib/errors.ts';
import type { CardRow, CaseStore, Clock } from '#src/ports.ts';
import { chooseCard } from '#src/rules/choose-card.ts';

export interface ShowCardTools {
  readonly store: Pick<CaseStore, 'cardRows'>;
  readonly clock: Clock;
  readonly policy: { readonly alertsFromModelAlone: boolean };
}

/**
 * The card, or null when there is nothing to add. Throws AskAHuman (CDS_PATIENT_MISMATCH) when the chart's person has another birth
 * date than the report's: silence would read as "no fracture", and a card could be someone else's.
 */
export async function showCard(tools: ShowCardTools, request: CardQuestion): Promise<CardChoice | null> {
  const rows = await tools.store.cardRows(request.patientReference);
  const context: CardContext = {
    hook: request.hook,
    userType: request.userType,
    today: tools.clock.now().toISOString().slice(0, 10),
    patient: request.patient,
    planned: request.planned,
    siteOrderCodes: request.siteOrderCodes,
    alertsFromModelAlone: tools.policy.alertsFromModelAlone,
  };
  const card = chooseCard(rows, context);
  if (card === null) return null;
  const row = rows.find((candidate) => candidate.caseId === card.caseId);
  if (row && isSomeoneElse(row, request.patient.birthDate)) {
    throw new AskAHuman('the chart and the case have different birth dates', { code: 'CDS_PATIENT_MISMATCH', phase: 'answer' });
  }
  const open = await request.openOrders();
  return open.length === 0 ? card : chooseCard(rows, { ...context, planned: [...request.planned, ...open] });
}

/** Only two full dates that differ are a contradiction. */
function isSomeoneElse(row: CardRow, birthDate: string | null): boolean {
  const ours = row.facts.report.patient.birthDate;
  return ours !== null && birthDate !== null && ours.length === 10 && birthDate.length === 10 && ours !== birthDate;
}
