/** Brings a plan into the health record, one resource after the other, Task last. Safe to run again after a break at any request. */
import type { Resource } from '@medplum/fhirtypes';
import type { WrittenResource } from '../../case/case.ts';
import { AskAHuman, TryLater } from '../../lib/errors.ts';
import { keyOf, ROLES } from './keys.ts';
import { mergeResource, withdrawn } from './merge-resource.ts';
import { KEY_SYSTEM, KEY_TAG } from './names.ts';
import { type Planned, plannedKey } from './planned.ts';
import type { RecordClient, Stored } from './record-client.ts';
import { Refusal } from './refusal.ts';

/** Three writers at the same resource at once, and we were always second: then the queue tries again. */
const CHANGES_BEFORE_LATER = 3;

/** Forbidden, not found, not allowed, not implemented. */
const NOT_OFFERED = [403, 404, 405, 501];

/**
 * Finds by key what is there, creates what is missing (If-None-Exist), changes what says something else (If-Match), and withdraws what the
 * case no longer says. A type that the record refuses is told with `refused` and the rest is written without it.
 * Throws AskAHuman when everything is refused, TryLater as the client does.
 */
export async function writePlan(client: RecordClient, caseId: string, plan: readonly Planned[]): Promise<readonly WrittenResource[]> {
  const there = await findThere(client, caseId, plan);
  const ids = new Map<string, string>();
  const written: WrittenResource[] = [];
  const keys = new Set(plan.map((item) => item.key));
  // The marker comes last, also when it says that something is over: so what it marks is withdrawn before it.
  for (const item of plan.filter((planned) => !isTask(planned))) await put(item);
  for (const [key, resources] of there)
    for (const resource of keys.has(key) ? resources.slice(1) : resources) {
      const result = await withdraw(client, resource);
      if (typeof result === 'object')
        written.push({ resourceType: resource.resourceType, id: resource.id, versionId: null, key, role: 'withdrawal', ...result });
    }
  for (const item of plan.filter(isTask)) await put(item);

  async function put(item: Planned): Promise<void> {
    const result = await putOne(client, item, there.get(item.key)?.[0], ids);
    if (result === null) return;
    if (result.refused === undefined) ids.set(item.key, `${result.resourceType}/${result.id}`);
    written.push(result);
  }
  if (written.length > 0 && written.every((result) => result.refused !== undefined)) {
    throw new AskAHuman(`the health record refuses everything (${written[0]?.refused})`, { code: 'FHIR_ALL_REFUSED', phase: 'send' });
  }
  return written;
}

function isTask(item: Planned): boolean {
  return item.resource.resourceType === 'Task';
}

/** Withdraws whatever a case has in the record, but not what a person has taken on. Gives the count. */
export async function withdrawCase(client: RecordClient, caseId: string): Promise<number> {
  let count = 0;
  for (const resources of (await findThere(client, caseId, [])).values())
    for (const one of resources) if ((await withdraw(client, one)) === true) count += 1;
  return count;
}

async function putOne(
  client: RecordClient,
  item: Planned,
  there: Stored | undefined,
  ids: ReadonlyMap<string, string>,
): Promise<WrittenResource | null> {
  const wanted = withReferences(item.resource, ids);
  const { resourceType } = wanted;
  try {
    if (there === undefined && item.onlyIfThere) return null;
    const existing = there ?? (await create(client, item, wanted));
    const saved = item.immutable || existing === undefined ? existing : await change(client, existing, (current) => mergeResource(current, wanted));
    if (!saved) throw new TryLater('a resource that must be there is not found', { code: 'FHIR_NOT_FOUND_AFTER_CREATE', phase: 'answer' });
    return { resourceType, id: saved.id, versionId: saved.meta?.versionId ?? null, key: item.key, role: item.role };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { resourceType, id: '', versionId: null, key: item.key, role: item.role, refused: refusalText(error) };
  }
}

/** Another writer may have made it meanwhile, or twice: then the oldest is ours and the next run withdraws the others. */
async function create(client: RecordClient, item: Planned, wanted: Resource): Promise<Stored | undefined> {
  const query = isTagged(item.resource) ? `_tag=${token(KEY_TAG, item.key)}` : `identifier=${token(KEY_SYSTEM, item.key)}`;
  const created = await client.createOnce(wanted, query);
  if (created) return created;
  const { resources } = await client.search(`${wanted.resourceType}?${query}`, 10);
  return oldestFirst(resources)[0];
}

/** Gives why the record refuses it, or whether there was something to withdraw. */
async function withdraw(client: RecordClient, resource: Stored): Promise<boolean | { readonly refused: string }> {
  try {
    return withdrawn(resource) !== null && (await change(client, resource, withdrawn)) !== undefined;
  } catch (error) {
    if (error instanceof Refusal) return { refused: refusalText(error) };
    throw error;
  }
}

function refusalText(error: Refusal): string {
  return [error.status, ...error.issueCodes].join(' ');
}

/** Applies a change with If-Match; when somebody else was quicker it is made anew on what they left. */
async function change(client: RecordClient, existing: Stored, make: (current: Stored) => Stored | null): Promise<Stored | undefined> {
  let current: Stored | undefined = existing;
  for (let attempt = 0; attempt < CHANGES_BEFORE_LATER && current !== undefined; attempt += 1) {
    const next = make(current);
    if (next === null) return current;
    const saved: Stored | 'changed' = await client.update(next);
    if (saved !== 'changed') return saved;
    current = await client.read(existing.resourceType, existing.id);
  }
  if (current === undefined) return undefined;
  throw new TryLater('others keep changing the same resource', { code: 'FHIR_CHANGED_MEANWHILE', phase: 'send' });
}

/** What the case has in the record already, by key, oldest first: of every role that it may ever have had, not only of this plan. */
async function findThere(client: RecordClient, caseId: string, plan: readonly Planned[]): Promise<ReadonlyMap<string, readonly Stored[]>> {
  const there = new Map<string, Stored[]>();
  const keep = (key: string | undefined, resource: Stored) => {
    if (key) there.set(key, [...(there.get(key) ?? []), resource]);
  };
  const byRole = Object.entries(ROLES).map(async ([type, roles]) => {
    const tokens = roles.map((role) => token(KEY_SYSTEM, keyOf(caseId, role)));
    return await searchOrNone(client, `${type}?identifier=${tokens.join(',')}&_count=100`);
  });
  const once = plan
    .filter((planned) => planned.immutable)
    .map(async (item) => {
      const query = isTagged(item.resource) ? `_tag=${token(KEY_TAG, item.key)}` : `identifier=${token(KEY_SYSTEM, item.key)}`;
      return { key: item.key, found: await searchOrNone(client, `${item.resource.resourceType}?${query}`) };
    });
  // Reading in parallel is safe; the client keeps to its own limit. When one fails the others are waited for, so that a run that was broken off
  // leaves no request behind it on its way.
  await Promise.allSettled([...byRole, ...once]);
  const [roles, immutables] = await Promise.all([Promise.all(byRole), Promise.all(once)]);
  for (const resource of roles.flat()) keep(identifierKey(resource), resource);
  for (const { key, found } of immutables) if (found[0]) keep(key, found[0]);
  return there;
}

/** A type that the record does not offer has nothing of ours. Any other refusal must not be taken for "nothing there": then it is tried later. */
async function searchOrNone(client: RecordClient, query: string): Promise<readonly Stored[]> {
  try {
    return oldestFirst((await client.search(query)).resources);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (NOT_OFFERED.includes(error.status)) return [];
    throw new TryLater(`the health record refused a search (${error.status})`, { code: 'FHIR_SEARCH_REFUSED', phase: 'answer', cause: error });
  }
}

function oldestFirst(resources: readonly Resource[]): readonly Stored[] {
  const age = (resource: Resource) => `${resource.meta?.lastUpdated ?? ''} ${resource.id ?? ''}`;
  return resources.filter((resource): resource is Stored => resource.id !== undefined).toSorted((a, b) => age(a).localeCompare(age(b)));
}

function identifierKey(resource: Resource): string | undefined {
  return (resource as { identifier?: { system?: string; value?: string }[] }).identifier?.find((identifier) => identifier.system === KEY_SYSTEM)
    ?.value;
}

/** These two have no identifier in R4. */
function isTagged(resource: Resource): boolean {
  return resource.resourceType === 'Provenance' || resource.resourceType === 'AuditEvent';
}

function token(system: string, value: string): string {
  return encodeURIComponent(`${system}|${value}`);
}

/** Puts ids in for placeholders. What points at a refused resource is left out: alone in an element the element goes, in a list only the entry. */
export function withReferences<T extends Resource>(resource: T, ids: ReadonlyMap<string, string>): T {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const items = value.map(walk).filter((item) => item !== undefined);
      return items.length > 0 ? items : undefined;
    }
    if (typeof value !== 'object' || value === null) return value;
    const key = plannedKey(String((value as { reference?: unknown }).reference ?? ''));
    if (key !== undefined) {
      const id = ids.get(key);
      return id === undefined ? undefined : { ...value, reference: id };
    }
    const entries = Object.entries(value).map(([name, inner]) => [name, walk(inner)] as const);
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
  };
  return walk(resource) as T;
}
