/** JPEG-LS, JPEG 2000 and HTJ2K by the cornerstone WebAssembly codecs, used directly: their wrapper package spoils signed values. */
import { createRequire } from 'node:module';
import { never } from './faults.ts';

interface FrameInfo {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
  readonly isSigned?: boolean;
}
interface WasmDecoder {
  getEncodedBuffer(size: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
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

export interface DecodedSamples {
  readonly samples: Uint8Array;
  /** Precision of the codestream. */
  readonly bits: number;
  /** The codestream itself is signed: samples are two's complement of their full width. */
  readonly isSigned: boolean;
}

/**
 * Samples of one greyscale frame: 1 byte each up to 8 bits, else 2, little endian. The codestream's own size must be the header's.
 * `use` sees them where the codec left them, and only until it returns: a copy of every frame would keep the collector busy (docs/decisions/0016).
 */
export async function decodeWasm<T>(
  codec: WasmCodec,
  bytes: Uint8Array,
  rows: number,
  columns: number,
  use: (decoded: DecodedSamples) => T,
): Promise<T> {
  checkSize(codec === 'charls' ? jpegLsSize(bytes) : jpeg2000Size(bytes), rows, columns);
  const decoder = new (await load(codec))();
  try {
    decoder.getEncodedBuffer(bytes.byteLength).set(bytes);
    decoder.decode();
    const info = decoder.getFrameInfo();
    checkSize(info, rows, columns);
    const used = use({ samples: decoder.getDecodedBuffer(), bits: info.bitsPerSample, isSigned: info.isSigned === true });
    decoder.delete();
    return used;
  } catch (error) {
    // A codec that trapped on damaged data may be broken for good, and its decoder leaks: the next picture gets a fresh one.
    loaded.delete(codec);
    throw error;
  }
}

type Size = Pick<FrameInfo, 'width' | 'height' | 'componentCount'>;

function checkSize(size: Size, rows: number, columns: number): void {
  if (size.width !== columns || size.height !== rows || size.componentCount !== 1)
    throw never('DICOMWEB_DECODE_FAILED', 'compute', 'the compressed picture has another size than its header says');
}

/** From SOF55 (ITU-T T.87 C.2.2), before decoding: the codec would allocate whatever the codestream claims. */
function jpegLsSize(bytes: Uint8Array): Size {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 10 <= bytes.byteLength && bytes[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    if (bytes[at + 1] === 0xf7) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), componentCount: bytes[at + 9]! };
  }
  throw never('DICOMWEB_DECODE_FAILED', 'compute', 'the JPEG-LS picture has no frame header');
}

const SOC_SIZ = Buffer.from([0xff, 0x4f, 0xff, 0x51]);

/** A codestream of one component may have this many tiles (ITU-T T.800 A.4.2: Isot is 16 bits). */
const MOST_TILES = 65_535;

/** From SIZ (ITU-T T.800 A.5.1); a JP2 wrapper in front of the codestream is skipped. What a codec would loop over is looked at first. */
function jpeg2000Size(bytes: Uint8Array): Size {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(SOC_SIZ);
  if (start < 0 || start + 45 > bytes.byteLength) throw never('DICOMWEB_DECODE_FAILED', 'compute', 'the JPEG 2000 picture has no SIZ marker');
  const length = (end: number, offset: number) => view.getUint32(start + end) - view.getUint32(start + offset);
  const tiles = Math.ceil(length(8, 32) / view.getUint32(start + 24)) * Math.ceil(length(12, 36) / view.getUint32(start + 28));
  // openjph never comes back from a single component that is sampled more coarsely than the picture it is.
  const isSampledWhole = view.getUint8(start + 43) === 1 && view.getUint8(start + 44) === 1;
  if (!isSampledWhole || !(tiles >= 1 && tiles <= MOST_TILES))
    throw never('DICOMWEB_DECODE_FAILED', 'compute', 'the JPEG 2000 picture states tiles or a sampling that no picture has');
  return { width: length(8, 16), height: length(12, 20), componentCount: view.getUint16(start + 40) };
}
