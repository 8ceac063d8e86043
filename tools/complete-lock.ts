/**
 * `npm run lock`, after any change of dependencies: adds the optional packages of other platforms that the registry of this machine did not
 * have to package-lock.json. Without them `npm ci` refuses the lock file on every machine ("Missing: ... from lock file").
 * Platform and libc are read from the package's name; the version is the one its parent asks for.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Entry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const OPERATING_SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'win32', 'openharmony', 'sunos', 'aix', 'netbsd', 'openbsd'];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'wasm32', 'arm', 'ppc', 'mips64el'];
const PATH = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(PATH, 'utf8')) as { packages: Record<string, Entry> };

/** True when Node would find the package from that folder upwards. */
function isThere(name: string, from: string): boolean {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}

function platformOf(name: string): { os: string[]; cpu: string[]; libc: string[] } {
  const words = (name.split('/').at(-1) ?? '').replace('windows', 'win32').split(/[-.]/);
  const musl = words.some((word) => word.includes('musl'));
  const os = OPERATING_SYSTEMS.filter((one) => words.includes(one) || (one === 'linux' && words.includes('linuxmusl')));
  const cpu = PROCESSORS.filter((one) => words.includes(one) || (one === 'arm' && words.includes('armv7')));
  const libc = musl ? ['musl'] : words.some((word) => word.startsWith('gnu')) ? ['glibc'] : [];
  return { os, cpu, libc: os.includes('linux') ? libc : [] };
}

let added = 0;
for (const [where, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isThere(name, where)) continue;
    const { os, cpu, libc } = platformOf(name);
    if (os.length === 0 && cpu.length === 0) throw new Error(`${name}: the name tells no platform; add it by hand`);
    lock.packages[`node_modules/${name}`] = {
      version: version.replace(/^[\^~>=\s]+/, ''),
      ...(cpu.length > 0 ? { cpu } : {}),
      ...(entry.dev ? { dev: true } : {}),
      ...(libc.length > 0 ? { libc } : {}),
      optional: true,
      ...(os.length > 0 ? { os } : {}),
    } as Entry;
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(PATH, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages of other platforms added`);
