/** What a person marked on the images of a curated set: six points of a vertebra, or that it cannot be judged. */
import type { Level, PointLps } from './vertebra.ts';

export const SIX_POINTS = ['AS', 'MS', 'PS', 'AI', 'MI', 'PI'] as const;
export type SixPoint = (typeof SIX_POINTS)[number];
/** On the straightened picture of the study: (column, row), pixels. */
export type SixOnPicture = Readonly<Record<SixPoint, readonly [column: number, row: number]>>;

export interface AnnotatedVertebra {
  readonly study: string;
  readonly level: Level;
  /** Null: the reader says that it cannot be judged. */
  readonly points: SixOnPicture | null;
}

export interface Annotation {
  readonly format: 'backstop-annotation';
  readonly version: 1;
  readonly reader: string;
  /** Studies that the reader has declared finished. */
  readonly finished: readonly string[];
  readonly vertebrae: readonly AnnotatedVertebra[];
}

/** One row of the straightened picture in the patient: where its middle column lies, and the direction of growing columns. */
export interface PictureRow {
  readonly origin: PointLps;
  readonly posterior: PointLps;
}

/** What readers start from: the straightened picture, its place in the patient, and where the model put points (not what it says of them). */
export interface Proposal {
  readonly study: string;
  readonly columns: number;
  readonly rows: number;
  readonly mmPerPixel: number | null;
  /** Null for a projection: its points have no place in the patient. */
  readonly rowsLps: readonly PictureRow[] | null;
  /** Null for a volume; not in proposals that were made before it was kept. */
  readonly rowsFilm?: readonly PictureRow[] | null;
  readonly bodies: readonly { readonly level: Level; readonly points: SixOnPicture }[];
}
