import { readFileSync } from 'node:fs';

export class ConfigFault extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`the configuration is faulty:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigFault';
    this.faults = faults;
  }
}

/**
 * A setting as it was given, from the environment or from the file that NAME_FILE names (secrets: DATABASE_URL_FILE=/run/secrets/database-url).
 * Undefined where nothing is given; what is wrong is added to faults.
 */
export function rawValue(name: string, environment: NodeJS.ProcessEnv, faults: string[]): string | undefined {
  const path = environment[`${name}_FILE`];
  if (path === undefined || path === '' || name.endsWith('_FILE')) return environment[name];
  if (environment[name] !== undefined) faults.push(`${name} and ${name}_FILE are both set: give one`);
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    faults.push(`${name}_FILE cannot be read: ${error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault'}`);
    return undefined;
  }
}
