/** Memory for one instance's file while it is read, used again for the next: hundreds of files one after another would otherwise wait for the collector. */

/** Blocks of up to this size are kept for the next file. */
const MOST_KEPT_BYTES = 16 * 2 ** 20;
const MOST_KEPT_BLOCKS = 8;
const GRAIN_BYTES = 64 * 1024;

export interface PartMemory {
  /** Memory that may hold anything. Shared between threads, so that a decoder reads it where it lies, until `stayInThread`. */
  take(bytes: number): Buffer;
  /** The memory of `part` may be taken again: nothing may read it from now on. Others' memory is left alone. */
  giveBack(part: Buffer): void;
  /** The files are read in this thread: memory taken from now on is its own. Copying into shared memory takes three times as long. */
  stayInThread(): void;
}

export function makePartMemory(): PartMemory {
  const free: ArrayBufferLike[] = [];
  const ours = new WeakSet<ArrayBufferLike>();
  let Block: typeof SharedArrayBuffer | typeof ArrayBuffer = SharedArrayBuffer;
  return {
    take(bytes) {
      const place = free.findIndex((block) => block.byteLength >= bytes && block.byteLength <= 4 * bytes + GRAIN_BYTES);
      const block = place >= 0 ? free.splice(place, 1)[0]! : new Block(Math.ceil(bytes / GRAIN_BYTES) * GRAIN_BYTES);
      ours.add(block);
      return Buffer.from(block, 0, bytes);
    },
    giveBack(part) {
      const block = part.buffer;
      if (!ours.delete(block) || !(block instanceof Block)) return;
      if (block.byteLength <= MOST_KEPT_BYTES && free.length < MOST_KEPT_BLOCKS) free.push(block);
    },
    stayInThread() {
      if (Block === ArrayBuffer) return;
      Block = ArrayBuffer;
      free.length = 0;
    },
  };
}
