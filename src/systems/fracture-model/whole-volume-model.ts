/** Models that take a whole CT volume at once (docs/model-contract.md): a segmentation of vertebral bodies, or one probability for the study. */
import type { SpineImages, Volume } from '#src/case/volume.ts';
import { GiveUp } from '#src/lib/errors.ts';
import { invertAffine, type Vector } from '#src/measure/affine.ts';
import { measureHeights, planePoints } from '#src/measure/body-heights.ts';
import { lpsToStrip, type Strip, sampleStrip, slabDepthsMm, stripFrames } from '#src/measure/curved-strip.ts';
import { type LabelBody, labelBodies } from '#src/measure/label-bodies.ts';
import { type Grid, resampleToGrid } from '#src/measure/localizer-grid.ts';
import { normalizeImage } from '#src/measure/normalize-image.ts';
import { makeSampler, type Sampler } from '#src/measure/sample-volume.ts';
import { denseShare, trabecularHu } from '#src/measure/trabecular-hu.ts';
import type { MeasuredBody, ModelOutput } from '#src/ports.ts';
import { keepInside } from './find-chain.ts';
import type { Manifest } from './manifest.ts';
import type { PipelineOptions } from './measure-images.ts';
import { outputProblems } from './self-test.ts';
import type { NetworkSession } from './session.ts';
import { insideOf } from './to-bodies.ts';

/** As a set of one, by its contract. */
export const WHOLE_CONTRACTS = ['segmentation3d@1', 'studyClassifier@1'] as const;
/** Networks halve their input three or four times. */
const PAD_TO = 16;
/** 256 MiB of voxels: a larger volume would be a fault of the manifest's spacing. */
const MOST_VOXELS = 64e6;
/** The strip goes on this far beyond the first and the last body, mm. */
const BEYOND_MM = 40;
const NO_PICTURE: ModelOutput['picture'] = { columns: 0, rows: 0, values: new Float32Array(0), mmPerPixel: null };

export async function measureWhole(images: SpineImages, manifest: Manifest, session: NetworkSession, options: PipelineOptions): Promise<ModelOutput> {
  const volume = volumeFor(images, manifest);
  options.progress('running the model on the volume');
  const spacing = manifest.inputs[0]!.space.spacingMm;
  const grid = resampleToGrid(volume, spacing.mode === 'fixed' ? spacing.mm : Number.NaN, PAD_TO);
  if (grid.values.length > MOST_VOXELS) throw notForImages(`${manifest.id} would need a grid of ${grid.values.length} voxels`);
  const answer = await ask(grid, manifest, session, options.signal);
  if (manifest.contract === 'studyClassifier@1') return suspicionOf(answer, manifest, volume);
  return measured(labelBodies(asVolume(grid, answer)), volume, manifest);
}

const notForImages = (text: string): GiveUp => new GiveUp(text, { code: 'MODEL_NOT_FOR_IMAGES', phase: 'compute' });

function volumeFor(images: SpineImages, manifest: Manifest): Volume {
  const modality = images.kind === 'volume' ? images.volume.modality : images.picture.modality;
  if (images.kind === 'volume' && manifest.applies.modality.includes(modality)) return images.volume;
  throw notForImages(`${manifest.id} is made for volumes of ${manifest.applies.modality.join(', ')}, not for ${modality}`);
}

async function ask(grid: Grid, manifest: Manifest, session: NetworkSession, signal: AbortSignal): Promise<Float32Array> {
  const input = manifest.inputs[0]!;
  const data = normalizeImage(grid.values, input.normalize);
  const feeds = { [input.name]: { data, dims: [1, 1, grid.nz, grid.ny, grid.nx] } };
  const outputs = await session.run('whole', feeds, signal);
  const problems = outputProblems(manifest, feeds, outputs);
  const wanted = manifest.contract === 'segmentation3d@1' ? { role: 'labelMap', length: grid.values.length } : { role: 'probability', length: 1 };
  const values = outputs[manifest.outputs.find(({ role }) => role === wanted.role)!.name]?.data;
  if (problems.length === 0 && values?.length !== wanted.length)
    problems.push(`its ${wanted.role} has ${values?.length ?? 0} values, ${wanted.length} are needed`);
  if (problems.length > 0) throw new GiveUp(`${manifest.id}: ${problems[0]}`, { code: 'MODEL_OUTPUT', phase: 'compute' });
  return values!;
}

function suspicionOf(answer: Float32Array, manifest: Manifest, volume: Volume): ModelOutput {
  const probability = answer[0]!;
  if (probability < 0 || probability > 1)
    throw new GiveUp(`${manifest.id}: ${probability} is no probability`, { code: 'MODEL_OUTPUT', phase: 'compute' });
  return { bodies: [], picture: NO_PICTURE, notes: volume.notes, suspicion: { probability, threshold: manifest.calibration!.alert!.pMin } };
}

function asVolume(grid: Grid, values: Float32Array): Volume {
  const [x, y, z] = grid.origin;
  const affine = [grid.mm, 0, 0, x, 0, grid.mm, 0, y, 0, 0, grid.mm, z];
  const size = { columns: grid.nx, rows: grid.ny, slices: grid.nz };
  return { ...size, values, affine, modality: 'LABELS', quantity: 'signal', sliceSpacingMm: grid.mm, notes: [] };
}

function measured(bodies: readonly LabelBody[], volume: Volume, manifest: Manifest): ModelOutput {
  if (bodies.length < 2) return { bodies: [], picture: NO_PICTURE, notes: volume.notes };
  const inverse = invertAffine(volume.affine);
  const line = {
    points: bodies.map((body) => body.centre),
    rotation: bodies.map(() => 0),
    strength: 1,
    sacrumTopMm: null,
    lastRibMm: null,
  };
  const sample = makeSampler(volume);
  const strip = sampleStrip(sample, keepInside(stripFrames(line, BEYOND_MM), volume, inverse), slabDepthsMm('CT'));
  const inside = insideOf(volume);
  const rowsLps = strip.frames.map(({ origin, posterior }) => ({ origin, posterior }));
  const picture = { columns: strip.columns, rows: strip.rows, values: strip.channels[1], mmPerPixel: 1, rowsLps };
  return { bodies: bodies.map((body) => toBody(body, strip, sample, inside, volume, manifest)), picture, notes: volume.notes };
}

/** An endplate this close to the volume's end may be a cut, mm. */
const CUT_MARGIN_MM = 1.5;

function toBody(
  body: LabelBody,
  strip: Strip,
  sample: Sampler,
  inside: (point: Vector, marginMm: number) => boolean,
  volume: Volume,
  manifest: Manifest,
): MeasuredBody {
  const landmarks = body.places.map((lps, i) => {
    const at = lpsToStrip(strip, lps);
    return { ...body.points[i]!, picture: [at.column, at.row] as const, lps };
  });
  const points = planePoints(landmarks);
  const heights = points && measureHeights(points);
  const centre = lpsToStrip(strip, body.centre);
  const box = heights && { ...body, depthMm: heights.depth, heightMm: heights.middle };
  const isCt = volume.quantity === 'HU';
  const levelProbability = manifest.calibration!.levelProbability!;
  return {
    level: body.level,
    levelProbability,
    levelText: levelProbability < 0.9 ? `${body.level}?` : body.level,
    complete: landmarks.every(({ lps }) => inside(lps, CUT_MARGIN_MM)) ? 1 : 0,
    quality: 1,
    tiltRad: 0,
    landmarks,
    centrePicture: [centre.column, centre.row],
    centreLps: body.centre,
    trabecular: box && isCt ? trabecularHu(sample, box) : null,
    denseShare: box && isCt ? denseShare(sample, box) : null,
  };
}
