/** May vertebrae be measured in this volume? Hounsfield units that are Hounsfield units, slices thin enough, enough of the spine. */
import type { Volume } from '#src/case/volume.ts';
import { selectRank } from '#src/measure/select-rank.ts';

type VolumeFaultCode = 'no-contrast' | 'not-hounsfield' | 'slices-too-thick' | 'too-little-coverage';
export type VolumeUsability =
  | { readonly usable: true; readonly notes: readonly string[] }
  | { readonly usable: false; readonly code: VolumeFaultCode; readonly text: string };

/** CT slices further apart than this cannot show an endplate (vertebral bodies are 20-30 mm high). Design choice. */
const MAX_CT_SLICE_MM = 5.5;
/** Below the models' `maxSliceMm` no word is needed; above it results are less certain (design/model.md: 3 mm CT errs by 2.4 mm). */
const THIN_CT_SLICE_MM = 3;
/** Sagittal MR slices are 3-5 mm with a gap. */
const MAX_MR_SLICE_MM = 7;
/** Two neighbouring bodies with their discs: the least that can be compared. Design choice. */
const MIN_COVERAGE_MM = 60;
/** Air is -1000 HU; every CT of a body shows some inside or beside it. Threshold with room for partial volume. */
const AIR_BELOW_HU = -700;
/** Share of samples that must be air or padding. */
const MIN_AIR_SHARE = 0.005;
/** Soft tissue window, and where its median must lie: fat is about -100, muscle and organs 30-80, contrast adds to them. */
const TISSUE_HU = { from: -200, to: 300 } as const;
const TISSUE_MEDIAN_HU = { from: -120, to: 120 } as const;
/** About this many voxels are looked at. */
const SAMPLES = 200_000;

export function isVolumeUsable(volume: Volume): VolumeUsability {
  const values = lookAt(volume);
  if (!(values.highest > values.lowest)) return no('no-contrast', 'all voxels have the same value');
  const coverage = coverageMm(volume);
  if (coverage < MIN_COVERAGE_MM) return no('too-little-coverage', `only ${Math.round(coverage)} mm from head to foot are in the volume`);
  const limit = volume.modality === 'CT' ? MAX_CT_SLICE_MM : MAX_MR_SLICE_MM;
  if (volume.sliceSpacingMm > limit) return no('slices-too-thick', `slices are ${volume.sliceSpacingMm.toFixed(1)} mm apart (limit ${limit} mm)`);
  if (volume.quantity !== 'HU') return { usable: true, notes: [] };
  const strange = notHounsfield(values);
  if (strange) return no('not-hounsfield', strange);
  const notes = volume.sliceSpacingMm > THIN_CT_SLICE_MM ? [`slices are ${volume.sliceSpacingMm.toFixed(1)} mm apart: heights are less certain`] : [];
  return { usable: true, notes };
}

function no(code: VolumeFaultCode, text: string): VolumeUsability {
  return { usable: false, code, text };
}

interface Values {
  readonly lowest: number;
  /** NaN where a value is none. */
  readonly highest: number;
  readonly airShare: number;
  /** Null without a single value in the window of soft tissue. */
  readonly tissueMedian: number | null;
}

/**
 * Of evenly spread voxels. They are fetched first and looked at afterwards: each lies in a page of its own, and a loop that asks while it fetches
 * waits for them one by one. The stride is odd, so that it does not walk down one column of a 512-wide picture.
 */
function lookAt({ values }: Volume): Values {
  const stride = Math.max(1, Math.floor(values.length / SAMPLES)) | 1;
  const count = Math.ceil(values.length / stride);
  const samples = new Float32Array(count);
  for (let n = 0; n < count; n += 1) samples[n] = values[n * stride]!;
  let [lowest, highest, air, inTissue] = [Infinity, -Infinity, 0, 0];
  for (let n = 0; n < count; n += 1) {
    const value = samples[n]!;
    if (value < lowest) lowest = value;
    if (!(value <= highest)) highest = value;
    if (value < AIR_BELOW_HU) air += 1;
    // Tissue moves to the front, over what was looked at.
    samples[inTissue] = value;
    if (value >= TISSUE_HU.from && value <= TISSUE_HU.to) inTissue += 1;
  }
  const tissueMedian = inTissue === 0 ? null : selectRank(samples, inTissue >> 1, 0, inTissue - 1);
  return { lowest, highest, airShare: air / count, tissueMedian };
}

function notHounsfield({ airShare, tissueMedian }: Values): string | undefined {
  if (!(airShare >= MIN_AIR_SHARE)) return 'no air anywhere: the values are not Hounsfield units';
  if (tissueMedian === null) return 'no soft tissue anywhere: the values are not Hounsfield units';
  if (tissueMedian < TISSUE_MEDIAN_HU.from || tissueMedian > TISSUE_MEDIAN_HU.to)
    return `soft tissue has a median of ${Math.round(tissueMedian)}: the values are not Hounsfield units`;
  return undefined;
}

/** Extent of the box of voxels along the patient's long axis (LPS z), mm. */
function coverageMm(volume: Volume): number {
  const steps = [volume.columns, volume.rows, volume.slices];
  return steps.reduce((sum, count, axis) => sum + Math.abs(volume.affine[8 + axis]!) * count, 0);
}
