/** What the client sent along, key by key, and what is read from its FHIR server instead (CDS Hooks "Prefetch"). */
import { z } from 'zod';
import type { CardContext, PlannedItem } from '#src/case/card.ts';
import type { FhirReader } from './fhir-reader.ts';
import { Refusal } from './operation-outcome.ts';
import { plannedItems } from './planned-items.ts';
import type { HookRequest } from './request.ts';
import { PREFETCH } from './services.ts';
import type { TrustProfile } from './trust-profile.ts';

export type PrefetchState =
  | { readonly kind: 'data'; readonly value: unknown }
  /** The client has no such data. */
  | { readonly kind: 'empty' }
  /** Not sent, or not usable: may be read from the FHIR server. */
  | { readonly kind: 'missing' }
  /** The client's own query failed; asking again would fail too. */
  | { readonly kind: 'failed' };

const typed = z.looseObject({ resourceType: z.string() });
const patient = z.looseObject({
  resourceType: z.literal('Patient'),
  id: z.string(),
  birthDate: z.string().optional().catch(undefined),
  deceasedBoolean: z.boolean().optional().catch(undefined),
  deceasedDateTime: z.string().optional().catch(undefined),
});

/**
 * The state of one key. `null` means "no data" for a search; for the read of a patient who is being looked at it can't be true
 * (clients send it for a template they could not resolve), so it counts as missing.
 */
export function prefetchState(prefetch: Readonly<Record<string, unknown>>, key: string, resourceType: 'Patient' | 'Bundle'): PrefetchState {
  if (!Object.hasOwn(prefetch, key)) return { kind: 'missing' };
  const value = prefetch[key];
  if (value === null) return resourceType === 'Bundle' ? { kind: 'empty' } : { kind: 'missing' };
  const found = typed.safeParse(value);
  if (!found.success) return { kind: 'missing' };
  if (found.data.resourceType === resourceType) return { kind: 'data', value };
  return found.data.resourceType === 'OperationOutcome' ? { kind: 'failed' } : { kind: 'missing' };
}

/** The person of the chart; 412 naming the prefetch key when it can't be had. */
export async function chartPatient(request: HookRequest, profile: TrustProfile, reader: FhirReader | undefined): Promise<CardContext['patient']> {
  const key = profile.prefetchKeys.patient ?? 'patient';
  const state = prefetchState(request.prefetch, key, 'Patient');
  // Some sites rename keys: the Patient with this very id is this Patient, whatever the key is called.
  const sent = [state.kind === 'data' ? state.value : undefined, ...Object.values(request.prefetch)]
    .map((value) => asPatient(value, request.context.patientId))
    .find((found) => found !== undefined);
  if (sent) return sent;
  const path = PREFETCH.patient.replace('{{context.patientId}}', request.context.patientId);
  const fetched = state.kind === 'failed' ? undefined : asPatient(await reader?.read(path), request.context.patientId);
  if (fetched) return fetched;
  const why = state.kind === 'failed' ? 'the client reports that its own read failed' : 'neither sent nor readable with fhirAuthorization';
  throw new Refusal(412, 'CDS_PATIENT_MISSING', [{ code: 'processing', element: `prefetch.${key}`, diagnostics: `prefetch ${key}: ${why}` }]);
}

/** Open orders of the chart, without our own proposals; empty when they can't be known: then the card is shown. */
export async function chartOrders(request: HookRequest, profile: TrustProfile, reader: FhirReader | undefined): Promise<readonly PlannedItem[]> {
  const state = prefetchState(request.prefetch, profile.prefetchKeys.orders ?? 'orders', 'Bundle');
  if (state.kind === 'empty' || state.kind === 'failed') return [];
  const path = PREFETCH.orders.replace('{{context.patientId}}', request.context.patientId);
  const first = state.kind === 'data' ? state.value : await reader?.read(path);
  // A first page is worth using even when the others can't be read.
  const pages = (await reader?.pages(first)) ?? [first];
  return pages.flatMap((page) => plannedItems(page, true));
}

function asPatient(value: unknown, id: string): CardContext['patient'] | undefined {
  if ((value as { resourceType?: unknown } | null | undefined)?.resourceType !== 'Patient') return undefined;
  const found = patient.safeParse(value);
  if (!found.success || found.data.id !== id) return undefined;
  const { birthDate, deceasedBoolean, deceasedDateTime } = found.data;
  return { birthDate: birthDate ?? null, deceased: deceasedBoolean === true || deceasedDateTime !== undefined };
}
