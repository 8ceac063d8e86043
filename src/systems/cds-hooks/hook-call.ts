/** One hook call after authentication: facts of the moment, the card chosen elsewhere, its JSON. */
import type { CardChoice, CardContext, PlannedItem } from '#src/case/card.ts';
import { type CardPlace, type CdsCard, cardJson } from './card-json.ts';
import { makeFhirReader } from './fhir-reader.ts';
import { plannedItems } from './planned-items.ts';
import { chartOrders, chartPatient } from './prefetch.ts';
import type { HookRequest } from './request.ts';
import type { TrustProfile } from './trust-profile.ts';

/** What the choice of a card needs; steps/show-card answers it. */
export interface CardQuestion {
  readonly patientReference: string;
  readonly hook: string;
  readonly userType: CardContext['userType'];
  readonly patient: CardContext['patient'];
  readonly planned: readonly PlannedItem[];
  readonly siteOrderCodes: readonly string[];
  readonly openOrders: () => Promise<readonly PlannedItem[]>;
}

export interface HookTools {
  readonly showCard: (question: CardQuestion) => Promise<CardChoice | null>;
  readonly place: CardPlace;
  readonly now: () => Date;
  readonly fetch?: typeof fetch;
}

export interface HookAnswer {
  readonly cards: readonly CdsCard[];
  /** The case that the card tells of. */
  readonly shown: { readonly uuid: string; readonly caseId: CardChoice['caseId'] } | null;
}

/** Throws Refusal 412 when the patient can't be had. A Patient or RelatedPerson gets no card, and nothing is read for them. */
export async function hookCall(tools: HookTools, request: HookRequest, profile: TrustProfile, signal: () => AbortSignal): Promise<HookAnswer> {
  const { context } = request;
  if (/^(Patient|RelatedPerson)\//.test(context.userId)) return { cards: [], shown: null };
  const reader = makeFhirReader(request.fhir, profile.fhirServers, signal, tools.fetch);
  const choice = await tools.showCard({
    patientReference: `Patient/${context.patientId}`,
    hook: request.hook,
    userType: 'clinician',
    patient: await chartPatient(request, profile, reader),
    planned: [...plannedItems(context.draftOrders), ...plannedItems(context.appointments)],
    siteOrderCodes: profile.orders.refer ? [profile.orders.refer.code] : [],
    openOrders: () => chartOrders(request, profile, reader),
  });
  if (choice === null) return { cards: [], shown: null };
  const order = {
    patientId: context.patientId,
    encounterId: context.encounterId ?? null,
    userId: context.userId,
    today: tools.now().toISOString().slice(0, 10),
  };
  const card = cardJson(choice, order, profile, tools.place);
  return { cards: [card], shown: { uuid: card.uuid, caseId: choice.caseId } };
}
