/** What readers of a curated set agreed on, written for `backstop evaluate` (six points in the patient) and for fine-tuning (patches). */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnnotatedVertebra, SIX_POINTS } from '../case/annotation.ts';
import { LEVELS } from '../case/vertebra.ts';
import { slabDepthsMm } from '../measure/curved-strip.ts';
import { type PictureInPatient, pictureToLps } from '../measure/picture-to-lps.ts';
import { makeSampler } from '../measure/sample-volume.ts';
import { trainingLooks } from '../measure/training-looks.ts';
import { type AnnotatedStudy, gradeAnnotations } from '../rules/grade-annotation.ts';
import { type SideBySide, settle, sideBySide } from '../rules/settle-annotations.ts';
import { ADJUDICATOR, type AnnotationFolder, openAnnotationFolder } from '../systems/labelled-data/annotation-folder.ts';
import { type CuratedStudy, readCuratedImages, readCuratedSet, sexOf } from '../systems/labelled-data/curated-set.ts';
import { readLocalSlices } from './read-local-slices.ts';

export interface ExportDone {
  readonly vertebrae: number;
  readonly looks: number;
  readonly files: readonly string[];
  /** In dispute and not decided: not exported. */
  readonly open: readonly SideBySide[];
}

/** `reader`: this reader's marks alone; null: what the readers agreed on and the adjudicator decided. */
export async function settledOf(
  folder: string,
  reader: string | null,
): Promise<{ readonly vertebrae: readonly AnnotatedVertebra[]; readonly open: readonly SideBySide[] }> {
  const annotations = openAnnotationFolder(folder);
  if (reader !== null) {
    const mine = await annotations.read(reader);
    return { vertebrae: mine.vertebrae.filter((one) => mine.finished.includes(one.study)), open: [] };
  }
  const rows = sideBySide(await annotations.readers(), await aboutStudies(folder));
  return settle(rows, await annotations.read(ADJUDICATOR));
}

/** What grading needs of each study of the set. */
export async function aboutStudies(folder: string): Promise<(study: string) => AnnotatedStudy> {
  const annotations = openAnnotationFolder(folder);
  const known = new Map<string, AnnotatedStudy>();
  for (const study of await readCuratedSet(folder))
    known.set(study.study, { sex: sexOf(study), picture: await measuredOn(annotations, study.study) });
  return (study) => known.get(study) ?? { sex: 'unknown', picture: null };
}

export async function exportAnnotations(folder: string, reader: string | null, progress: (study: string) => void): Promise<ExportDone> {
  const studies = await readCuratedSet(folder);
  const annotations = openAnnotationFolder(folder);
  const { vertebrae, open } = await settledOf(folder, reader);
  const lines: string[] = [];
  const looks: Buffer[] = [];
  const index: unknown[] = [];
  for (const study of studies) {
    const mine = vertebrae.filter((one) => one.study === study.study).toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
    if (mine.length === 0) continue;
    progress(study.study);
    const picture = await pictureOf(annotations, study.study);
    lines.push(...csvLines(study, mine, picture, await measuredOn(annotations, study.study)));
    for (const look of picture ? await looksOf(folder, study, mine, picture) : []) {
      looks.push(look.bytes);
      index.push(look.entry);
    }
  }
  await mkdir(join(folder, 'fine-tune'), { recursive: true });
  const files = [join(folder, 'points.csv'), join(folder, 'fine-tune', 'patches.f32'), join(folder, 'fine-tune', 'patches.json')];
  await writeFile(files[0]!, [HEADER, ...lines].join(''));
  await writeFile(files[1]!, Buffer.concat(looks));
  await writeFile(files[2]!, `${JSON.stringify({ format: 'backstop-patches', version: 1, size: 64, points: SIX_POINTS, looks: index })}\n`);
  return { vertebrae: lines.length, looks: looks.length, files, open };
}

/** Where distances are true: in the patient, or on the film. */
async function measuredOn(annotations: AnnotationFolder, study: string): Promise<PictureInPatient | null> {
  const proposal = (await annotations.proposal(study))?.proposal;
  // A column of a film's straightened picture is as wide as a pixel of the film that its rows are told in.
  if (proposal?.rowsFilm) return { columns: proposal.columns, mmPerPixel: 1, rowsLps: proposal.rowsFilm };
  return await pictureOf(annotations, study);
}

async function pictureOf(annotations: AnnotationFolder, study: string): Promise<PictureInPatient | null> {
  const stored = await annotations.proposal(study);
  if (!stored?.proposal.rowsLps) return null;
  const { columns, mmPerPixel, rowsLps } = stored.proposal;
  return { columns, mmPerPixel, rowsLps };
}

const COLUMNS = SIX_POINTS.flatMap((name) => ['x', 'y', 'z'].map((axis) => `${name}_${axis}`));
const HEADER = `${['scan', 'patient', 'level', 'grade', 'sex', 'age', 'scanner', 'site', 'split', ...COLUMNS].join(',')}\n`;
const cell = (value: string | number): string => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));

function csvLines(study: CuratedStudy, mine: readonly AnnotatedVertebra[], picture: PictureInPatient | null, on: PictureInPatient | null): string[] {
  const grades = gradeAnnotations(mine, { sex: sexOf(study), picture: on });
  return mine.map(({ level, points }, at) => {
    const places =
      points && picture ? SIX_POINTS.flatMap((name) => pictureToLps(picture, points[name]).map((mm) => mm.toFixed(2))) : COLUMNS.map(() => '');
    const about = [
      study.study,
      study.patient,
      level,
      grades[at]?.grade ?? '',
      study.sex,
      study.ageYears,
      study.scanner,
      study.site ?? '',
      study.split,
    ];
    return `${[...about, ...places].map(cell).join(',')}\n`;
  });
}

async function looksOf(folder: string, study: CuratedStudy, mine: readonly AnnotatedVertebra[], picture: PictureInPatient) {
  const images = await readCuratedImages(folder, study, readLocalSlices);
  if (images.kind !== 'volume') return [];
  const sample = makeSampler(images.volume, 'edge');
  return mine.flatMap(({ level, points }) => {
    if (!points) return [];
    const near = mine.flatMap((other) => {
      const isNext = Math.abs(LEVELS.indexOf(other.level) - LEVELS.indexOf(level)) === 1;
      return isNext && other.points ? [other.points] : [];
    });
    return trainingLooks(points, near, picture, sample, slabDepthsMm(study.modality)).map(({ values, xy }) => ({
      bytes: Buffer.from(values.buffer, values.byteOffset, values.byteLength),
      entry: { study: study.study, patient: study.patient, split: study.split, modality: study.modality, level, xy },
    }));
  });
}
