/** A stand-in for an EHR that opens a chart: reads discovery, fills the prefetch from its FHIR server, fires patient-view, sends feedback. */
import { randomUUID } from 'node:crypto';

export interface FiredCard {
  readonly uuid: string;
  readonly summary: string;
  readonly detail: string;
  readonly indicator: string;
  readonly suggestions?: readonly {
    readonly uuid: string;
    readonly label: string;
    readonly actions: readonly { readonly resource: Record<string, unknown> }[];
  }[];
  readonly links?: readonly { readonly label: string; readonly url: string; readonly type: string }[];
}

export interface PatientView {
  readonly patientId: string;
  /** "Practitioner/1" */
  readonly userId: string;
  /** Sent as it is; without it the templates of discovery are read from `fhirServer`, if there is one. */
  readonly prefetch?: Readonly<Record<string, unknown>>;
  /** FHIR base of the EHR; when given it is also sent, without a token. */
  readonly fhirServer?: string;
  /** JWT of the client. */
  readonly token?: string;
}

/** `baseUrl` is the public URL of Backstop. `ms` is the time of the hook call alone. */
export async function firePatientView(
  baseUrl: string,
  view: PatientView,
): Promise<{ readonly status: number; readonly cards: readonly FiredCard[]; readonly ms: number }> {
  const service = await patientViewService(baseUrl);
  const prefetch = view.prefetch ?? (await resolvePrefetch(service.prefetch ?? {}, view));
  const body = {
    hook: 'patient-view',
    hookInstance: randomUUID(),
    ...(view.fhirServer !== undefined && { fhirServer: view.fhirServer }),
    context: { userId: view.userId, patientId: view.patientId },
    prefetch,
  };
  const started = performance.now();
  const response = await post(`${baseUrl}/cds-services/${service.id}`, body, view.token);
  const answer = (await response.json()) as { cards?: readonly FiredCard[] };
  return { status: response.status, cards: answer.cards ?? [], ms: performance.now() - started };
}

/** The click on a card: its suggestion accepted, or the card dismissed with a reason. Returns the HTTP status. */
export async function sendFeedback(
  baseUrl: string,
  answer: {
    readonly card: FiredCard;
    readonly accepted: boolean;
    readonly reasonCode?: string;
    readonly comment?: string;
    readonly at: string;
    readonly token?: string;
  },
): Promise<number> {
  const { card, accepted, reasonCode, comment } = answer;
  const reason =
    reasonCode === undefined ? {} : { reason: { code: reasonCode, system: 'http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes' } };
  const row = {
    card: card.uuid,
    outcome: accepted ? 'accepted' : 'overridden',
    ...(accepted && { acceptedSuggestions: (card.suggestions ?? []).map(({ uuid }) => ({ id: uuid })) }),
    ...(!accepted && { overrideReason: { ...reason, ...(comment !== undefined && { userComment: comment }) } }),
    outcomeTimestamp: answer.at,
  };
  const service = await patientViewService(baseUrl);
  const response = await post(`${baseUrl}/cds-services/${service.id}/feedback`, { feedback: [row] }, answer.token);
  await response.arrayBuffer();
  return response.status;
}

async function patientViewService(baseUrl: string): Promise<{ id: string; prefetch?: Record<string, string> }> {
  const response = await fetch(`${baseUrl}/cds-services`);
  const discovery = (await response.json()) as { services: { id: string; hook: string; prefetch?: Record<string, string> }[] };
  const service = discovery.services.find(({ hook }) => hook === 'patient-view');
  if (!service) throw new Error('no patient-view service in discovery');
  return service;
}

/** As CDS Hooks asks of a client: a key that can't be read is left out. */
async function resolvePrefetch(templates: Readonly<Record<string, string>>, view: PatientView): Promise<Record<string, unknown>> {
  const prefetch: Record<string, unknown> = {};
  if (view.fhirServer === undefined) return prefetch;
  for (const [key, template] of Object.entries(templates)) {
    const query = template.replaceAll('{{context.patientId}}', view.patientId).replaceAll('{{context.userId}}', view.userId);
    const response = await fetch(`${view.fhirServer.replace(/\/$/, '')}/${query}`, { headers: { accept: 'application/fhir+json' } });
    if (response.ok) prefetch[key] = await response.json();
    else await response.body?.cancel();
  }
  return prefetch;
}

function post(url: string, body: unknown, token: string | undefined): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}
