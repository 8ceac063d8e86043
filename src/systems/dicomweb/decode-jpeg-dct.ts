/** JPEG with DCT, sequential, Huffman, one component (ITU-T T.81): baseline 8 bit (.50) and extended 8 or 12 bit (.51), as X-ray archives hold them. */
import { never } from './faults.ts';
import { type HuffmanTable, JpegBits, makeHuffmanTable } from './jpeg-huffman.ts';
import { idct8x8, ZIGZAG } from './jpeg-idct.ts';

interface State {
  readonly quantization: Float32Array[];
  readonly dc: HuffmanTable[];
  readonly ac: HuffmanTable[];
  restartInterval: number;
  precision: number;
  quantizationOfComponent: number;
  hasFrame: boolean;
}

/** Samples of 16 bits each, clamped to the precision of the codestream. The frame's size must be `rows` x `columns`. */
export function decodeJpegDct(bytes: Uint8Array, rows: number, columns: number): { samples: Uint8Array; bits: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const state: State = { quantization: [], dc: [], ac: [], restartInterval: 0, precision: 8, quantizationOfComponent: 0, hasFrame: false };
  for (let at = 2; at + 4 <= bytes.byteLength; ) {
    if (bytes[at] !== 0xff) throw damaged('a marker is missing');
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const segment = bytes.subarray(at + 4, at + 2 + view.getUint16(at + 2));
    if (marker === 0xda)
      return { samples: scan(bytes.subarray(at + 2 + view.getUint16(at + 2)), segment, state, rows, columns), bits: state.precision };
    readSegment(marker, segment, state, rows, columns);
    at += 2 + view.getUint16(at + 2);
  }
  throw damaged('there is no scan');
}

function damaged(what: string): Error {
  return never('DICOMWEB_DECODE_FAILED', 'compute', `the JPEG picture is damaged: ${what}`);
}

function readSegment(marker: number, segment: Uint8Array, state: State, rows: number, columns: number): void {
  if (marker === 0xdb) readQuantization(segment, state);
  else if (marker === 0xc4) readHuffman(segment, state);
  else if (marker === 0xdd) state.restartInterval = segment[0]! * 256 + segment[1]!;
  else if (marker === 0xc0 || marker === 0xc1) readFrame(segment, state, rows, columns);
  else if (marker >= 0xc2 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) throw damaged(`process SOF${marker - 0xc0} is not sequential DCT`);
}

function readFrame(segment: Uint8Array, state: State, rows: number, columns: number): void {
  const [precision, y1, y0, x1, x0, components] = segment as unknown as number[];
  if (y1! * 256 + y0! !== rows || x1! * 256 + x0! !== columns || components !== 1) throw damaged('it has another size than its header says');
  state.precision = precision!;
  state.quantizationOfComponent = segment[8]!;
  state.hasFrame = true;
}

function readQuantization(segment: Uint8Array, state: State): void {
  for (let at = 0; at < segment.byteLength; ) {
    const isWide = segment[at]! >> 4 === 1;
    const table = new Float32Array(64);
    const id = segment[at]! & 15;
    at += 1;
    for (let index = 0; index < 64; index += 1, at += isWide ? 2 : 1)
      table[ZIGZAG[index]!] = isWide ? segment[at]! * 256 + segment[at + 1]! : segment[at]!;
    state.quantization[id] = table;
  }
}

function readHuffman(segment: Uint8Array, state: State): void {
  for (let at = 0; at + 17 <= segment.byteLength; ) {
    const tables = segment[at]! >> 4 === 0 ? state.dc : state.ac;
    const id = segment[at]! & 15;
    const counts = segment.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    tables[id] = makeHuffmanTable(counts, segment.subarray(at + 17, at + 17 + total));
    at += 17 + total;
  }
}

function scan(data: Uint8Array, head: Uint8Array, state: State, rows: number, columns: number): Uint8Array {
  const dc = state.dc[head[2]! >> 4];
  const ac = state.ac[head[2]! & 15];
  const quantization = state.quantization[state.quantizationOfComponent];
  if (!state.hasFrame || !dc || !ac || !quantization || head[0] !== 1) throw damaged('tables of the scan are missing');
  const out = new Uint16Array(rows * columns);
  const bits = new JpegBits(data);
  const block = new Float32Array(64);
  const across = Math.ceil(columns / 8);
  const count = across * Math.ceil(rows / 8);
  for (let index = 0, previous = 0; index < count; index += 1) {
    if (state.restartInterval > 0 && index > 0 && index % state.restartInterval === 0) {
      bits.restart();
      previous = 0;
    }
    previous = readBlock(bits, dc, ac, quantization, block, previous);
    idct8x8(block);
    place(block, out, (index % across) * 8, Math.floor(index / across) * 8, rows, columns, state.precision);
  }
  return new Uint8Array(out.buffer);
}

/** Fills `block` with dequantized coefficients in natural order; gives back the DC value (T.81 F.2.2). */
function readBlock(bits: JpegBits, dc: HuffmanTable, ac: HuffmanTable, quantization: Float32Array, block: Float32Array, previous: number): number {
  block.fill(0);
  const value = previous + bits.signed(bits.symbol(dc));
  block[0] = value * quantization[0]!;
  for (let index = 1; index < 64; index += 1) {
    const code = bits.symbol(ac);
    const size = code & 15;
    if (size === 0 && code !== 0xf0) break;
    index += code >> 4;
    if (index > 63) throw damaged('a block has more than 64 coefficients');
    const place = ZIGZAG[index]!;
    if (size > 0) block[place] = bits.signed(size) * quantization[place]!;
  }
  return value;
}

function place(block: Float32Array, out: Uint16Array, left: number, top: number, rows: number, columns: number, precision: number): void {
  const middle = 2 ** (precision - 1);
  const most = 2 ** precision - 1;
  for (let row = 0; row < 8 && top + row < rows; row += 1) {
    for (let column = 0; column < 8 && left + column < columns; column += 1) {
      const value = Math.round(block[row * 8 + column]! + middle);
      out[(top + row) * columns + left + column] = value < 0 ? 0 : value > most ? most : value;
    }
  }
}
