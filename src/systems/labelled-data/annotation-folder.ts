/** The folder `annotations` of a curated set: one file a reader, one of the adjudicator, and what readers start from. */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Annotation, Proposal } from '#src/case/annotation.ts';
import { LEVELS } from '#src/case/vertebra.ts';
import { GiveUp } from '#src/lib/errors.ts';

/** This name is the adjudicator's; no reader may have it. */
export const ADJUDICATOR = 'adjudicated';

const place = z.tuple([z.number(), z.number()]);
const points = z.object({ AS: place, MS: place, PS: place, AI: place, MI: place, PI: place });
const annotationSchema = z.object({
  format: z.literal('backstop-annotation'),
  version: z.literal(1),
  reader: z.string().min(1),
  finished: z.array(z.string()),
  vertebrae: z.array(z.object({ study: z.string(), level: z.enum(LEVELS), points: points.nullable() })),
});

export interface StoredProposal {
  readonly proposal: Proposal;
  readonly png: Uint8Array;
}

export interface AnnotationFolder {
  /** Empty for a new reader. */
  read(reader: string): Promise<Annotation>;
  /** Whole or not at all. */
  write(annotation: Annotation): Promise<void>;
  /** All readers but the adjudicator, by name. */
  readers(): Promise<readonly Annotation[]>;
  proposal(study: string): Promise<StoredProposal | null>;
  keepProposal(stored: StoredProposal): Promise<void>;
}

const fileName = (reader: string): string => {
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,60}$/u.test(reader))
    throw new GiveUp(`"${reader}" is no name for a reader: letters, digits, spaces`, { code: 'LABELLED_DATA', phase: 'parse' });
  return `${reader.toLowerCase().replaceAll(' ', '-')}.json`;
};

export function openAnnotationFolder(set: string): AnnotationFolder {
  const folder = join(set, 'annotations');
  const proposals = join(folder, 'proposals');
  const parse = async (file: string): Promise<Annotation> => annotationSchema.parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
  const put = async (path: string, bytes: string | Uint8Array): Promise<void> => {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(`${path}.part`, bytes);
    await rename(`${path}.part`, path);
  };
  return {
    read: async (reader) => {
      const file = fileName(reader);
      const known = await readdir(folder).catch((): string[] => []);
      return known.includes(file) ? await parse(file) : { format: 'backstop-annotation', version: 1, reader, finished: [], vertebrae: [] };
    },
    write: (annotation) => put(join(folder, fileName(annotation.reader)), `${JSON.stringify(annotation, null, 1)}\n`),
    readers: async () => {
      const files = (await readdir(folder).catch((): string[] => [])).filter((name) => name.endsWith('.json') && name !== `${ADJUDICATOR}.json`);
      return await Promise.all(files.sort().map(parse));
    },
    proposal: async (study) => {
      const [json, png] = await Promise.all([
        readFile(join(proposals, `${study}.json`), 'utf8').catch(() => null),
        readFile(join(proposals, `${study}.png`)).catch(() => null),
      ]);
      return json && png ? { proposal: JSON.parse(json) as Proposal, png } : null;
    },
    keepProposal: async ({ proposal, png }) => {
      await put(join(proposals, `${proposal.study}.png`), png);
      await put(join(proposals, `${proposal.study}.json`), JSON.stringify(proposal));
    },
  };
}
