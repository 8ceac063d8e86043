/** Reads a curated set (`backstop curate`): its manifest, and each study's series as the server would read it from the archive. */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import type { Sex } from '#src/case/vertebra.ts';
import type { Slice, SpineImages } from '#src/case/volume.ts';
import { GiveUp } from '#src/lib/errors.ts';
import { assemblePicture } from '#src/measure/assemble-picture.ts';
import { assembleVolume } from '#src/measure/assemble-volume.ts';

const manifestSchema = z.looseObject({
  format: z.literal('backstop-curated-set'),
  version: z.literal(1),
  studies: z.array(
    z.looseObject({
      study: z.string().regex(/^[\w.-]{1,80}$/),
      patient: z.string().min(1),
      split: z.enum(['train', 'tune', 'test']),
      role: z.string(),
      modality: z.string(),
      sex: z.string(),
      ageYears: z.number(),
      scanner: z.string(),
      site: z.string().optional(),
      files: z.array(z.looseObject({ file: z.string().min(1) })).min(1),
    }),
  ),
});

export type CuratedStudy = z.infer<typeof manifestSchema>['studies'][number];
/** Decoded frames of one DICOM file. */
export type ReadSlices = (bytes: Uint8Array) => Promise<readonly Slice[]>;

const refuse = (text: string): GiveUp => new GiveUp(text, { code: 'LABELLED_DATA', phase: 'parse' });

/** Throws GiveUp LABELLED_DATA when the folder holds no curated set. */
export async function readCuratedSet(folder: string): Promise<readonly CuratedStudy[]> {
  const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => {
    throw refuse(`${folder} holds no manifest.json of a curated set`);
  });
  const parsed = manifestSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data.studies;
  throw refuse(`${folder}/manifest.json is no curated set: ${parsed.error.issues[0]?.path.join('.')} ${parsed.error.issues[0]?.message}`);
}

export const sexOf = (study: Pick<CuratedStudy, 'sex'>): Sex => (/^f/i.test(study.sex) ? 'female' : /^m/i.test(study.sex) ? 'male' : 'unknown');

/** Throws GiveUp LABELLED_DATA for a series that makes no volume or picture, or a file outside the set. */
export async function readCuratedImages(folder: string, study: CuratedStudy, read: ReadSlices): Promise<SpineImages> {
  const slices: Slice[] = [];
  for (const { file } of study.files) {
    const path = join(folder, file);
    if (relative(folder, path).startsWith('..')) throw refuse(`${file} lies outside the set`);
    const decoded = read(await readFile(path)).catch((error: unknown) => {
      throw error instanceof GiveUp ? refuse(`${file}: ${error.message}`) : error;
    });
    slices.push(...(await decoded));
  }
  if (['CR', 'DX'].includes(study.modality)) {
    const assembled = assemblePicture(slices[0]!, study.modality);
    if (!assembled.ok) throw refuse(`${study.study}: ${assembled.text}`);
    return { kind: 'picture', picture: assembled.picture };
  }
  const assembled = assembleVolume(slices, study.modality);
  if (!assembled.ok) throw refuse(`${study.study}: ${assembled.text}`);
  return { kind: 'volume', volume: assembled.volume };
}
