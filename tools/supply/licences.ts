/** The licence of every package in the lock file, against the list of those that this product may carry. Pure but for the lock that it is given. */

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}
export type Lock = Readonly<Record<string, LockedPackage>>;

export interface PackageLicence {
  readonly name: string;
  readonly version: string;
  readonly licence: string | null;
  /** Only for building and testing: not part of what a site runs. */
  readonly isDev: boolean;
  readonly allowed: boolean;
}

/** Permissive; and LGPL for libvips, which sharp loads as a shared library that a site may exchange. */
const ALLOWED = new Set([
  'MIT',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Zlib',
  'CC0-1.0',
  'Unlicense',
  'Python-2.0',
]);
const LGPL_FOR = /^@img\/sharp-/;
/** In tests alone: axe-core. */
const ALLOWED_FOR_TESTS = new Set(['MPL-2.0']);

export function licences(lock: Lock): readonly PackageLicence[] {
  const named = Object.entries(lock)
    .filter(([path]) => path !== '')
    .map(([path, held]) => ({ name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), held }));
  const found = named.map(({ name, held }): PackageLicence => {
    const licence = held.license ?? ofFamily(name, held, named);
    const isDev = held.dev ?? false;
    return { name, version: held.version ?? '', licence, isDev, allowed: licence !== null && isAllowed(licence, name, isDev) };
  });
  const byKey = new Map(found.map((one) => [`${one.name}@${one.version}`, one]));
  return [...byKey.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** SPDX expressions as they occur in the lock: `A`, `A AND B`, `A OR B`, with or without brackets; never both words at once. */
export function isAllowed(expression: string, name: string, isDev: boolean): boolean {
  const plain = expression.replaceAll(/[()]/g, '').trim();
  if (/ AND /.test(plain) && / OR /.test(plain)) return false;
  const one = (id: string): boolean => ALLOWED.has(id) || (isDev && ALLOWED_FOR_TESTS.has(id)) || (id === 'LGPL-3.0-or-later' && LGPL_FOR.test(name));
  return / OR /.test(plain) ? plain.split(' OR ').some(one) : plain.split(' AND ').every(one);
}

const PLATFORM = /[-/](?:binding-|cli-)?(?:android|darwin|freebsd|linux|linuxmusl|openharmony|win32|windows)-.*$/;

/** The lock holds no licence for builds for machines other than this one: theirs is that of the same release's build for another, where all agree. */
function ofFamily(name: string, held: LockedPackage, all: readonly { readonly name: string; readonly held: LockedPackage }[]): string | null {
  if (!held.optional || !PLATFORM.test(name)) return null;
  const stem = name.replace(PLATFORM, '');
  const kin = all.filter(
    (one) =>
      PLATFORM.test(one.name) && one.name.replace(PLATFORM, '') === stem && one.held.version === held.version && one.held.license !== undefined,
  );
  const agreed = new Set(kin.map((one) => one.held.license));
  return agreed.size === 1 ? ([...agreed][0] ?? null) : null;
}
