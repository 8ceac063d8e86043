/** What a phantom can be asked for, and what it says about itself. Lengths in mm, densities in HU, angles in degrees. */
import type { Grade, LandmarkName, PointLps, Shape } from '#src/case/vertebra.ts';

/** A vertebra the phantom can hold. L6 exists only with six lumbar vertebrae; C5-C7 and S1 are drawn but carry no truth. */
export type PhantomLevel =
  | 'T1'
  | 'T2'
  | 'T3'
  | 'T4'
  | 'T5'
  | 'T6'
  | 'T7'
  | 'T8'
  | 'T9'
  | 'T10'
  | 'T11'
  | 'T12'
  | 'L1'
  | 'L2'
  | 'L3'
  | 'L4'
  | 'L5'
  | 'L6';

export interface PhantomFracture {
  readonly level: PhantomLevel;
  readonly shape: Shape;
  /** Loss against this vertebra's own height before the fracture: anterior for a wedge, middle for a biconcave, all three for a crush. */
  readonly lossPercent: number;
  /** A dense band below the broken endplate, as in an impacted fracture. Default true. */
  readonly denseBand?: boolean;
}

export interface PhantomParameters {
  readonly seed: number;
  readonly sex: 'female' | 'male';
  /** Multiplies every bone's size; 1 is an average woman, about 1.06 an average man. */
  readonly bodyScale?: number;
  readonly thoracicVertebrae?: 11 | 12;
  readonly ribPairs?: 11 | 12 | 13;
  readonly lumbarVertebrae?: 4 | 5 | 6;
  readonly kyphosisDegrees?: number;
  readonly lordosisDegrees?: number;
  /** Largest sideways offset of the spine, mm, and the number of half waves over its length. */
  readonly scoliosisMm?: number;
  readonly scoliosisHalfWaves?: number;
  /** The whole patient turned in the scanner: about the long axis, and sideways. */
  readonly turnDegrees?: number;
  readonly leanDegrees?: number;
  /** Moves the field of view against the spine: to the patient's left, to the back. */
  readonly offCentreMm?: readonly [left: number, back: number];
  readonly trabecularHu?: number;
  readonly fractures?: readonly PhantomFracture[];
  /** A focal pit in an endplate that is no fracture. */
  readonly schmorlNodes?: readonly { readonly level: PhantomLevel; readonly endplate: 'superior' | 'inferior'; readonly depthMm: number }[];
  /** Bone eaten away by a tumour, through the posterior wall and one pedicle. */
  readonly lyticLevels?: readonly PhantomLevel[];
  /** Small spurs at the front of the bodies and narrow discs; 0 none, 1 marked. */
  readonly wear?: number;
  readonly aorticCalcification?: boolean;
  readonly contrast?: boolean;
  /** Subcutaneous fat on the back. */
  readonly fatMm?: number;
  readonly noiseHu?: number;
  /** The scanner's table under the patient; default true on CT. */
  readonly table?: boolean;
  /** From the upper edge of the picture to the lower: a level's name, or 'C7', 'S1', 'S3', with about 12 mm to spare. */
  readonly from?: PhantomLevel | 'C6';
  readonly to?: PhantomLevel | 'S1' | 'S3';
  readonly columns?: number;
  readonly rows?: number;
  readonly pixelMm?: number;
  readonly sliceMm?: number;
  /** 0 a soft kernel, 1 a sharp one (edges overshoot, more noise). */
  readonly sharpness?: number;
}

export interface VertebraTruth {
  readonly level: PhantomLevel;
  readonly centreLps: PointLps;
  /** Corner convention and order of docs/model-contract.md: outer edge of the cortex, spurs not counted. */
  readonly landmarksLps: Readonly<Record<LandmarkName, PointLps>>;
  /** mm. The middle height leaves a Schmorl node out. */
  readonly heights: { readonly anterior: number; readonly middle: number; readonly posterior: number };
  /** 0 when it is not broken. */
  readonly lossPercent: number;
  readonly shape: Shape | null;
  /** Genant 1993: 1 from 20 %, 2 from 25 %, 3 above 40 %. */
  readonly grade: Grade;
  /** The whole body lies inside the volume. */
  readonly wholeInView: boolean;
}

export interface PhantomTruth {
  readonly vertebrae: readonly VertebraTruth[];
  readonly trabecularHu: number;
}
