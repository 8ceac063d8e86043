/** A clock of its own for a process: Debian's libfaketime reads an offset from a file, so that a test makes the clock jump while the process runs. */
import { existsSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';

const TRIPLET = arch() === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
const LIBRARY = `/usr/lib/${TRIPLET}/faketime/libfaketimeMT.so.1`;

export const CAN_FAKE_CLOCKS = existsSync(LIBRARY);

/** Environment of a process whose wall clock stands in `path`; timers keep their pace. Nothing when libfaketime is missing. */
export function fakeClock(path: string): Record<string, string> {
  if (!CAN_FAKE_CLOCKS) return {};
  setClock(path, 0);
  return {
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: path,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DISABLE_SHM: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
}

/** The process sees it within a second. */
export function setClock(path: string, offsetSeconds: number): void {
  writeFileSync(path, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}\n`);
}
