/** Where the real scans lie beside the project (never in it), for tests that skip with a reason where they are missing. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));

/** The folder, or undefined when this machine does not have it. */
export function realData(folder: string): string | undefined {
  const path = `${ROOT}${folder}`;
  return existsSync(path) ? path : undefined;
}
