/** A stand-in EHR that really listens: FHIR R4 over HTTP on Medplum's router, with the habits and faults of real systems to switch on. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { getStatus } from '@medplum/core';
import { FhirRouter, type HttpMethod } from '@medplum/fhir-router';
import type { Bundle, Observation, OperationOutcome, Resource } from '@medplum/fhirtypes';
import { worded } from './ehr-answers.ts';
import { type FaultKind, Faults, type Seen } from './ehr-faults.ts';
import type { EhrHabits } from './ehr-habits.ts';
import { EhrRepository, indexDefinitions } from './ehr-repository.ts';
import { Subscriptions, topicExtensions } from './ehr-subscriptions.ts';
import { type EhrClient, Tokens } from './ehr-tokens.ts';

export interface EhrOptions extends EhrHabits {
  /** Resources with their ids, or a Bundle of them (samples/patients.json). */
  readonly seed?: readonly Resource[] | Bundle;
  /** Ask for tokens of this client; without it anybody may come in. */
  readonly client?: EhrClient;
  readonly port?: number;
}

export interface Ehr {
  /** FHIR base, e.g. http://127.0.0.1:41234/fhir */
  readonly url: string;
  readonly tokenUrl: string;
  readonly repository: EhrRepository;
  readonly faults: Faults;
  readonly tokens: Tokens | undefined;
  readonly subscriptions: Subscriptions;
  /** Every FHIR request so far. */
  readonly requests: Seen[];
  /** Habits may be changed while it runs. */
  habits: EhrHabits;
  close(): Promise<void>;
}

/** Listens on loopback; the port is free choice unless given. */
export async function startEhr(options: EhrOptions = {}): Promise<Ehr> {
  indexDefinitions();
  const repository = new EhrRepository({ validates: options.validates ?? true });
  await seedInto(repository, options.seed ?? []);
  const ehr = {
    repository,
    faults: new Faults(),
    tokens: options.client && new Tokens(options.client),
    requests: [] as Seen[],
    habits: options as EhrHabits,
  };
  const router = new FhirRouter();
  let origin = '';
  const server = createServer((request, response) => {
    answer({ ...ehr, habits: running.habits }, router, origin, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((ready) => server.listen(options.port ?? 0, '127.0.0.1', ready));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const subscriptions = new Subscriptions(repository, () => running.habits);
  repository.onCommit = (resource) => subscriptions.committed(resource);
  const running: Ehr = {
    ...ehr,
    subscriptions,
    url: `${origin}/fhir`,
    tokenUrl: `${origin}/token`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
  return running;
}

async function seedInto(repository: EhrRepository, seed: readonly Resource[] | Bundle): Promise<void> {
  const resources = 'resourceType' in seed ? (seed.entry ?? []).flatMap((entry) => entry.resource ?? []) : seed;
  await repository.withSeeding(async () => {
    for (const resource of resources) await repository.createResource(resource);
  });
}

type Parts = Pick<Ehr, 'repository' | 'faults' | 'tokens' | 'requests' | 'habits'>;

async function answer(ehr: Parts, router: FhirRouter, origin: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  const url = request.url ?? '/';
  if (url === '/token' && ehr.tokens) {
    const issued = await ehr.tokens.issue(new URLSearchParams(body), `${origin}/token`);
    return send(response, issued.status, issued.body, {});
  }
  if (!url.startsWith('/fhir')) return send(response, 404, outcome('not-found', 'no such path'), {});
  const path = url.slice('/fhir'.length).replace(/^\//, '');
  const fault = ehr.faults.next(request.method ?? 'GET', path);
  const seen = (status: number) => ehr.requests.push({ method: request.method ?? 'GET', url: path, status, ...(fault && { fault }) });
  if (ehr.habits.slowMs) await sleep(ehr.habits.slowMs);
  if (fault && (await failBefore(fault, response))) return void seen(response.statusCode);
  if (ehr.tokens && !ehr.tokens.accepts(request.headers.authorization)) {
    seen(401);
    return send(response, 401, outcome('login', 'no valid token'), {});
  }
  const [status, resource] = await handle(ehr, router, request, path, body);
  seen(status);
  if (fault && failAfter(fault, response, status, resource, origin)) return;
  const headers = headersOf(resource, origin);
  send(response, status, ehr.habits.minimalReturn && status === 201 ? undefined : worded(resource, ehr.habits, `${origin}/fhir`), headers);
}

async function handle(ehr: Parts, router: FhirRouter, request: IncomingMessage, path: string, body: string): Promise<[number, object]> {
  const method = (request.method ?? 'GET') as HttpMethod;
  if (path === 'metadata') return [200, capabilities(ehr.habits)];
  const parsed = body === '' ? undefined : JSON.parse(body);
  const refusal = method === 'POST' || method === 'PUT' ? refused(ehr.habits, parsed) : undefined;
  if (refusal) return refusal;
  const headers = { ...request.headers };
  if (ehr.habits.ignoresIfNoneExist) delete headers['if-none-exist'];
  if (ehr.habits.duplicatesOnRace && headers['if-none-exist']) {
    const found = await router.handleRequest(fhirRequest('GET', `${path}?${headers['if-none-exist']}`, undefined, {}), ehr.repository);
    await sleep(5);
    const matches = (found[1] as Bundle | undefined)?.entry ?? [];
    if (matches.length === 1) return [200, matches[0]?.resource as Resource];
    if (matches.length === 0) delete headers['if-none-exist'];
  }
  const [result, resource] = await router.handleRequest(fhirRequest(method, path, parsed, headers), ehr.repository);
  return [getStatus(result), resource ?? result];
}

function fhirRequest(method: HttpMethod, path: string, body: unknown, headers: IncomingMessage['headers']) {
  return { method, url: `/${path}`, pathname: '', body, params: {}, query: {}, headers, config: { transactions: true } };
}

function refused(habits: EhrHabits, resource: Resource | undefined): [number, object] | undefined {
  if (resource === undefined) return undefined;
  if (habits.refuses?.includes(resource.resourceType)) return [403, outcome('forbidden', `${resource.resourceType} may not be written here`)];
  if (resource.resourceType !== 'Observation' || !habits.observationCategories) return undefined;
  const codes = ((resource as Observation).category ?? []).flatMap((category) => category.coding ?? []).map((coding) => coding.code);
  return codes.some((code) => habits.observationCategories?.includes(code ?? ''))
    ? undefined
    : [422, outcome('business-rule', 'category not supported')];
}

/** True when the request has been dealt with and must not be carried out. */
async function failBefore(fault: FaultKind, response: ServerResponse): Promise<boolean> {
  const headers: Record<string, string> = fault === '429' ? { 'retry-after': '1' } : {};
  if (fault === '503' || fault === '429' || fault === '401') {
    send(response, Number(fault), outcome('transient', 'injected'), headers);
    return true;
  }
  if (fault === '412') {
    send(response, 412, outcome('multiple-matches', 'injected'), {});
    return true;
  }
  if (fault === 'reset') return Boolean(response.destroy());
  // The client has to give up by itself; the socket dies with its abort.
  if (fault === 'timeout') return true;
  if (fault === 'slow') await sleep(30);
  return false;
}

/** True when the answer (of a request that was carried out) has been spoilt. */
function failAfter(fault: FaultKind, response: ServerResponse, status: number, resource: object, origin: string): boolean {
  if (fault === '503-after-commit') send(response, 503, outcome('transient', 'injected'), {});
  else if (fault === 'reset-after-commit') response.destroy();
  else if (fault === 'timeout-after-commit') return true;
  else if (fault === 'empty-201' && status < 300) send(response, status, undefined, headersOf(resource, origin));
  else if (fault === 'truncated') {
    const text = JSON.stringify(resource);
    response.writeHead(status, { 'content-type': 'application/fhir+json', 'content-length': text.length });
    response.write(text.slice(0, text.length >> 1), () => response.destroy());
  } else return false;
  return true;
}

function headersOf(resource: object, origin: string): Record<string, string> {
  const { resourceType, id, meta } = resource as Resource;
  if (!id || !meta?.versionId) return {};
  return { etag: `W/"${meta.versionId}"`, location: `${origin}/fhir/${resourceType}/${id}/_history/${meta.versionId}` };
}

function send(response: ServerResponse, status: number, body: object | undefined, headers: Record<string, string>): void {
  response.writeHead(status, { 'content-type': 'application/fhir+json', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function outcome(code: string, text: string): OperationOutcome {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: code as 'invalid', details: { text } }] };
}

function capabilities(habits: EhrHabits): object {
  const interaction = ['read', 'search-type', 'create', 'update', 'history-instance'].map((code) => ({ code }));
  const types = [
    'Patient',
    'Observation',
    'Device',
    'Provenance',
    'DiagnosticReport',
    'ServiceRequest',
    'Task',
    'DetectedIssue',
    'AuditEvent',
    'Condition',
  ];
  const common = { interaction, conditionalCreate: !habits.ignoresIfNoneExist, versioning: 'versioned-update' };
  const resource = [...types.map((type) => ({ type, ...common })), { type: 'Subscription', ...common, extension: topicExtensions(habits.topics) }];
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-01',
    kind: 'instance',
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [{ mode: 'server', resource, interaction: [{ code: 'transaction' }] }],
  };
}
