/** The few FHIR R4 interactions that Backstop uses, on @medplum/core with our own fetch. */
import { ClientStorage, MedplumClient, MemoryStorage } from '@medplum/core';
import type { Bundle, CapabilityStatement, Resource } from '@medplum/fhirtypes';
import { TryLater } from '../../lib/errors.ts';
import type { RecordFetch } from './record-fetch.ts';
import { Refusal } from './refusal.ts';

export type Stored<T extends Resource = Resource> = T & { readonly id: string };

export interface RecordClient {
  /** Every page; `complete` is false when there were more than `limit` resources. */
  search(query: string, limit?: number): Promise<{ readonly resources: readonly Resource[]; readonly complete: boolean }>;
  /** Undefined when there is none (404, 410). */
  read(resourceType: string, id: string): Promise<Stored | undefined>;
  /** Undefined where it is not offered. */
  capabilities(): Promise<CapabilityStatement | undefined>;
  /** Conditional create (If-None-Exist). `undefined` when several match (412): the caller searches. */
  createOnce<T extends Resource>(resource: T, query: string): Promise<Stored<T> | undefined>;
  /** With If-Match. 'changed' when somebody else was quicker (409, 412). */
  update<T extends Resource>(resource: Stored<T>): Promise<Stored<T> | 'changed'>;
}

const DEFAULT_LIMIT = 500;

/** `baseUrl` is the FHIR base, e.g. https://ehr.example/fhir/R4. Throws Refusal and TryLater as the fetch does. */
export function makeClient(baseUrl: string, recordFetch: RecordFetch): RecordClient {
  const base = baseUrl.replace(/\/+$/, '');
  const [, origin, path] = /^(https?:\/\/[^/]+)\/?(.*)$/.exec(base) ?? [];
  if (!origin) throw new RangeError(`not an http(s) address: ${base}`);
  const medplum = new MedplumClient({
    baseUrl: `${origin}/`,
    fhirUrlPath: path ?? '',
    fetch: recordFetch,
    storage: new ClientStorage(new MemoryStorage()),
    extendedMode: false,
    maxRetries: 0,
    cacheTime: 0,
  });
  return {
    search: (query, limit = DEFAULT_LIMIT) => searchAll(medplum, base, query, limit),
    read: (resourceType, id) => absent(medplum.get<Stored>(`${base}/${resourceType}/${encodeURIComponent(id)}`, fresh())),
    capabilities: async () => {
      const answer = await absent(medplum.get<Stored>(`${base}/metadata`, fresh()));
      return answer?.resourceType === 'CapabilityStatement' ? answer : undefined;
    },
    createOnce: async (resource, query) => {
      try {
        const answer = await medplum.post(`${base}/${resource.resourceType}`, resource, 'application/fhir+json', {
          ...fresh(),
          headers: { 'If-None-Exist': query, Prefer: 'return=representation' },
        });
        return isStored(answer) ? (answer as never) : await found(medplum, base, resource.resourceType, query);
      } catch (error) {
        if (error instanceof Refusal && error.status === 412) return undefined;
        throw error;
      }
    },
    update: async (resource) => {
      const version = resource.meta?.versionId;
      const headers: Record<string, string> = { Prefer: 'return=representation', ...(version && { 'If-Match': `W/"${version}"` }) };
      try {
        const url = `${base}/${resource.resourceType}/${encodeURIComponent(resource.id)}`;
        const answer = (await medplum.put(url, resource, 'application/fhir+json', { ...fresh(), headers })) as Stored | undefined;
        if (isStored(answer)) return answer as never;
        return ((await absent(medplum.get<Stored>(url, fresh()))) ?? resource) as never;
      } catch (error) {
        if (error instanceof Refusal && (error.status === 412 || error.status === 409)) return 'changed';
        throw error;
      }
    },
  };
}

/** The library changes the options it is given (If-None-Exist would leak into the next call), so each call gets its own. */
function fresh(): { cache: 'no-store' } {
  return { cache: 'no-store' };
}

function isStored(answer: unknown): answer is Stored {
  return typeof (answer as Stored | undefined)?.id === 'string' && typeof (answer as Stored).resourceType === 'string';
}

/** A server that answers a create without a body: the resource is found by the same query. */
async function found(medplum: MedplumClient, base: string, resourceType: string, query: string): Promise<never> {
  const { resources } = await searchAll(medplum, base, `${resourceType}?${query}`, 2);
  if (resources[0]?.id) return resources[0] as never;
  throw new TryLater('a resource was created but cannot be found yet', { code: 'FHIR_NOT_FOUND_AFTER_CREATE', phase: 'answer' });
}

async function absent(reading: Promise<Stored>): Promise<Stored | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Refusal && (error.status === 404 || error.status === 410)) return undefined;
    throw error;
  }
}

async function searchAll(medplum: MedplumClient, base: string, query: string, limit: number) {
  const resources: Resource[] = [];
  let url: string | undefined = `${base}/${query}`;
  while (url !== undefined && resources.length < limit) {
    const page: Bundle = await medplum.get<Bundle>(url, fresh());
    if (page?.resourceType !== 'Bundle') throw new TryLater('a search was not answered with a Bundle', { code: 'FHIR_BAD_ANSWER', phase: 'parse' });
    for (const entry of page.entry ?? []) if (entry.resource && entry.resource.resourceType !== 'OperationOutcome') resources.push(entry.resource);
    const next: string | undefined = page.link?.find((link) => link.relation === 'next')?.url;
    url = next === undefined ? undefined : new URL(next, `${base}/`).href;
    // A token is sent to the record's own place only.
    if (url !== undefined && new URL(url).origin !== new URL(base).origin) return { resources, complete: false };
  }
  return { resources, complete: url === undefined };
}
