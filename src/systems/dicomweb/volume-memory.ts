/**
 * The blocks that volumes lie in, used again for the next volume once somebody said that the last one is done with. Left to the collector, ten dead
 * volumes of 157 MB lay about (it does not count shared memory), and each new one's pages cost the system a quarter of the reading (docs/decisions/0016).
 */

/** A larger block is not kept: it would stay for every small study after it. */
const MOST_KEPT_BYTES = 2 ** 30;

export interface VolumeMemory {
  /** At least so many bytes, which may hold anything. */
  take(bytes: number): SharedArrayBuffer;
  /** Nothing may read the block from now on. Another's memory, and a block given back before, is left alone. */
  giveBack(block: ArrayBufferLike): void;
}

/** Keeps one block, the larger of two: a worker measures one study after the other. */
export function makeVolumeMemory(): VolumeMemory {
  const inUse = new WeakSet<ArrayBufferLike>();
  let kept: SharedArrayBuffer | undefined;
  return {
    take(bytes) {
      const block = kept && kept.byteLength >= bytes ? kept : new SharedArrayBuffer(bytes);
      kept = undefined;
      inUse.add(block);
      return block;
    },
    giveBack(block) {
      if (!(block instanceof SharedArrayBuffer) || !inUse.delete(block)) return;
      if (block.byteLength <= MOST_KEPT_BYTES && block.byteLength > (kept?.byteLength ?? 0)) kept = block;
    },
  };
}
