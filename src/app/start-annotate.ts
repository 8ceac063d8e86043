/** `backstop annotate`: the annotation pages for one reader, on loopback, on a curated set in a folder. */
import { randomBytes } from 'node:crypto';
import type { Log } from '../lib/log.ts';
import type { FractureModel, KeyImagePainter } from '../ports.ts';
import { isBody } from '../rules/grade-annotation.ts';
import { sideBySide } from '../rules/settle-annotations.ts';
import { ADJUDICATOR, openAnnotationFolder, type StoredProposal } from '../systems/labelled-data/annotation-folder.ts';
import { type CuratedStudy, readCuratedImages, readCuratedSet } from '../systems/labelled-data/curated-set.ts';
import { makeAnnotateRouter } from '../web/annotate/annotate-routes.ts';
import { startWebServer } from '../web/server.ts';
import { aboutStudies } from './export-annotations.ts';
import { makeProposal } from './make-proposal.ts';
import { readLocalSlices } from './read-local-slices.ts';

export interface AnnotateOptions {
  readonly folder: string;
  /** Null: adjudication of what the readers dispute. */
  readonly reader: string | null;
  /** 0: any free one. */
  readonly port: number;
  readonly model: FractureModel;
  readonly painter: Pick<KeyImagePainter, 'paintStrip'>;
  readonly log: Log;
}

/** Gives the address to open; nobody else on the machine can guess it. */
export async function startAnnotate(options: AnnotateOptions): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { folder, reader } = options;
  const studies = await readCuratedSet(folder);
  const annotations = openAnnotationFolder(folder);
  const rows = async () => sideBySide(await annotations.readers(), await aboutStudies(folder));
  const disputed = reader === null ? new Set((await rows()).filter((row) => row.differ.length > 0).map((row) => row.study)) : null;
  const shown = studies.filter((one) => disputed?.has(one.study) ?? true);
  const key = randomBytes(16).toString('hex');
  const router = makeAnnotateRouter(
    {
      studies: shown.map((one) => ({ study: one.study, what: `${one.modality}, ${one.files.length} files, ${one.split}` })),
      proposal: oneAtATime((study) => proposalOf(options, studyNamed(studies, study))),
      mine: () => annotations.read(reader ?? ADJUDICATOR),
      save: (annotation) => annotations.write(annotation),
      disputes: async (study) => {
        if (reader !== null) return null;
        const mine = (await rows()).filter((row) => row.study === study && row.differ.length > 0);
        const others = (await annotations.readers()).filter((one) => one.finished.includes(study));
        return { others, levels: new Map(mine.map((row) => [row.level, row.differ])) };
      },
      isBody,
    },
    key,
  );
  const web = await startWebServer({
    host: '127.0.0.1',
    port: options.port,
    publicUrl: '',
    embedOrigins: [],
    log: options.log,
    isReady: () => Promise.resolve(true),
    routers: () => [router],
  });
  return { url: `http://127.0.0.1:${web.port}/${key}/`, close: () => web.close() };
}

function studyNamed(studies: readonly CuratedStudy[], name: string): CuratedStudy {
  const found = studies.find((one) => one.study === name);
  if (!found) throw new RangeError(`the set has no study ${name}`);
  return found;
}

/** Made once by the model, then kept beside the annotations, so that every reader starts from the same. */
async function proposalOf({ folder, model, painter }: AnnotateOptions, study: CuratedStudy): Promise<StoredProposal | null> {
  const annotations = openAnnotationFolder(folder);
  const known = await annotations.proposal(study.study);
  if (known) return known;
  const made = await makeProposal(study.study, await readCuratedImages(folder, study, readLocalSlices), { model, painter });
  if (made) await annotations.keepProposal(made);
  return made;
}

/** The page and its picture ask at once: the model must not run twice. */
function oneAtATime<T>(make: (name: string) => Promise<T>): (name: string) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (name) => {
    const next = last.then(() => make(name));
    last = next.catch(() => undefined);
    return next;
  };
}
