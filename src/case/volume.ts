/** Pixels in the patient's frame. Only ever in memory. */
import type { DicomUid } from './ids.ts';

/** One decoded frame: values already in modality units (HU on CT), row by row. */
export interface Slice {
  readonly sopInstanceUid: DicomUid;
  readonly rows: number;
  readonly columns: number;
  /** Modality values (rescaled, padding clamped to -1024 on CT, MONOCHROME1 inverted once). */
  readonly values: Int16Array | Float32Array;
  /** Image Position (Patient), mm, centre of the first pixel; null for a projection. */
  readonly position: readonly [number, number, number] | null;
  /** Image Orientation (Patient): direction of a row (growing column), then of a column (growing row). */
  readonly orientation: readonly [number, number, number, number, number, number] | null;
  /** [row spacing, column spacing] mm, null when unknown. */
  readonly spacing: readonly [number, number] | null;
  readonly spacingKind: 'patient' | 'detector' | 'none';
  readonly acquisitionNumber: number | null;
  readonly contentTime: string | null;
  /** Patient Orientation (0020,0020) of a projection: where rows and columns point, e.g. ['A', 'F']. */
  readonly patientOrientation?: readonly string[] | null;
}

/**
 * A regular volume. `values[(k * rows + j) * columns + i]`, i = column, j = row, k = slice.
 * `affine` is row-major 3 x 4 and takes (i, j, k, 1) to LPS mm (centres of voxels).
 */
export interface Volume {
  readonly columns: number;
  readonly rows: number;
  readonly slices: number;
  readonly values: Int16Array | Float32Array;
  readonly affine: readonly number[];
  readonly modality: string;
  readonly quantity: 'HU' | 'signal';
  /** Projected distance of neighbouring slices, mm (never SliceThickness). */
  readonly sliceSpacingMm: number;
  readonly notes: readonly string[];
}

/** A single picture with anterior to the left and superior up (lateral X-ray). */
export interface Picture {
  readonly columns: number;
  readonly rows: number;
  readonly values: Float32Array;
  /** mm per pixel [row, column], or null: then only ratios may be told. */
  readonly spacingMm: readonly [number, number] | null;
  readonly magnified: boolean;
  readonly modality: string;
  readonly notes: readonly string[];
}

export type SpineImages = { readonly kind: 'volume'; readonly volume: Volume } | { readonly kind: 'picture'; readonly picture: Picture };
