/** The sample studies and reports, and what must come out for each (test/stories/*\/expected.json). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Expected {
  readonly accession: string | null;
  readonly state: string;
  readonly rule: string | null;
  readonly outcome?: string;
  readonly fracture?: string;
  readonly vertebrae?: readonly { readonly level: string; readonly grade: number }[];
  readonly card?: boolean;
  readonly stopped?: string;
}

export interface Story {
  readonly name: string;
  readonly message: Buffer;
  readonly expected: Expected;
}

/** Every story of test/stories, in order of its number. */
export function readStories(): readonly Story[] {
  const folder = join(ROOT, 'test/stories');
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => ({
      name,
      message: readFileSync(join(folder, name, 'report.hl7')),
      expected: JSON.parse(readFileSync(join(folder, name, 'expected.json'), 'utf8')) as Expected,
    }));
}

/** Folders of DICOM files for the stand-in archive. */
export function sampleFolders(): readonly string[] {
  const folder = join(ROOT, 'samples');
  if (!existsSync(folder)) throw new Error('samples/ is missing: run "npm run samples"');
  return [folder];
}

/** FHIR resources of the invented patients. */
export function samplePatients(): readonly { readonly resourceType: string; readonly [field: string]: unknown }[] {
  const content: unknown = JSON.parse(readFileSync(join(ROOT, 'samples/patients.json'), 'utf8'));
  if (Array.isArray(content)) return content as never;
  return ((content as { entry?: { resource: never }[] }).entry ?? []).map((entry) => entry.resource);
}
