/** Labelled scans of a folder, one after the other: VerSe and SPIDER layouts (label maps), NIfTI or MetaImage files with six points, a curated set. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { LEVELS, type Level, type PointLps } from '#src/case/vertebra.ts';
import type { SpineImages, Volume } from '#src/case/volume.ts';
import { GiveUp } from '#src/lib/errors.ts';
import { applyAffine, invertAffine } from '#src/measure/affine.ts';
import type { LabelledScan, LabelledTruth } from '#src/ports.ts';
import { type ReadSlices, readCuratedImages, readCuratedSet } from './curated-set.ts';
import { type LabelRow, parseLabels } from './labels-csv.ts';
import { readMha } from './read-mha.ts';
import { readNifti } from './read-nifti.ts';

export type Layout = 'verse' | 'spider' | 'points' | 'curated';

type LevelAt = NonNullable<LabelledScan['levelAt']>;

export interface LabelledDataOptions {
  readonly folder: string;
  /** CSV (labels-csv.ts): grades for verse and spider, grades and points for points. */
  readonly labelsFile: string;
  readonly layout: Layout;
  /** Decodes one DICOM file; needed for a curated set. */
  readonly readSlices?: ReadSlices;
}

/** VerSe: 8 = T1 ... 19 = T12, 20 = L1 ... 24 = L5. SPIDER: 1 = L5 counting upwards; 100 and above are canal and discs. */
const LABEL_TO_LEVEL: Readonly<Record<'verse' | 'spider', (label: number) => Level | null>> = {
  verse: (label) => LEVELS[label - 8] ?? null,
  spider: (label) => (label >= 1 && label <= LEVELS.length ? LEVELS[LEVELS.length - label]! : null),
};

const never = (text: string): GiveUp => new GiveUp(text, { code: 'LABELLED_DATA', phase: 'parse' });

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

const readVolume = (file: string, modality: string): Promise<Volume> => (file.endsWith('.mha') ? readMha(file, modality) : readNifti(file, modality));

/** The image and, by layout, the label map of one scan. VerSe: <scan>_ct.nii.gz, <scan>_seg-vert_msk.nii.gz; SPIDER: images/<scan>.mha, masks/<scan>.mha. */
function pathsOf(scan: string, layout: Exclude<Layout, 'curated'>, files: readonly string[]): { image: string; mask: string | null } {
  const find = (test: (name: string, path: string) => boolean): string | undefined => files.find((path) => test(basename(path), path));
  const starts = (name: string): boolean => name.startsWith(`${scan}_`) || name.startsWith(`${scan}.`);
  const image =
    layout === 'verse'
      ? find((name) => starts(name) && /_ct\.nii(\.gz)?$/.test(name))
      : find((name, path) => starts(name) && /\.(mha|nii|nii\.gz)$/.test(name) && !/mask|seg|label/i.test(path));
  if (!image) throw never(`no image was found for scan ${scan}`);
  if (layout === 'points') return { image, mask: null };
  const mask =
    layout === 'verse'
      ? find((name) => starts(name) && /seg-vert_msk\.nii(\.gz)?$/.test(name))
      : find((name, path) => starts(name) && /mask/i.test(path));
  if (!mask) throw never(`no label map was found for scan ${scan}`);
  return { image, mask };
}

/** Level of the label map at a point, by the nearest voxel. */
function levelAtIn(mask: Volume, toLevel: (label: number) => Level | null): LevelAt {
  const inverse = invertAffine(mask.affine);
  return (point) => {
    const [i, j, k] = applyAffine(inverse, ...point).map(Math.round) as [number, number, number];
    if (i < 0 || j < 0 || k < 0 || i >= mask.columns || j >= mask.rows || k >= mask.slices) return null;
    return toLevel(Math.round(mask.values[(k * mask.rows + j) * mask.columns + i]!));
  };
}

const mean = (points: readonly PointLps[]): PointLps =>
  [0, 1, 2].map((axis) => points.reduce((sum, p) => sum + p[axis]!, 0) / points.length) as unknown as PointLps;
const far = (a: PointLps, b: PointLps): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** Nearest body whose six points are given, within half a body (12 mm). */
function levelNear(rows: readonly LabelRow[]): LevelAt {
  const centres = rows.flatMap((row) => (row.points ? [{ level: row.level, centre: mean(Object.values(row.points)) }] : []));
  return (point) => {
    const near = centres.filter(({ centre }) => far(centre, point) <= 12).sort((a, b) => far(a.centre, point) - far(b.centre, point));
    return near[0]?.level ?? null;
  };
}

/** 1 - min(Ha, Hm) / Hp from six points, percent: compared with the pipeline's raw loss, before any table of normals. */
function rawLoss(points: NonNullable<LabelRow['points']>): number {
  const [ha, hm, hp] = [far(points.AS, points.AI), far(points.MS, points.MI), far(points.PS, points.PI)];
  return 100 * (1 - Math.min(ha, hm) / hp);
}

function truthOf(row: LabelRow): LabelledTruth {
  return { level: row.level, grade: row.grade, rawLoss: row.points ? rawLoss(row.points) : null, points: row.points };
}

function sliceGroup(images: SpineImages): Record<string, string> {
  if (images.kind !== 'volume') return {};
  const { sliceSpacingMm: mm } = images.volume;
  return { slice: mm <= 1.5 ? '<=1.5 mm' : mm <= 3 ? '1.5-3 mm' : '>3 mm' };
}

function toScan(scan: string, rows: readonly LabelRow[], images: SpineImages, levelAt: LabelledScan['levelAt'] | null): LabelledScan {
  const { patient, sex, groups } = rows[0]!;
  return { scan, patient, sex, images, groups: { ...groups, ...sliceGroup(images) }, truths: rows.map(truthOf), levelAt };
}

/** Throws GiveUp LABELLED_DATA with what is missing or wrong. Scans are read one at a time. */
export async function* openLabelledData(options: LabelledDataOptions): AsyncGenerator<LabelledScan> {
  const parsed = parseLabels(await readFile(options.labelsFile, 'utf8'));
  if (!parsed.ok) throw never(`${basename(options.labelsFile)}: ${parsed.problems.slice(0, 5).join('; ')}`);
  const { layout } = options;
  if (layout === 'curated') {
    yield* curatedScans(options, parsed.rows);
    return;
  }
  const files = await filesUnder(options.folder);
  for (const scan of new Set(parsed.rows.map((row) => row.scan))) {
    const rows = parsed.rows.filter((row) => row.scan === scan);
    const modality = rows[0]?.modality ?? (layout === 'spider' ? 'MR' : 'CT');
    const { image, mask } = pathsOf(scan, layout, files);
    const volume = await readVolume(join(options.folder, image), modality);
    const labels = mask === null ? null : await readVolume(join(options.folder, mask), 'LABELS');
    const levelAt = labels && layout !== 'points' ? levelAtIn(labels, LABEL_TO_LEVEL[layout]) : levelNear(rows);
    yield toScan(scan, rows, { kind: 'volume', volume }, levelAt);
  }
}

/** Labels without points (those of the reports) can only be laid beside a measured vertebra by its name. */
async function* curatedScans(options: LabelledDataOptions, all: readonly LabelRow[]): AsyncGenerator<LabelledScan> {
  if (!options.readSlices) throw never('a curated set needs a reader of DICOM files');
  for (const study of await readCuratedSet(options.folder)) {
    const rows = all.filter((row) => row.scan === study.study);
    if (rows.length === 0) continue;
    const images = await readCuratedImages(options.folder, study, options.readSlices);
    const hasPoints = rows.every((row) => row.points !== null);
    yield toScan(study.study, rows, images, hasPoints ? levelNear(rows) : null);
  }
}
