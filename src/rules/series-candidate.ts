/** Can this series show the spine at all? The instances of it that belong to the picture, or the reason against it. */
import type { EvenStack, InstanceSummary, SeriesChoice, SeriesSummary } from '#src/case/study.ts';
import { geometryKey } from '#src/measure/even-stack.ts';
import { isSoundPlane, type Plane, planeOf } from './series-plane.ts';

export interface Candidate {
  readonly series: SeriesSummary;
  readonly kind: SeriesChoice['kind'];
  /** In order along the slice normal. */
  readonly instances: readonly InstanceSummary[];
  /** How many instances they are; more than are listed where the series is known by a sample. */
  readonly count: number;
  readonly leftOut: string;
  readonly plane: Plane;
  readonly isDerived: boolean;
  /** Median distance of neighbouring slices, mm; 0 for a projection or a multi-frame instance. */
  readonly spacingMm: number;
  /** Extent along the spine (head to foot), mm; 0 where it cannot be told. */
  readonly coverageMm: number;
}
export type CandidateAnswer = { readonly ok: true; readonly candidate: Candidate } | { readonly ok: false; readonly because: string };

/** SOP classes (PS3.4 annex B.5) that are pictures of our modalities; everything else in a series is left out. */
const SOP_CLASSES: Readonly<Record<string, ReadonlySet<string>>> = {
  CT: new Set(['1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.5.1.4.1.1.2.1', '1.2.840.10008.5.1.4.1.1.2.2']),
  MR: new Set(['1.2.840.10008.5.1.4.1.1.4', '1.2.840.10008.5.1.4.1.1.4.1', '1.2.840.10008.5.1.4.1.1.4.4']),
  CR: new Set(['1.2.840.10008.5.1.4.1.1.1', '1.2.840.10008.5.1.4.1.1.1.1']),
  DX: new Set(['1.2.840.10008.5.1.4.1.1.1', '1.2.840.10008.5.1.4.1.1.1.1']),
};
/** Fewer slices than this are not a volume of the spine. */
const MIN_SLICES = { CT: 8, MR: 5 } as const;
const OUR_NAME = /^backstop\b/i;

export function findCandidate(series: SeriesSummary): CandidateAnswer {
  if (OUR_NAME.test(series.description) || OUR_NAME.test(series.manufacturer)) return no('our own result');
  const classes = SOP_CLASSES[series.modality];
  if (!classes) return no(`modality ${series.modality || '(none)'} is not a picture that can be measured`);
  const pictures = series.instances.filter((instance) => classes.has(instance.sopClassUid));
  if (pictures.length === 0)
    return no(series.instances.length === 0 ? 'the archive lists no instances' : 'no instance is an image of the modality (captures, summaries)');
  if (series.modality === 'CT' || series.modality === 'MR') return crossSection(series, series.modality, pictures);
  return projection(series, pictures);
}

function no(because: string): CandidateAnswer {
  return { ok: false, because };
}

function isLocalizer(instance: InstanceSummary): boolean {
  return instance.imageType.some((value) => /LOCALI[SZ]ER|SCOUT|REF_SURVIEW|TOPOGRAM|SURVIEW/i.test(value));
}

function isDerived(instance: InstanceSummary): boolean {
  return /^DERIVED$/i.test(instance.imageType[0] ?? '') || /^SECONDARY$/i.test(instance.imageType[1] ?? '');
}

const NOT_ANATOMY = /\b(ADC|TRACE[W]?|DIFFUSION|PERFUSION|SUBTRACTION|SUB|PHASE MAP|FIELD MAP|MIP|MINIP|PROJECTION IMAGE|ERROR|DVH|SCREEN SAVE)\b/i;

function crossSection(series: SeriesSummary, modality: 'CT' | 'MR', pictures: readonly InstanceSummary[]): CandidateAnswer {
  const anatomy = pictures.filter((instance) => !isLocalizer(instance));
  if (anatomy.length === 0) return no('localizer');
  if (anatomy.every((instance) => instance.imageType.some((value) => NOT_ANATOMY.test(value)))) return no('a map or projection, not anatomy');
  const sound = anatomy.filter(isSoundPlane);
  if (sound.length === 0) return no('no sound position, orientation or pixel spacing');
  const { instances, plane, spacingMm, coverageMm } = series.stack ? sampledStack(sound, series.stack) : largestStack(sound);
  const frames = series.stack?.count ?? instances.reduce((sum, instance) => sum + instance.numberOfFrames, 0);
  if (frames < MIN_SLICES[modality]) return no(`only ${frames} slices in one direction`);
  if (modality === 'MR' && plane !== 'sagittal') return no(`${plane} MR: only sagittal MR is measured`);
  const leftOut =
    pictures.length < series.instances.length ? 'other kinds of object, localizers or foreign slices' : 'localizers, foreign slices or other phases';
  const kind = modality === 'CT' ? 'ct-volume' : 'mr-sagittal';
  const count = series.stack?.count ?? instances.length;
  return { ok: true, candidate: { series, kind, instances, count, leftOut, plane, isDerived: instances.some(isDerived), spacingMm, coverageMm } };
}

type Stack = Pick<Candidate, 'instances' | 'plane' | 'spacingMm' | 'coverageMm'>;

/** What a sample that lies evenly foretells: the same figures as of all slices, as far as these lie as it says. */
function sampledStack(sound: readonly InstanceSummary[], { startMm, endMm, gapMm }: EvenStack): Stack {
  const plane = planeOf(sound[0]!);
  const instances = sound.toSorted((a, b) => alongOf(a, plane.normal) - alongOf(b, plane.normal));
  return { instances, plane: plane.name, spacingMm: gapMm, coverageMm: plane.name === 'axial' ? endMm - startMm + gapMm : plane.heightMm };
}

/** The largest set of slices of one size and direction, ordered along the normal; of several phases at the same places one. */
function largestStack(sound: readonly InstanceSummary[]): Stack {
  const group = [...Map.groupBy(sound, geometryKey).values()].reduce((best, one) => (one.length > best.length ? one : best));
  const plane = planeOf(group[0]!);
  const along = (instance: InstanceSummary) => alongOf(instance, plane.normal);
  const instances = onePhase(group, along).toSorted((a, b) => along(a) - along(b));
  const gaps = instances.slice(1).map((instance, index) => along(instance) - along(instances[index]!));
  const positive = gaps.filter((gap) => gap > SAME_PLACE_MM).toSorted((a, b) => a - b);
  // An enhanced object holds its slices as frames: their number and thickness are all that its header tells.
  const isEnhanced = instances.length === 1 && instances[0]!.numberOfFrames > 1;
  const spacingMm = isEnhanced ? (instances[0]!.sliceThickness ?? 0) : (positive[positive.length >> 1] ?? 0);
  const span = isEnhanced ? spacingMm * instances[0]!.numberOfFrames : along(instances.at(-1)!) - along(instances[0]!) + spacingMm;
  return { instances, plane: plane.name, spacingMm, coverageMm: plane.name === 'axial' ? span : plane.heightMm };
}

const SAME_PLACE_MM = 1e-3;

function alongOf(instance: InstanceSummary, normal: readonly number[]): number {
  return instance.imagePosition!.reduce((sum, value, axis) => sum + value * normal[axis]!, 0);
}

/** Share of all places that the largest phase must cover: numbers or times that differ from slice to slice are no phases. */
const PHASE_COVERS = 0.5;

/** The largest phase, the earliest of equals. What cannot be told apart from headers is left to the assembly of the volume. */
function onePhase(group: readonly InstanceSummary[], along: (instance: InstanceSummary) => number): readonly InstanceSummary[] {
  const places = (phase: readonly InstanceSummary[]) => new Set(phase.map((instance) => Math.round(along(instance) / SAME_PLACE_MM))).size;
  if (places(group) === group.length) return group;
  const keys: readonly ((one: InstanceSummary) => number | string)[] = [(one) => one.acquisitionNumber ?? 0, (one) => one.contentTime ?? ''];
  for (const key of keys) {
    const phases = [...Map.groupBy(group, key).entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, phase]) => phase);
    const largest = phases.reduce((best, phase) => (phase.length > best.length ? phase : best));
    if (phases.every((phase) => places(phase) === phase.length) && largest.length >= PHASE_COVERS * places(group)) return largest;
  }
  return group;
}

const LATERAL = /^(LL|RL|LLO?|LAT|LATERAL|LEFT LATERAL|RIGHT LATERAL)$/i;

function projection(series: SeriesSummary, pictures: readonly InstanceSummary[]): CandidateAnswer {
  const lateral = pictures.filter((instance) => isLateral(series, instance));
  const best = lateral.toSorted((a, b) => b.rows * b.columns - a.rows * a.columns || (a.instanceNumber ?? 0) - (b.instanceNumber ?? 0))[0];
  if (!best) return no('not a lateral view');
  if (best.numberOfFrames > 1) return no('a multi-frame projection (cine)');
  const spacing = best.pixelSpacing ?? best.imagerPixelSpacing;
  const coverageMm = spacing ? best.rows * (spacing[0] ?? 0) : 0;
  const leftOut = 'other views';
  return {
    ok: true,
    candidate: { series, kind: 'xray-lateral', instances: [best], count: 1, leftOut, plane: 'sagittal', isDerived: false, spacingMm: 0, coverageMm },
  };
}

function isLateral(series: SeriesSummary, instance: InstanceSummary): boolean {
  if (instance.viewPosition) return LATERAL.test(instance.viewPosition.trim());
  const axes = (instance.patientOrientation ?? []).map((value) => value.charAt(0).toUpperCase());
  if (axes.length >= 2) return axes.some((axis) => axis === 'A' || axis === 'P') && axes.some((axis) => axis === 'H' || axis === 'F');
  return /\b(lat|lateral|seitlich|profil)\b/i.test(series.description);
}
