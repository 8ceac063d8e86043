/** The body of a hook call, checked (CDS Hooks "Calling a CDS Service", and each hook's context in the cds-hooks-library). */
import { z } from 'zod';
import { type Fault, type IssueType, Refusal } from './operation-outcome.ts';
import type { HookName } from './services.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** FHIR R4 id; '.' and '..' are legal there but would climb out of a URL path. */
const fhirId = z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9.-]{1,64}$/, 'must be a FHIR id');
const user = z
  .string()
  .regex(
    /^(Practitioner|PractitionerRole|Patient|RelatedPerson)\/[A-Za-z0-9.-]{1,64}$/,
    'must be a reference to a Practitioner, PractitionerRole, Patient or RelatedPerson',
  );
const bundle = z.looseObject({ resourceType: z.literal('Bundle'), entry: z.array(z.looseObject({})).optional() });

const view = z.looseObject({ userId: user, patientId: fhirId, encounterId: fhirId.optional() });
const encounter = view.extend({ encounterId: fhirId });
const orders = view.extend({ draftOrders: bundle });
const CONTEXT: Readonly<Record<HookName, z.ZodType<HookContext>>> = {
  'patient-view': view,
  'encounter-start': encounter,
  'encounter-discharge': encounter,
  'order-sign': orders,
  'order-select': orders.extend({ selections: z.array(z.string()) }),
  'appointment-book': view.extend({ appointments: bundle }),
};

export interface HookContext {
  readonly userId: string;
  readonly patientId: string;
  readonly encounterId?: string | undefined;
  readonly draftOrders?: unknown;
  readonly appointments?: unknown;
}

export interface FhirAccess {
  readonly server: string;
  /** Transient: never stored, logged or put in a job. */
  readonly token: string;
}

export interface HookRequest {
  readonly hook: HookName;
  readonly hookInstance: string;
  readonly context: HookContext;
  readonly prefetch: Readonly<Record<string, unknown>>;
  readonly fhir: FhirAccess | null;
  /** The FHIR base whose ids the request speaks of; null when it names none. */
  readonly fhirServer: string | null;
}

const envelope = z.looseObject({
  hook: z.string().min(1),
  hookInstance: z.string().regex(UUID, 'must be a UUID'),
  context: z.looseObject({}),
  fhirServer: z.url({ protocol: /^https?$/ }).optional(),
  prefetch: z.record(z.string(), z.unknown()).optional(),
  extension: z.looseObject({}).optional(),
});
/** scope, subject and expires_in are not needed to use the token; clients leave them out or send words of their own. */
const authorization = z.looseObject({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive().optional(),
});

/**
 * Checks a body for the service's hook. Throws Refusal 400 that names each element at fault. A malformed `fhirAuthorization` is ignored
 * (several clients send one); unknown members and extensions are accepted.
 */
export function parseHookRequest(body: unknown, hook: HookName, allowHttp: boolean): HookRequest {
  const outer = envelope.safeParse(body);
  if (!outer.success) throw badRequest(outer.error);
  if (outer.data.hook !== hook)
    throw new Refusal(400, 'CDS_WRONG_HOOK', [{ code: 'value', element: 'hook', diagnostics: `this service answers ${hook}` }]);
  const context = CONTEXT[hook].safeParse(outer.data.context);
  if (!context.success) throw badRequest(context.error, 'context');
  const { fhirServer, hookInstance, prefetch } = outer.data;
  if (fhirServer !== undefined && !allowHttp && !fhirServer.startsWith('https:')) {
    throw new Refusal(400, 'CDS_FHIR_SERVER_NOT_HTTPS', [{ code: 'value', element: 'fhirServer', diagnostics: 'must be https' }]);
  }
  const sent = (body as Record<string, unknown>).fhirAuthorization;
  const auth = sent === undefined ? undefined : authorization.safeParse(sent);
  if (auth?.success && fhirServer === undefined) {
    throw new Refusal(400, 'CDS_BAD_REQUEST', [{ code: 'required', element: 'fhirServer', diagnostics: 'required with fhirAuthorization' }]);
  }
  const fhir = auth?.success && fhirServer !== undefined ? { server: fhirServer, token: auth.data.access_token } : null;
  return { hook, hookInstance, context: context.data, prefetch: prefetch ?? {}, fhir, fhirServer: fhirServer ?? null };
}

function badRequest(error: z.ZodError, prefix = ''): Refusal {
  const faults = error.issues.map((issue): Fault => {
    const element = [prefix, ...issue.path.map(String)].filter((part) => part !== '').join('.');
    const missing = issue.code === 'invalid_type' && /received undefined/.test(issue.message);
    const code: IssueType = missing ? 'required' : issue.code === 'invalid_type' ? 'structure' : 'value';
    const diagnostics = missing ? 'is required' : issue.code === 'invalid_type' ? `must be of type ${issue.expected}` : fixedWords(issue);
    return { code, diagnostics, ...(element !== '' && { element }) };
  });
  return new Refusal(400, 'CDS_BAD_REQUEST', faults);
}

/** Our own words only: a library's message could echo a value of the request. */
function fixedWords(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_format' && issue.message.startsWith('must be') ? issue.message : 'has a value that is not allowed';
}
