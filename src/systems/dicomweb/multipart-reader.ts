/** Streaming reader of multipart/related (RFC 2046, RFC 2387; DICOM PS3.18 section 8.6): one part in memory at a time, closing delimiter required. */
import { later, never } from './faults.ts';

export interface Part {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

export interface MultipartLimits {
  readonly maxPartBytes: number;
  readonly maxTotalBytes: number;
  readonly maxParts: number;
}

export interface MultipartMemory {
  /** Memory for the bytes of a part, which may hold anything. */
  readonly take: (bytes: number) => Buffer;
  /** Told of a chunk of the body that nobody needs any more. */
  readonly free: (chunk: Buffer) => void;
}
const ORDINARY: MultipartMemory = { take: (bytes) => Buffer.allocUnsafeSlow(bytes), free: () => {} };

const HEADER_LIMIT_BYTES = 16_384;
/** A part that states more than this is read without trust in its Content-Length: memory is taken as bytes come. */
const MOST_TRUSTED_BYTES = 64 * 2 ** 20;

/** The boundary parameter of a multipart Content-Type, or undefined when it is not multipart. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (!contentType || !/^\s*multipart\//i.test(contentType)) return undefined;
  const found = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

/** Yields each part when its end was seen. Throws TRUNCATED without the closing delimiter, WRONG_BOUNDARY when none ever came. */
export async function* readMultipart(
  body: AsyncIterable<Buffer>,
  boundary: string,
  limits: MultipartLimits,
  memory: MultipartMemory = ORDINARY,
): AsyncGenerator<Part> {
  const reader = new DelimitedReader(body, boundary, limits.maxTotalBytes);
  const preamble = await reader.untilDelimiter(HEADER_LIMIT_BYTES);
  if (preamble === 'too-long' || preamble === 'ended')
    throw later('DICOMWEB_WRONG_BOUNDARY', 'parse', 'the multipart answer never shows the boundary of its header');
  for (let count = 1; !(await reader.atClosing()); count += 1) {
    if (count > limits.maxParts) throw never('DICOMWEB_TOO_LARGE', 'parse', `the archive sends more than ${limits.maxParts} parts`);
    const headers = await reader.partHeaders();
    const stated = statedLength(headers['content-length'], limits.maxPartBytes);
    const bytes = (stated > 0 && (await reader.ofLength(stated, memory))) || (await reader.untilDelimiter(limits.maxPartBytes));
    if (bytes === 'too-long') throw never('DICOMWEB_TOO_LARGE', 'parse', `one instance is larger than ${limits.maxPartBytes} bytes`);
    if (bytes === 'ended') throw truncated();
    yield { headers, bytes };
  }
}

/** 0 for a length that is not stated, or not to be trusted with memory. */
function statedLength(contentLength: string | undefined, maxPartBytes: number): number {
  if (contentLength === undefined || !/^\d{1,9}$/.test(contentLength)) return 0;
  const stated = Number(contentLength);
  return stated <= Math.min(maxPartBytes, MOST_TRUSTED_BYTES) ? stated : 0;
}

function truncated(): Error {
  return later('DICOMWEB_TRUNCATED', 'parse', 'the multipart answer ends without its closing delimiter');
}

class DelimitedReader {
  // The first delimiter may stand at the very start: a CRLF of our own makes it look like every other.
  #window: Buffer = Buffer.from('\r\n');
  /** The chunk that the window is the rest of; undefined while the window is memory of its own. */
  #chunk: Buffer | undefined;
  #total = 0;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #delimiter: Buffer;
  readonly #maxTotal: number;

  constructor(body: AsyncIterable<Buffer>, boundary: string, maxTotal: number) {
    this.#chunks = body[Symbol.asyncIterator]();
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
    this.#maxTotal = maxTotal;
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done) return false;
    this.#total += next.value.byteLength;
    if (this.#total > this.#maxTotal) throw never('DICOMWEB_TOO_LARGE', 'answer', `the archive sends more than ${this.#maxTotal} bytes`);
    this.#chunk = this.#window.byteLength === 0 ? next.value : undefined;
    this.#window = this.#chunk ?? Buffer.concat([this.#window, next.value]);
    return true;
  }

  /** The next `size` bytes if a delimiter follows them, which is then taken away; undefined if not: everything is then still to be read. */
  async ofLength(size: number, memory: MultipartMemory): Promise<Buffer | undefined> {
    const part = memory.take(size);
    let filled = 0;
    for (;;) {
      const copied = this.#window.copy(part, filled, 0, size - filled);
      filled += copied;
      this.#window = this.#window.subarray(copied);
      if (this.#window.byteLength === 0) this.#freeChunk(memory);
      if (filled === size || !(await this.#more())) break;
    }
    const { byteLength } = this.#delimiter;
    while (filled === size && this.#window.byteLength < byteLength + 2 && (await this.#more()));
    const isDelimiter =
      filled === size &&
      this.#window.subarray(0, byteLength).equals(this.#delimiter) &&
      endsLine(this.#window[byteLength], this.#window[byteLength + 1]);
    if (!isDelimiter) {
      this.#window = Buffer.concat([part.subarray(0, filled), this.#window]);
      return undefined;
    }
    this.#window = this.#window.subarray(byteLength);
    return part;
  }

  #freeChunk(memory: MultipartMemory): void {
    if (this.#chunk) memory.free(this.#chunk);
    this.#chunk = undefined;
  }

  /** Bytes up to the next delimiter, which is taken away. */
  async untilDelimiter(maxBytes: number): Promise<Buffer | 'too-long' | 'ended'> {
    const kept: Buffer[] = [];
    let size = 0;
    const keep = (end: number) => {
      kept.push(this.#window.subarray(0, end));
      size += end;
      this.#window = this.#window.subarray(end);
    };
    for (;;) {
      const at = this.#window.indexOf(this.#delimiter);
      if (at >= 0) {
        const after = at + this.#delimiter.byteLength;
        while (this.#window.byteLength < after + 2) if (!(await this.#more())) return 'ended';
        // The boundary text within a payload is not a delimiter line: that one ends in CRLF, blanks or "--".
        const isLine = endsLine(this.#window[after], this.#window[after + 1]);
        keep(isLine ? at : after);
        if (size > maxBytes) return 'too-long';
        if (!isLine) continue;
        this.#window = this.#window.subarray(this.#delimiter.byteLength);
        return Buffer.concat(kept, size);
      }
      keep(Math.max(0, this.#window.byteLength - this.#delimiter.byteLength + 1));
      if (size > maxBytes) return 'too-long';
      if (!(await this.#more())) return 'ended';
    }
  }

  /** True at "--" after a delimiter; otherwise the rest of the delimiter line is skipped. */
  async atClosing(): Promise<boolean> {
    if (this.#window[0] === 0x2d && this.#window[1] === 0x2d) return true;
    await this.#line();
    return false;
  }

  async partHeaders(): Promise<Record<string, string>> {
    const headers: Record<string, string> = {};
    for (let size = 0; ; ) {
      const line = await this.#line();
      if (line === '') return headers;
      size += line.length;
      if (size > HEADER_LIMIT_BYTES) throw later('DICOMWEB_WRONG_BOUNDARY', 'parse', 'the headers of a part are longer than 16 KiB');
      const colon = line.indexOf(':');
      if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
    }
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#window.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#window.subarray(0, end).toString('latin1');
        // A part without headers has its blank line at once; the delimiter of an empty body needs that CRLF too.
        this.#window = this.#window.subarray(end + 2);
        return line;
      }
      if (this.#window.byteLength > HEADER_LIMIT_BYTES)
        throw later('DICOMWEB_WRONG_BOUNDARY', 'parse', 'a header line of a part is longer than 16 KiB');
      if (!(await this.#more())) throw truncated();
    }
  }
}

function endsLine(first: number | undefined, second: number | undefined): boolean {
  const isBlank = first === 0x20 || first === 0x09;
  return isBlank || (first === 0x0d && second === 0x0a) || (first === 0x2d && second === 0x2d);
}
