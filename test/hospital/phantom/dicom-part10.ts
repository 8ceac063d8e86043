/** Writes one DICOM Part 10 file (PS3.10, PS3.5) from a list of elements. Our own writer: it shares no line with the server's reader. */
import { deflateRawSync } from 'node:zlib';

type Vr = 'AE' | 'AS' | 'CS' | 'DA' | 'DS' | 'FD' | 'IS' | 'LO' | 'LT' | 'OB' | 'OW' | 'PN' | 'SH' | 'SQ' | 'ST' | 'TM' | 'UI' | 'UL' | 'US' | 'SS';
/** Text values are joined with a backslash; `Uint8Array` is written as it is; `fragments` make encapsulated pixel data; items make a sequence. */
type Value =
  | string
  | number
  | readonly (string | number)[]
  | Uint8Array
  | { readonly fragments: readonly Uint8Array[] }
  | { readonly items: readonly (readonly Element[])[] };
/** Tag as eight hex digits, e.g. 00100020. */
export type Element = readonly [tag: string, vr: Vr, value: Value];

export const TRANSFER_SYNTAXES = {
  'implicit-le': '1.2.840.10008.1.2',
  'explicit-le': '1.2.840.10008.1.2.1',
  'deflated-le': '1.2.840.10008.1.2.1.99',
  'explicit-be': '1.2.840.10008.1.2.2',
  jpegls: '1.2.840.10008.1.2.4.80',
  'jpegls-near': '1.2.840.10008.1.2.4.81',
  rle: '1.2.840.10008.1.2.5',
} as const;
export type TransferSyntax = keyof typeof TRANSFER_SYNTAXES;

interface Style {
  readonly explicit: boolean;
  readonly little: boolean;
}

const LONG_VRS = new Set<Vr>(['OB', 'OW', 'SQ']);

/** The bytes of a file: preamble, DICM, file meta information and data set. Elements may come in any order. */
export function dicomPart10(elements: readonly Element[], syntax: TransferSyntax): Uint8Array {
  const valueOf = (tag: string): Value => elements.find((element) => element[0] === tag)?.[2] ?? '';
  const plain: Style = { explicit: true, little: true };
  const meta = writeElements(
    [
      ['00020001', 'OB', Uint8Array.of(0, 1)],
      ['00020002', 'UI', valueOf('00080016')],
      ['00020003', 'UI', valueOf('00080018')],
      ['00020010', 'UI', TRANSFER_SYNTAXES[syntax]],
      ['00020012', 'UI', '2.25.302811583764127461052791384650297143558'],
      ['00020013', 'SH', 'BACKSTOP PHANTOM'],
    ],
    plain,
  );
  const body = writeElements(elements, { explicit: syntax !== 'implicit-le', little: syntax !== 'explicit-be' });
  const length = writeElements([['00020000', 'UL', meta.length]], plain);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM', 'latin1'), length, meta, syntax === 'deflated-le' ? deflateRawSync(body) : body]);
}

function writeElements(elements: readonly Element[], style: Style): Buffer {
  const sorted = [...elements].sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return Buffer.concat(sorted.flatMap((element) => writeElement(element, style)));
}

function writeElement([tag, vr, value]: Element, style: Style): Buffer[] {
  if (isObject(value) && 'fragments' in value) return encapsulated(tag, value.fragments, style);
  const bytes = valueBytes(vr, value, style);
  return [header(tag, vr, bytes.length, style), bytes];
}

function isObject(value: Value): value is Exclude<Value, string | number | Uint8Array | readonly (string | number)[]> {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function header(tag: string, vr: Vr | null, length: number, { explicit, little }: Style): Buffer {
  const long = !explicit || vr === null || LONG_VRS.has(vr);
  const bytes = Buffer.alloc(explicit && vr !== null ? (long ? 12 : 8) : 8);
  const put16 = (value: number, at: number): number => (little ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at));
  put16(Number.parseInt(tag.slice(0, 4), 16), 0);
  put16(Number.parseInt(tag.slice(4), 16), 2);
  if (explicit && vr !== null) bytes.write(vr, 4, 'latin1');
  if (!long) put16(length, 6);
  else if (little) bytes.writeUInt32LE(length, bytes.length - 4);
  else bytes.writeUInt32BE(length, bytes.length - 4);
  return bytes;
}

function valueBytes(vr: Vr, value: Value, style: Style): Buffer {
  if (value instanceof Uint8Array) return padded(Buffer.from(vr === 'OW' && !style.little ? Buffer.from(value).swap16() : value), 0);
  if (isObject(value)) return 'items' in value ? Buffer.concat(value.items.flatMap((item) => itemBytes(item, style))) : Buffer.alloc(0);
  const list = typeof value === 'string' || typeof value === 'number' ? [value] : value;
  const width = { US: 2, SS: 2, UL: 4, FD: 8 }[vr as 'US'];
  if (width) return numbers(list.map(Number), vr, width, style.little);
  return padded(Buffer.from(list.join('\\'), 'utf8'), vr === 'UI' ? 0 : 0x20);
}

function itemBytes(item: readonly Element[], style: Style): Buffer[] {
  const content = writeElements(item, style);
  return [header('FFFEE000', null, content.length, style), content];
}

function numbers(list: readonly number[], vr: Vr, width: number, little: boolean): Buffer {
  const bytes = Buffer.alloc(width * list.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  list.forEach((value, index) => {
    const at = index * width;
    if (vr === 'FD') view.setFloat64(at, value, little);
    else if (width === 4) view.setUint32(at, value, little);
    else view.setUint16(at, value & 0xffff, little);
  });
  return bytes;
}

/** Pixel data in fragments behind an empty offset table (PS3.5 A.4). */
function encapsulated(tag: string, fragments: readonly Uint8Array[], style: Style): Buffer[] {
  const parts = [header(tag, 'OB', 0xffffffff, style), header('FFFEE000', null, 0, style)];
  for (const fragment of fragments) {
    const bytes = padded(Buffer.from(fragment), 0);
    parts.push(header('FFFEE000', null, bytes.length, style), bytes);
  }
  parts.push(header('FFFEE0DD', null, 0, style));
  return parts;
}

function padded(bytes: Buffer, filler: number): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.of(filler)]);
}
