/** JPEG-LS, JPEG 2000 and HTJ2K by the cornerstone WebAssembly codecs, used directly: their wrapper package spoils signed values. */
import { createRequire } from 'node:module';
import { never } from './faults.ts';

interface FrameInfo {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
}
interface WasmDecoder {
  getEncodedBuffer(size: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  readHeader?(): void;
  decode(): void;
  getFrameInfo(): FrameInfo;
  delete(): void;
}
type Factory = (options: object) => Promise<Record<string, unknown>>;
export type WasmCodec = 'charls' | 'openjpeg' | 'openjph';

const CODECS: Readonly<Record<WasmCodec, { readonly module: string; readonly decoder: string }>> = {
  charls: { module: '@cornerstonejs/codec-charls/decodewasmjs', decoder: 'JpegLSDecoder' },
  openjpeg: { module: '@cornerstonejs/codec-openjpeg/decodewasmjs', decoder: 'J2KDecoder' },
  openjph: { module: '@cornerstonejs/codec-openjph/wasmjs', decoder: 'HTJ2KDecoder' },
};
const require = createRequire(import.meta.url);
const loaded = new Map<WasmCodec, Promise<new () => WasmDecoder>>();

function load(codec: WasmCodec): Promise<new () => WasmDecoder> {
  const { module, decoder } = CODECS[codec];
  // The codecs print progress lines on stdout unless told otherwise.
  const silent = { print: () => {}, printErr: () => {} };
  const started = loaded.get(codec) ?? (require(module) as Factory)(silent).then((codecModule) => codecModule[decoder] as new () => WasmDecoder);
  loaded.set(codec, started);
  return started;
}

/** Samples of one greyscale frame: 1 byte each up to 8 bits, else 2, little endian. The codestream's own size must be the header's. */
export async function decodeWasm(codec: WasmCodec, bytes: Uint8Array, rows: number, columns: number): Promise<{ samples: Uint8Array; bits: number }> {
  if (codec === 'charls') checkJpegLsSize(bytes, rows, columns);
  const decoder = new (await load(codec))();
  try {
    decoder.getEncodedBuffer(bytes.byteLength).set(bytes);
    if (decoder.readHeader) {
      decoder.readHeader();
      checkSize(decoder.getFrameInfo(), rows, columns);
    }
    decoder.decode();
    const info = decoder.getFrameInfo();
    checkSize(info, rows, columns);
    // The buffer belongs to the codec's memory and dies with the decoder: copy it.
    return { samples: decoder.getDecodedBuffer().slice(), bits: info.bitsPerSample };
  } finally {
    decoder.delete();
  }
}

function checkSize(info: FrameInfo, rows: number, columns: number): void {
  if (info.width !== columns || info.height !== rows || info.componentCount !== 1)
    throw never('DICOMWEB_DECODE_FAILED', 'compute', 'the compressed picture has another size than its header says');
}

/** Reads SOF55 before decoding: charls would allocate what the codestream claims. */
function checkJpegLsSize(bytes: Uint8Array, rows: number, columns: number): void {
  for (let at = 2; at + 9 < bytes.byteLength && bytes[at] === 0xff; at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!) {
    if (bytes[at + 1] !== 0xf7) continue;
    const [height, width] = [bytes[at + 5]! * 256 + bytes[at + 6]!, bytes[at + 7]! * 256 + bytes[at + 8]!];
    return checkSize({ width, height, componentCount: bytes[at + 9]!, bitsPerSample: bytes[at + 4]! }, rows, columns);
  }
  throw never('DICOMWEB_DECODE_FAILED', 'compute', 'the JPEG-LS picture has no frame header');
}
