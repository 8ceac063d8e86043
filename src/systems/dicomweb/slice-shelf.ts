/** Where decoded slices wait: one block of memory in the order of the choice, so that the volume needs no second copy. */
import type { Slice } from '#src/case/volume.ts';
import { never } from './faults.ts';
import type { VolumeMemory } from './volume-memory.ts';

/** A slice's part of the block, as a decoder in any thread may fill it. */
export interface ShelfPlace {
  readonly block: SharedArrayBuffer;
  readonly byteOffset: number;
  readonly pixels: number;
}

export interface SliceShelf {
  /** Where a picture of so many pixels belongs; makes the block when it is asked first. Undefined: the picture is of another size. */
  placeFor(place: number, pixels: number): Int16Array | undefined;
  /** The same for a decoder that does not know the size yet; undefined before the block is made. */
  anyPlaceFor(place: number): ShelfPlace | undefined;
  put(place: number, slices: readonly Slice[]): void;
  take(): Slice[];
}

/**
 * `places` single-frame slices of one size. Slices that do not fit in (other size, other number type, several frames) keep memory of their own.
 * The block is shared between threads: a decoder writes its slice where it stays. It may hold an earlier study's pixels: only what was put is given out.
 */
export function makeSliceShelf(places: number, maxBytes: number, memory: Pick<VolumeMemory, 'take'>): SliceShelf {
  const kept: Slice[][] = Array.from({ length: places }, () => []);
  let block: SharedArrayBuffer | undefined;
  let size = 0;
  const placeFor = (place: number, pixels: number): Int16Array | undefined => {
    if (!block) {
      const bytes = 2 * places * pixels;
      if (bytes > maxBytes) throw never('DICOMWEB_TOO_LARGE', 'compute', `the series declares more than ${maxBytes} bytes of pixels`);
      block = memory.take(bytes);
      size = pixels;
    }
    return pixels === size ? new Int16Array(block, 2 * place * size, size) : undefined;
  };
  return {
    placeFor,
    anyPlaceFor: (place) => block && { block, byteOffset: 2 * place * size, pixels: size },
    put(place, slices) {
      const [only] = slices;
      const values = only && slices.length === 1 && only.values instanceof Int16Array ? placeFor(place, only.values.length) : undefined;
      if (only && values && only.values.buffer !== block) moveInto(values, only.values as Int16Array);
      kept[place] = only && values ? [{ ...only, values }] : [...slices];
    },
    take: () => kept.flat(),
  };
}

function moveInto(place: Int16Array, values: Int16Array): void {
  place.set(values);
  // Given back now and not at the next collection: hundreds of slices would wait for it.
  if (values.buffer instanceof ArrayBuffer) values.buffer.transfer(0);
}
