/** Writes fhir-profiles/examples from the code: one file a resource. A test compares them, so that a change of what is written shows in review. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { exampleResources } from '#test/systems/fhir/examples.ts';

const target = new URL('../fhir-profiles/examples/', import.meta.url);
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const resource of exampleResources())
  writeFileSync(new URL(`${resource.resourceType}-${resource.id}.json`, target), `${JSON.stringify(resource, null, 2)}\n`);
