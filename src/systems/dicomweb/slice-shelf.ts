/** Where decoded slices wait: one block of memory in the order of the choice, so that the volume needs no second copy. */
import type { Slice } from '#src/case/volume.ts';

export interface SliceShelf {
  put(place: number, slices: readonly Slice[]): void;
  take(): Slice[];
}

/**
 * `places` single-frame slices of one size. The block is made when the first slice shows the size; slices that do not fit in
 * (other size, other number type, several frames) keep memory of their own.
 */
export function makeSliceShelf(places: number): SliceShelf {
  const kept: Slice[][] = Array.from({ length: places }, () => []);
  let block: Int16Array | undefined;
  let size = 0;
  return {
    put(place, slices) {
      const [only] = slices;
      if (!only || slices.length > 1 || !(only.values instanceof Int16Array)) {
        kept[place] = [...slices];
        return;
      }
      if (!block) {
        size = only.values.length;
        block = new Int16Array(places * size);
      }
      if (only.values.length !== size) {
        kept[place] = [only];
        return;
      }
      const values = block.subarray(place * size, (place + 1) * size);
      values.set(only.values);
      // Given back now and not at the next collection: hundreds of slices would wait for it.
      (only.values.buffer as ArrayBuffer).transfer(0);
      kept[place] = [{ ...only, values }];
    },
    take: () => kept.flat(),
  };
}
