/** One hook call after authentication: facts of the moment, the card chosen elsewhere, its JSON. */
import type { CardChoice, CardQuestion } from '#src/case/card.ts';
import { type CardPlace, type CdsCard, cardJson } from './card-json.ts';
import { makeFhirReader } from './fhir-reader.ts';
import { plannedItems } from './planned-items.ts';
import { chartOrders, chartPatient } from './prefetch.ts';
import type { HookRequest } from './request.ts';
import type { TrustProfile } from './trust-profile.ts';

export interface HookTools {
  readonly showCard: (question: CardQuestion) => Promise<CardChoice | null>;
  readonly place: CardPlace;
  /** FHIR bases of the one health record whose patients our cases hold: as we reach it, and as its EHR names it. */
  readonly recordBases: readonly string[];
  readonly now: () => Date;
  readonly fetch?: typeof fetch;
}

export interface HookAnswer {
  readonly cards: readonly CdsCard[];
  /** The case that the card tells of. */
  readonly shown: { readonly uuid: string; readonly caseId: CardChoice['caseId'] } | null;
  /** The patient is of another health record: nothing was asked of ours, because ids say nothing across records. */
  readonly otherRecord?: true;
}

/** Throws Refusal 412 when the patient can't be had. A Patient or RelatedPerson gets no card, and nothing is read for them. */
export async function hookCall(tools: HookTools, request: HookRequest, profile: TrustProfile, signal: () => AbortSignal): Promise<HookAnswer> {
  const { context } = request;
  if (/^(Patient|RelatedPerson)\//.test(context.userId)) return { cards: [], shown: null };
  if (isOtherRecord(request, profile, tools.recordBases)) return { cards: [], shown: null, otherRecord: true };
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

/** Two EHRs may both have a "Patient/1". A caller that names no server is held to the servers that its trust profile lists, if it lists any. */
function isOtherRecord(request: HookRequest, profile: TrustProfile, bases: readonly string[]): boolean {
  const ours = new Set(bases.map(bare));
  const named = request.fhirServer === null ? profile.fhirServers : [request.fhirServer];
  return named.length > 0 && !named.some((server) => ours.has(bare(server)));
}

/** The base without slashes at its end; upper case in a host, or a port that is the usual one, is no difference. */
function bare(base: string): string {
  return new URL(base).href.replace(/\/+$/, '');
}
