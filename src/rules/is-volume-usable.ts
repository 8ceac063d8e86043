/** May vertebrae be measured in this volume? Hounsfield units that are Hounsfield units, slices thin enough, enough of the spine. */
import type { Volume } from '#src/case/volume.ts';

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
  const samples = sampled(volume);
  const lowest = samples[0] ?? 0;
  const highest = samples.at(-1) ?? 0;
  if (!(highest > lowest)) return no('no-contrast', 'all voxels have the same value');
  const coverage = coverageMm(volume);
  if (coverage < MIN_COVERAGE_MM) return no('too-little-coverage', `only ${Math.round(coverage)} mm from head to foot are in the volume`);
  const limit = volume.modality === 'CT' ? MAX_CT_SLICE_MM : MAX_MR_SLICE_MM;
  if (volume.sliceSpacingMm > limit) return no('slices-too-thick', `slices are ${volume.sliceSpacingMm.toFixed(1)} mm apart (limit ${limit} mm)`);
  if (volume.quantity !== 'HU') return { usable: true, notes: [] };
  const strange = notHounsfield(samples);
  if (strange) return no('not-hounsfield', strange);
  const notes = volume.sliceSpacingMm > THIN_CT_SLICE_MM ? [`slices are ${volume.sliceSpacingMm.toFixed(1)} mm apart: heights are less certain`] : [];
  return { usable: true, notes };
}

function no(code: VolumeFaultCode, text: string): VolumeUsability {
  return { usable: false, code, text };
}

/** Evenly spread values in rising order. The stride is odd, so that it does not walk down one column of a 512-wide picture. */
function sampled(volume: Volume): Float32Array {
  const stride = Math.max(1, Math.floor(volume.values.length / SAMPLES)) | 1;
  const count = Math.ceil(volume.values.length / stride);
  const samples = new Float32Array(count);
  for (let index = 0; index < count; index += 1) samples[index] = volume.values[index * stride]!;
  return samples.sort();
}

function notHounsfield(samples: Float32Array): string | undefined {
  const air = samples.findIndex((value) => value >= AIR_BELOW_HU);
  const airShare = (air < 0 ? samples.length : air) / samples.length;
  if (airShare < MIN_AIR_SHARE) return 'no air anywhere: the values are not Hounsfield units';
  const tissue = samples.filter((value) => value >= TISSUE_HU.from && value <= TISSUE_HU.to);
  if (tissue.length === 0) return 'no soft tissue anywhere: the values are not Hounsfield units';
  const median = tissue[tissue.length >> 1]!;
  if (median < TISSUE_MEDIAN_HU.from || median > TISSUE_MEDIAN_HU.to)
    return `soft tissue has a median of ${Math.round(median)}: the values are not Hounsfield units`;
  return undefined;
}

/** Extent of the box of voxels along the patient's long axis (LPS z), mm. */
function coverageMm(volume: Volume): number {
  const steps = [volume.columns, volume.rows, volume.slices];
  return steps.reduce((sum, count, axis) => sum + Math.abs(volume.affine[8 + axis]!) * count, 0);
}
