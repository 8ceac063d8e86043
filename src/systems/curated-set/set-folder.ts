/** The folder of a curated set while it is made: images, and a log of what is done, so that a killed run goes on where it stopped. Pseudonyms only. */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface WrittenFile {
  /** Path below the set's folder. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Of the pixels as they came from the archive. */
  readonly pixelSha256: string;
}

export type Looked = { readonly ok: true; readonly scanner: string; readonly modality: string } | { readonly ok: false; readonly because: string };

export type Fetched =
  | { readonly ok: true; readonly files: readonly WrittenFile[]; readonly removed: readonly string[] }
  | { readonly ok: false; readonly because: string };

interface Line {
  readonly study: string;
  readonly looked?: Looked;
  readonly fetched?: Fetched;
}

export interface SetFolder {
  looked(study: string): Looked | undefined;
  fetched(study: string): Fetched | undefined;
  keepLook(study: string, looked: Looked): Promise<void>;
  keepFetch(study: string, fetched: Fetched): Promise<void>;
  /** Empties the study's folder: what an interrupted run left there is not trusted. */
  begin(patient: string, study: string): Promise<void>;
  /** Takes the study's folder away: a refused study leaves nothing behind. */
  drop(patient: string, study: string): Promise<void>;
  writeImage(patient: string, study: string, name: string, bytes: Buffer, pixelSha256: string): Promise<WrittenFile>;
  /** Whole or not at all. */
  put(name: string, text: string): Promise<void>;
}

export async function openSetFolder(folder: string): Promise<SetFolder> {
  await mkdir(folder, { recursive: true });
  const log = join(folder, 'progress.jsonl');
  const looks = new Map<string, Looked>();
  const fetches = new Map<string, Fetched>();
  for (const line of await linesOf(log)) {
    if (line.looked) looks.set(line.study, line.looked);
    if (line.fetched) fetches.set(line.study, line.fetched);
  }
  const folderOf = (patient: string, study: string): string => join(folder, 'images', patient, study);
  const append = (line: Line): Promise<void> => appendFile(log, `${JSON.stringify(line)}\n`);
  return {
    looked: (study) => looks.get(study),
    fetched: (study) => fetches.get(study),
    keepLook: async (study, looked) => {
      looks.set(study, looked);
      await append({ study, looked });
    },
    keepFetch: async (study, fetched) => {
      fetches.set(study, fetched);
      await append({ study, fetched });
    },
    begin: async (patient, study) => {
      await rm(folderOf(patient, study), { recursive: true, force: true });
      await mkdir(folderOf(patient, study), { recursive: true });
    },
    drop: async (patient, study) => {
      await rm(folderOf(patient, study), { recursive: true, force: true });
      // Fails, and is meant to, while the patient has another study in the set.
      await rmdir(join(folder, 'images', patient)).catch(() => undefined);
    },
    writeImage: async (patient, study, name, bytes, pixelSha256) => {
      const file = `images/${patient}/${study}/${name}`;
      await writeFile(join(folder, file), bytes);
      return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), pixelSha256 };
    },
    put: async (name, text) => {
      await writeFile(join(folder, `${name}.part`), text);
      await rename(join(folder, `${name}.part`), join(folder, name));
    },
  };
}

/** A last line that was cut short is dropped, and the file is ended properly, so that the next line stands alone. */
async function linesOf(log: string): Promise<readonly Line[]> {
  const text = await readFile(log, 'utf8').catch(() => '');
  if (text !== '' && !text.endsWith('\n')) await appendFile(log, '\n');
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Line];
    } catch {
      return [];
    }
  });
}
