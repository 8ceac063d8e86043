/** A file without a name for what does not fit into memory: sealed with a key that only this process holds, and gone with it, however it ends. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

export interface SpillPlace {
  readonly at: number;
  readonly bytes: number;
}

export interface SpillFile<T> {
  put(value: T): SpillPlace;
  get(place: SpillPlace): T;
  close(): void;
}

const CIPHER = 'aes-256-ctr';

/** Values are what structured cloning knows. Throws what the file system says: no such folder, no right, no space. */
export function openSpillFile<T>(folder: string): SpillFile<T> {
  const path = join(folder, `.backstop-spill-${randomBytes(8).toString('hex')}`);
  const file = openSync(path, 'wx+', 0o600);
  // The kernel keeps it as long as we hold it open; nobody else finds it.
  unlinkSync(path);
  const key = randomBytes(32);
  // A place is written once, so that no counter is used twice: its beginning, then eight bytes that count the blocks.
  const counter = (at: number): Buffer => {
    const start = Buffer.alloc(16);
    start.writeBigUInt64BE(BigInt(at));
    return start;
  };
  let end = 0;
  return {
    put: (value) => {
      const sealed = createCipheriv(CIPHER, key, counter(end)).update(serialize(value));
      const place = { at: end, bytes: sealed.byteLength };
      for (let done = 0; done < sealed.byteLength; ) done += writeSync(file, sealed, done, sealed.byteLength - done, end + done);
      end += sealed.byteLength;
      return place;
    },
    get: ({ at, bytes }) => {
      const sealed = Buffer.alloc(bytes);
      for (let done = 0; done < bytes; ) {
        const read = readSync(file, sealed, done, bytes - done, at + done);
        if (read === 0) throw new Error('the spill file is shorter than what was written into it');
        done += read;
      }
      return deserialize(createDecipheriv(CIPHER, key, counter(at)).update(sealed)) as T;
    },
    close: () => closeSync(file),
  };
}
