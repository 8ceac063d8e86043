/** Vertebrae as the field names them, and what is measured on one of them. */

export const LEVELS = ['T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'T8', 'T9', 'T10', 'T11', 'T12', 'L1', 'L2', 'L3', 'L4', 'L5'] as const;
/** A vertebra that Backstop grades: T1 to L5. */
export type Level = (typeof LEVELS)[number];

/** Genant grade: 0 none (< 20 % loss), 1 mild (20-25 %), 2 moderate (25-40 %), 3 severe (> 40 %). Genant 1993, J Bone Miner Res 8:1137. */
export type Grade = 0 | 1 | 2 | 3;
export type Shape = 'wedge' | 'biconcave' | 'crush';
export type Sex = 'female' | 'male' | 'unknown';

/** A point in the patient's frame: DICOM LPS, millimetres. */
export type PointLps = readonly [x: number, y: number, z: number];

/** The ten landmarks: five per endplate, anterior to posterior (docs/model-contract.md). */
export const LANDMARK_NAMES = ['AS', 'S1', 'MS', 'S3', 'PS', 'AI', 'I1', 'MI', 'I3', 'PI'] as const;
export type LandmarkName = (typeof LANDMARK_NAMES)[number];

export interface Landmark {
  readonly name: LandmarkName;
  /** On the key picture: (column, row), pixels, (0,0) = centre of the first pixel. */
  readonly picture: readonly [column: number, row: number];
  /** Patient frame, or null where the picture has no millimetres (most X-rays). */
  readonly lps: PointLps | null;
  /** Only where there is no patient frame: place on the film itself (right, down), in the key picture's pixels. The key picture is straightened and bends. */
  readonly film?: readonly [right: number, down: number];
  /** One standard deviation, mm (or picture pixels where there are no millimetres). */
  readonly sigma: number;
}

export interface Heights {
  /** Anterior, middle, posterior height. mm, or picture pixels when `unit` says so. */
  readonly anterior: number;
  readonly middle: number;
  readonly posterior: number;
  readonly unit: 'mm' | 'magnified mm' | 'px';
}

export interface HeightLoss {
  /** Percent (0-100), each adjusted for what is normal for level and sex (measure/), except `raw`. */
  readonly anterior: number;
  readonly middle: number;
  readonly posterior: number;
  /** The largest of the three: the figure that is graded. */
  readonly percent: number;
  /** 1 - min(Ha, Hm) / Hp, percent, unadjusted: what other products print. */
  readonly raw: number;
  /** One standard deviation of `percent`, points. */
  readonly sd: number;
}

export type NotEvaluableReason =
  | 'cut-by-field-of-view'
  | 'landmarks-uncertain'
  | 'low-picture-quality'
  | 'implausible-shape'
  | 'order-violated'
  | 'metal-or-cement'
  | 'slices-too-thick'
  | 'level-uncertain'
  | 'no-model-output';

export type MimicFlag = 'schmorl-node' | 'scheuermann-pattern' | 'cupids-bow' | 'limbus' | 'short-vertebra' | 'bridging';

/** One vertebral body as measured and graded. */
export interface Vertebra {
  readonly level: Level;
  /** How sure the name is, 0-1; below 0.90 `levelText` reads like "T12/L1?". */
  readonly levelProbability: number;
  readonly levelText: string;
  readonly state: 'graded' | 'indeterminate' | 'not_evaluable';
  readonly reason: NotEvaluableReason | null;
  /** Null unless graded or indeterminate. */
  readonly grade: Grade | null;
  /** Two neighbouring grades when the loss lies within the hysteresis band, e.g. "1-2". */
  readonly gradeText: string;
  readonly shape: Shape | null;
  readonly loss: HeightLoss | null;
  readonly heights: Heights | null;
  /** P(grade >= 1), P(grade >= 2), P(grade >= 3). */
  readonly probability: readonly [number, number, number] | null;
  readonly flags: readonly MimicFlag[];
  readonly landmarks: readonly Landmark[];
  /** Centre of the body on the key picture and in the patient. */
  readonly centrePicture: readonly [column: number, row: number];
  readonly centreLps: PointLps | null;
  /** Mean trabecular HU (CT only), or null with no claim. */
  readonly trabecularHu: number | null;
}
