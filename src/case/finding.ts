/** What the model and the rules of measurement say about one study. */
import type { SeriesChoice } from './study.ts';
import type { Level, Vertebra } from './vertebra.ts';

export interface ModelIdentity {
  readonly id: string;
  readonly version: string;
  readonly sha256: string;
  readonly manifestSha256: string;
  readonly clinicalData: boolean;
}

/** Why nothing can be said about the images of a case. Shown as such, never as "no fracture". */
export type CannotSayReason =
  | 'images-not-found'
  | 'images-ambiguous'
  | 'no-usable-series'
  | 'volume-unusable'
  | 'patient-mismatch'
  | 'archive-failed'
  | 'decode-failed'
  | 'too-few-vertebrae'
  | 'model-failed'
  | 'model-abstained'
  | 'study-level-only';

/** What a model that judges a study as a whole says: no level, no grade, and so never more than a reason to look. */
export interface StudySuspicion {
  /** Of a vertebral fracture somewhere in the study, 0-1. */
  readonly probability: number;
  /** From which probability on its maker asks for a look. */
  readonly threshold: number;
}

export interface TrabecularDensity {
  readonly level: Level;
  readonly hu: number;
  readonly sdHu: number;
  readonly areaMm2: number;
  readonly kvp: number | null;
  readonly contrast: boolean;
}

export interface Measured {
  readonly state: 'measured';
  readonly vertebrae: readonly Vertebra[];
  /** From the most cranial to the most caudal level that was assessed. */
  readonly levelsAssessed: readonly Level[];
  readonly density: TrabecularDensity | null;
  /** Largest grade among graded vertebrae; null when none could be graded. */
  readonly worstGrade: 0 | 1 | 2 | 3 | null;
  readonly notes: readonly string[];
  readonly models: readonly ModelIdentity[];
  readonly executionProvider: string;
  readonly series: SeriesChoice;
  readonly studyInstanceUid: string;
  readonly studyDate: string | null;
  readonly modality: string;
  readonly picture: PictureSize;
}

/** Size of the straightened picture (the strip) in pixels, and mm per pixel (null without millimetres). The PNG itself is an artifact of the case. */
export interface PictureSize {
  readonly columns: number;
  readonly rows: number;
  readonly mmPerPixel: number | null;
}

export interface CannotSay {
  readonly state: 'cannot-say';
  readonly reason: CannotSayReason;
  /** A sentence for a person; no patient data. */
  readonly detail: string;
  /** Present when vertebrae were measured but not enough to speak. */
  readonly vertebrae: readonly Vertebra[];
  readonly models: readonly ModelIdentity[];
  /** What is known of the images and the measurement besides (slices far apart, gantry tilt); absent when nothing was measured. */
  readonly notes?: readonly string[];
  /** Present where a strip was drawn. */
  readonly picture?: PictureSize;
  /** With reason `study-level-only`. */
  readonly suspicion?: StudySuspicion;
}

export type StudyFinding = Measured | CannotSay;
