/** A MetaImage volume (.mha, header and data in one file; SPIDER's format) in the patient's LPS frame, which MetaImage uses as well. */
import { readFile } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import type { Volume } from '#src/case/volume.ts';
import { GiveUp } from '#src/lib/errors.ts';

const TYPES: Readonly<Record<string, readonly [number, (view: DataView, at: number) => number]>> = {
  MET_UCHAR: [1, (view, at) => view.getUint8(at)],
  MET_CHAR: [1, (view, at) => view.getInt8(at)],
  MET_SHORT: [2, (view, at) => view.getInt16(at, true)],
  MET_USHORT: [2, (view, at) => view.getUint16(at, true)],
  MET_INT: [4, (view, at) => view.getInt32(at, true)],
  MET_FLOAT: [4, (view, at) => view.getFloat32(at, true)],
  MET_DOUBLE: [8, (view, at) => view.getFloat64(at, true)],
};

const never = (text: string): GiveUp => new GiveUp(text, { code: 'LABELLED_DATA', phase: 'parse' });

/** Throws GiveUp LABELLED_DATA for anything that is no 3D little-endian MetaImage with its data inside. */
export function parseMha(bytes: Uint8Array, modality: string): Volume {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 4096));
  const end = /ElementDataFile\s*=\s*LOCAL\r?\n/.exec(head);
  if (!end) throw never('not a MetaImage file with its data inside');
  const fields = new Map(
    head
      .slice(0, end.index)
      .split(/\r?\n/)
      .flatMap((line) => (line.includes('=') ? [line.split('=').map((part) => part.trim()) as [string, string]] : [])),
  );
  const numbers = (name: string): number[] => (fields.get(name) ?? '').split(/\s+/).map(Number);
  const [columns, rows, slices] = numbers('DimSize') as [number, number, number];
  const type = TYPES[fields.get('ElementType') ?? ''];
  if (!type || fields.get('NDims') !== '3' || /true/i.test(fields.get('BinaryDataByteOrderMSB') ?? ''))
    throw never('this kind of MetaImage is not read');
  const spacing = numbers('ElementSpacing');
  const turn = fields.has('TransformMatrix') ? numbers('TransformMatrix') : [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const offset = numbers(fields.has('Offset') ? 'Offset' : 'Position');
  if ([columns, rows, slices, ...spacing, ...turn, ...offset].some((value) => !Number.isFinite(value)))
    throw never('the MetaImage header gives no geometry');
  const stored = bytes.subarray(end.index + end[0].length);
  const data = /true/i.test(fields.get('CompressedData') ?? '') ? inflateSync(stored) : stored;
  const count = columns * rows * slices;
  if (data.length < count * type[0]) throw never('the MetaImage file ends before its last voxel');
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = type[1](view, i * type[0]);
  // TransformMatrix lists the direction of each axis one after the other.
  const affine = [0, 1, 2].flatMap((row) => [turn[row]! * spacing[0]!, turn[3 + row]! * spacing[1]!, turn[6 + row]! * spacing[2]!, offset[row]!]);
  const quantity = modality === 'CT' ? 'HU' : 'signal';
  return { columns, rows, slices, values, affine, modality, quantity, sliceSpacingMm: Math.max(...spacing), notes: [] };
}

export async function readMha(file: string, modality: string): Promise<Volume> {
  return parseMha(await readFile(file), modality);
}
