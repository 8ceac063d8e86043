/** What the networks and the geometry say of one study, before any table of normals. */
import type { PictureRow } from './annotation.ts';
import type { StudySuspicion } from './finding.ts';
import type { Level, Vertebra } from './vertebra.ts';

/** A body as the networks see it: landmarks and uncertainty, before any table of normals. */
export interface MeasuredBody {
  readonly level: Level;
  readonly levelProbability: number;
  readonly levelText: string;
  readonly complete: number;
  readonly quality: number;
  readonly tiltRad: number;
  readonly landmarks: Vertebra['landmarks'];
  readonly centrePicture: Vertebra['centrePicture'];
  readonly centreLps: Vertebra['centreLps'];
  readonly trabecular: { readonly hu: number; readonly sdHu: number; readonly areaMm2: number } | null;
  /** Share of saturated (metal, cement) pixels in the body, 0-1; null off CT. */
  readonly denseShare: number | null;
}

export interface ModelOutput {
  readonly bodies: readonly MeasuredBody[];
  readonly picture: {
    readonly columns: number;
    readonly rows: number;
    readonly values: Float32Array;
    readonly mmPerPixel: number | null;
    /** Where each row lies in the patient; absent for a projection. */
    readonly rowsLps?: readonly PictureRow[];
    /** Only of a projection: where each row lies on the film (0, right, up), in the unit of the bodies' `film`. */
    readonly rowsFilm?: readonly PictureRow[];
  };
  readonly notes: readonly string[];
  /** Said of the study as a whole by a model that names no vertebra; then there are no bodies. */
  readonly suspicion?: StudySuspicion;
}
