/** Huffman codes and entropy-coded bits of JPEG (ITU-T T.81 annexes C and F.2.2). */
import { never } from './faults.ts';

export interface HuffmanTable {
  /** Per code length 1..16: the largest code of it (-1 for none), and what to add to a code to get its index into `values`. */
  readonly most: Int32Array;
  readonly offset: Int32Array;
  readonly values: Uint8Array;
}

/** `counts[i]` codes have length i + 1; `values` in order of the codes. */
export function makeHuffmanTable(counts: Uint8Array, values: Uint8Array): HuffmanTable {
  const most = new Int32Array(17).fill(-1);
  const offset = new Int32Array(17);
  for (let length = 1, code = 0, index = 0; length <= 16; length += 1, code <<= 1) {
    const count = counts[length - 1]!;
    offset[length] = index - code;
    if (count > 0) most[length] = code + count - 1;
    code += count;
    index += count;
  }
  return { most, offset, values };
}

/** Reads bits, most significant first, taking the stuffed zero after each FF away; past a marker it gives zeros. */
export class JpegBits {
  readonly #data: Uint8Array;
  #at = 0;
  #hold = 0;
  #left = 0;
  #pastEnd = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  #bit(): number {
    if (this.#left === 0) this.#fill();
    this.#left -= 1;
    return (this.#hold >> this.#left) & 1;
  }

  #fill(): void {
    const byte = this.#data[this.#at];
    const isMarker = byte === 0xff && this.#data[this.#at + 1] !== 0;
    this.#left = 8;
    if (byte === undefined || isMarker) {
      // A sound picture ends within its last byte: much more than that is damage, not padding.
      if ((this.#pastEnd += 1) > 64) throw never('DICOMWEB_DECODE_FAILED', 'compute', 'the JPEG picture is damaged: its data ends too early');
      this.#hold = 0;
      return;
    }
    this.#hold = byte;
    this.#at += byte === 0xff ? 2 : 1;
  }

  symbol(table: HuffmanTable): number {
    for (let length = 1, code = 0; length <= 16; length += 1) {
      code = (code << 1) | this.#bit();
      if (code <= table.most[length]!) return table.values[code + table.offset[length]!] ?? 0;
    }
    throw never('DICOMWEB_DECODE_FAILED', 'compute', 'the JPEG picture is damaged: a code is not in its table');
  }

  /** The next `size` bits as JPEG writes signed differences: a leading 0 means negative. */
  signed(size: number): number {
    let value = 0;
    for (let index = 0; index < size; index += 1) value = (value << 1) | this.#bit();
    return size > 0 && value < 2 ** (size - 1) ? value - 2 ** size + 1 : value;
  }

  /** Goes behind the next restart marker. */
  restart(): void {
    this.#left = 0;
    const data = this.#data;
    while (this.#at + 1 < data.byteLength && !(data[this.#at] === 0xff && data[this.#at + 1]! >= 0xd0 && data[this.#at + 1]! <= 0xd7)) this.#at += 1;
    this.#at += 2;
  }
}
