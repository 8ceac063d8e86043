/** The pipeline from images to named, measured bodies (docs/model-contract.md). CT enters at the localizer, MR and X-ray at the detector. */
import type { PictureRow } from '#src/case/annotation.ts';
import type { Picture, SpineImages, Volume } from '#src/case/volume.ts';
import { add, applyAffine, cross, dot, invertAffine, norm, subtract, unit, type Vector } from '#src/measure/affine.ts';
import { type RowFrame, type Strip, slabDepthsMm, stripFrames } from '#src/measure/curved-strip.ts';
import { voxelMm } from '#src/measure/localizer-grid.ts';
import { classicalHeat, heatFromTensor } from '#src/measure/spine-heat.ts';
import { type SpineLine, traceSpine } from '#src/measure/trace-spine.ts';
import { pictureSampler } from '#src/measure/vertebra-patch.ts';
import type { ModelOutput } from '#src/ports.ts';
import { chainScore, type Found, findAgain, findChain, keepInside } from './find-chain.ts';
import type { Networks } from './networks.ts';
import { type Looks, placeLandmarks } from './place-landmarks.ts';
import { type Sampling, samplingOf, samplingOfPicture, type VolumeSampling } from './sampling.ts';
import type { SecondThread } from './second-thread.ts';
import { anchorsFrom, insideOf, toBodies } from './to-bodies.ts';

export interface PipelineOptions {
  readonly signal: AbortSignal;
  readonly progress: (stage: string) => void;
  /** Absent: all is sampled in this thread. */
  readonly second?: SecondThread;
}

/** Sizes of the looks at one body, within what training varied: their median and spread. */
const LOOK_SCALES = [0.9, 1, 1.1] as const;
const LOOK_OFFSETS_MM = [-4, 0, 4] as const;
/** Heat along the line below this: the network did not see a spine, bone and canal are asked instead. */
const WEAK_LINE = 0.35;
/** Pictures show no localizer's heat. */
const NO_ANCHORS = { aboveSacrumMm: null, aboveLastRibMm: null };
/** A projection enlarges the spine by about this much; pictures are sampled so that bodies keep their anatomical size in pixels. */
const XRAY_MAGNIFICATION = 1.15;

export function measureImages(images: SpineImages, networks: Networks, options: PipelineOptions): Promise<ModelOutput> {
  if (images.kind === 'picture') return measurePicture(images.picture, networks, options);
  return measureVolume(images.volume, networks, options);
}

async function measureVolume(volume: Volume, networks: Networks, options: PipelineOptions): Promise<ModelOutput> {
  const sampling = samplingOf(volume, options.second ?? null);
  try {
    return await (volume.quantity === 'HU' ? measureCt : measureSagittal)(volume, sampling, networks, options);
  } finally {
    sampling.end();
  }
}

async function localize(
  sampling: VolumeSampling,
  networks: Networks,
  { signal }: PipelineOptions,
): Promise<{ line: SpineLine | null; notes: string[] }> {
  const grid = await sampling.grid();
  const heat = await networks.localize(grid, signal);
  const learned = heat && traceSpine(heatFromTensor(grid, heat));
  if (learned && learned.strength >= WEAK_LINE) return { line: learned, notes: [] };
  const classical = traceSpine(classicalHeat(grid));
  const line = classical && (!learned || classical.points.length > learned.points.length / 2) ? classical : learned;
  return { line, notes: line ? ['spine line from bone and canal, not from the network'] : ['no spine found in the volume'] };
}

async function measureCt(volume: Volume, sampling: VolumeSampling, networks: Networks, options: PipelineOptions): Promise<ModelOutput> {
  options.progress('localising the spine');
  const { line, notes } = await localize(sampling, networks, options);
  if (!line)
    return { bodies: [], picture: { columns: 0, rows: 0, values: new Float32Array(0), mmPerPixel: null }, notes: [...volume.notes, ...notes] };
  const inverse = invertAffine(volume.affine);
  const keep = (frames: readonly RowFrame[]): RowFrame[] => keepInside(frames, volume, inverse);
  const depths = slabDepthsMm('CT');
  options.progress('finding vertebrae');
  const first = await findChain(await sampling.strip(keep(stripFrames(line, 45)), depths), networks, options.signal);
  const found = await findAgain(first, sampling, depths, keep, networks, options.signal);
  const looks: Looks = { offsetsMm: LOOK_OFFSETS_MM, scales: LOOK_SCALES, depthsMm: depths };
  options.progress('placing landmarks');
  const placed = await placeLandmarks(found.strip, found.chain, sampling, looks, networks, options.signal);
  const inside = insideOf(volume);
  const bodies = toBodies(placed, anchorsFrom(placed, line, inside), sampling.at, inside);
  return { bodies, picture: pictureInPatient(found.strip), notes: [...volume.notes, ...notes] };
}

/** Frames of flat pictures: rows 1 mm apart straight down, as wide as the field of view. */
function flatFrames(centre: Vector, caudal: Vector, posterior: Vector, rows: number): RowFrame[] {
  const left = cross(caudal, posterior);
  return Array.from({ length: rows }, (_, row) => ({ origin: add(centre, caudal, row - (rows - 1) / 2), caudal, posterior, left }));
}

/** The axis of the volume (i, j or k, either way round) that points most in a direction. */
function axisAlong(affine: readonly number[], direction: Vector): { axis: Vector; mm: number; index: number } {
  const axes = [0, 1, 2].map((column): Vector => [affine[column]!, affine[4 + column]!, affine[8 + column]!]);
  const index = axes.reduce((best, axis, i) => (Math.abs(dot(unit(axis), direction)) > Math.abs(dot(unit(axes[best]!), direction)) ? i : best), 0);
  const axis = axes[index]!;
  const sign = Math.sign(dot(axis, direction)) || 1;
  return { axis: unit([axis[0] * sign, axis[1] * sign, axis[2] * sign]), mm: norm(axis), index };
}

async function measureSagittal(volume: Volume, sampling: Sampling, networks: Networks, options: PipelineOptions): Promise<ModelOutput> {
  const caudal = axisAlong(volume.affine, [0, 0, -1]);
  const posterior = axisAlong(volume.affine, [0, 1, 0]);
  const sizes = [volume.columns, volume.rows, volume.slices];
  const rows = Math.round(sizes[caudal.index]! * caudal.mm);
  const columns = Math.round(sizes[posterior.index]! * posterior.mm);
  const centre = applyAffine(volume.affine, (volume.columns - 1) / 2, (volume.rows - 1) / 2, (volume.slices - 1) / 2);
  const across = unit(subtract(posterior.axis, [0, 1, 2].map((a) => caudal.axis[a]! * dot(posterior.axis, caudal.axis)) as unknown as Vector));
  const depths = voxelMm(volume.affine).every((mm) => mm <= 2) ? slabDepthsMm('CT') : slabDepthsMm('MR');
  options.progress('finding vertebrae');
  const tries: Found[] = [];
  for (const mm of [0, -8, 8]) {
    const middle = add(centre, cross(caudal.axis, across), mm);
    tries.push(await findChain(await sampling.strip(flatFrames(middle, caudal.axis, across, rows), depths, columns), networks, options.signal));
  }
  const best = tries.reduce((a, b) => (chainScore(b) > 1.05 * chainScore(a) ? b : a));
  const keep = (frames: readonly RowFrame[]): RowFrame[] => keepInside(frames, volume, invertAffine(volume.affine));
  const found = await findAgain(best, sampling, depths, keep, networks, options.signal);
  const looks: Looks = { offsetsMm: volume.sliceSpacingMm <= 2 ? LOOK_OFFSETS_MM : [0], scales: LOOK_SCALES, depthsMm: depths };
  options.progress('placing landmarks');
  const placed = await placeLandmarks(found.strip, found.chain, sampling, looks, networks, options.signal);
  const bodies = toBodies(placed, NO_ANCHORS, null, insideOf(volume));
  return { bodies, picture: pictureInPatient(found.strip), notes: volume.notes };
}

/** A film without millimetres is tried at several sizes; the one on which the detector sees the clearest chain is kept. */
async function measurePicture(picture: Picture, networks: Networks, options: PipelineOptions): Promise<ModelOutput> {
  const shrink = picture.magnified ? XRAY_MAGNIFICATION : 1;
  const guesses = [400, 320, 500].map((mm) => mm / Math.max(picture.rows, picture.columns));
  const sizes = picture.spacingMm
    ? [[picture.spacingMm[0] / shrink, picture.spacingMm[1] / shrink] as const]
    : guesses.map((mm) => [mm, mm] as const);
  options.progress('finding vertebrae');
  let best: { found: Found; sampling: Sampling } | null = null;
  for (const size of sizes) {
    const sampling = samplingOfPicture(pictureSampler(picture, size));
    const [rows, columns] = [Math.round(picture.rows * size[0]), Math.round(picture.columns * size[1])];
    const frames = flatFrames([0, ((columns - 1) / 2) * 1, -(rows - 1) / 2], [0, 0, -1], [0, 1, 0], rows);
    const first = await findChain(await sampling.strip(frames, [0], columns), networks, options.signal);
    const found = await findAgain(
      first,
      sampling,
      [0],
      (all) => all.filter((f) => -f.origin[2] >= 0 && -f.origin[2] <= rows),
      networks,
      options.signal,
    );
    if (!best || chainScore(found) > 1.05 * chainScore(best.found)) best = { found, sampling };
  }
  options.progress('placing landmarks');
  const { found, sampling } = best!;
  const placed = await placeLandmarks(
    found.strip,
    found.chain,
    sampling,
    { offsetsMm: [0], scales: LOOK_SCALES, depthsMm: [0] },
    networks,
    options.signal,
  );
  const bodies = toBodies(placed, NO_ANCHORS, null, () => true, picture.spacingMm !== null).map((body) => ({
    ...body,
    centreLps: null,
    // The sampler's plane is the film (pictureSampler): column = y, row = -z. The strip that becomes the key picture bends, the film does not.
    landmarks: body.landmarks.map((landmark) => ({ ...landmark, lps: null, film: [landmark.lps![1], -landmark.lps![2]] as const })),
  }));
  const rowsFilm = rowsOf(found.strip);
  return { bodies, picture: { ...pictureOf(found.strip, picture.spacingMm ? shrink : null), rowsFilm }, notes: picture.notes };
}

function pictureOf(strip: Strip, mmPerPixel: number | null): ModelOutput['picture'] {
  return { columns: strip.columns, rows: strip.rows, values: strip.channels[1], mmPerPixel };
}

function pictureInPatient(strip: Strip): ModelOutput['picture'] {
  return { ...pictureOf(strip, 1), rowsLps: rowsOf(strip) };
}

function rowsOf(strip: Strip): readonly PictureRow[] {
  return strip.frames.map(({ origin, posterior }) => ({ origin, posterior }));
}
