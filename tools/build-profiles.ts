/**
 * Builds fhir-profiles/generated from the FSH sources with SUSHI, offline. SUSHI is no dependency of the project: give the folder where
 * `npm install fsh-sushi hl7.fhir.r4.examples` was run:  node tools/build-profiles.ts /tmp/fsh
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const sources = new URL('../fhir-profiles', import.meta.url).pathname;
const tools = process.argv[2];
if (!tools) throw new RangeError('which folder has node_modules with fsh-sushi and hl7.fhir.r4.examples?');

const work = mkdtempSync(join(tmpdir(), 'backstop-fsh-'));
try {
  seedCore(join(tools, 'node_modules/hl7.fhir.r4.examples'), join(work, 'home'));
  cpSync(join(sources, 'input'), join(work, 'ig/input'), { recursive: true });
  cpSync(join(sources, 'sushi-config.yaml'), join(work, 'ig/sushi-config.yaml'));
  execFileSync(join(tools, 'node_modules/.bin/sushi'), ['build', '-s', join(work, 'ig')], {
    env: { ...process.env, HOME: join(work, 'home') },
    stdio: 'inherit',
  });
  const made = join(work, 'ig/fsh-generated/resources');
  const target = join(sources, 'generated');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  for (const name of readdirSync(made))
    writeFileSync(join(target, name), `${JSON.stringify(slim(JSON.parse(readFileSync(join(made, name), 'utf8'))), null, 1)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** npm's hl7.fhir.r4.core is an empty shell; hl7.fhir.r4.examples (CC0) holds the same definitions, so it takes its place in SUSHI's cache. */
function seedCore(examples: string, home: string): void {
  const target = join(home, '.fhir/packages/hl7.fhir.r4.core#4.0.1/package');
  mkdirSync(target, { recursive: true });
  const wanted =
    /^(StructureDefinition|ValueSet|CodeSystem|SearchParameter|CompartmentDefinition|OperationDefinition|ConceptMap|NamingSystem|CapabilityStatement)-/;
  if (!existsSync(examples)) throw new RangeError(`${examples} is not there`);
  for (const name of readdirSync(examples)) if (wanted.test(name)) cpSync(join(examples, name), join(target, name));
  const about = JSON.parse(readFileSync(join(examples, 'package.json'), 'utf8'));
  writeFileSync(join(target, 'package.json'), JSON.stringify({ ...about, name: 'hl7.fhir.r4.core' }));
}

/** A snapshot repeats HL7's own texts for each element: they say nothing to a validator. */
function slim(resource: { snapshot?: { element: Record<string, unknown>[] }; [name: string]: unknown }): unknown {
  if (!resource.snapshot) return resource;
  const texts = ['definition', 'comment', 'requirements', 'alias', 'mapping', 'example', 'meaningWhenMissing', 'isModifierReason', 'orderMeaning'];
  const element = resource.snapshot.element.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => !texts.includes(name))));
  return { ...resource, snapshot: { element } };
}
