/** Who looks at a page, as the pages see it. systems/identity fills it in; app/ hands it over. */
import type { Request } from 'express';

export type Role = 'fls' | 'radiologist' | 'auditor' | 'ops' | 'admin';

export interface Viewer {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** After an EHR launch: the one patient whose cases may be seen. */
  readonly patientReference: string | null;
  readonly mock: boolean;
}

export interface ViewerPort {
  /** Undefined: nobody is signed in. */
  viewerOf(request: Request): Viewer | undefined;
  /** Goes into every form as `_csrf`. */
  csrfToken(request: Request): string;
}

/** `admin` may do what every role may. */
export function hasRole(viewer: Viewer, ...roles: readonly Role[]): boolean {
  return viewer.roles.includes('admin') || roles.some((role) => viewer.roles.includes(role));
}

/** A case may be seen by every role, and after an EHR launch by whoever launched with that patient. */
export function maySee(viewer: Viewer, patientReference: string | null): boolean {
  if (viewer.roles.length > 0) return true;
  return viewer.patientReference !== null && viewer.patientReference === patientReference;
}
