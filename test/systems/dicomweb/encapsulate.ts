/** Puts encoded frames into a DICOM file as fragments (PS3.5 annex A.4), with or without a Basic Offset Table. */
import dicomParser from 'dicom-parser';

/** `file` is Explicit VR Little Endian with PixelData as its last element. One fragment per frame. */
export function encapsulate(file: Uint8Array, transferSyntax: string, frames: readonly Uint8Array[], withOffsetTable = true): Uint8Array {
  const pixels = dicomParser.parseDicom(file).elements['x7fe00010']!;
  const body = Buffer.from(file.subarray(0, pixels.dataOffset - 12));
  const even = frames.map((frame) => Buffer.concat([frame, Buffer.alloc(frame.byteLength % 2)]));
  const offsets = Buffer.alloc(withOffsetTable ? 4 * frames.length : 0);
  if (withOffsetTable) even.reduce((at, frame, index) => (offsets.writeUInt32LE(at, 4 * index), at + 8 + frame.byteLength), 0);
  const head = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  const items = [offsets, ...even].flatMap((bytes) => [item(0xe000, bytes.byteLength), bytes]);
  return new Uint8Array(Buffer.concat([withSyntax(body, transferSyntax), head, ...items, item(0xe0dd, 0)]));
}

function item(element: number, length: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16LE(0xfffe, 0);
  header.writeUInt16LE(element, 2);
  header.writeUInt32LE(length, 4);
  return header;
}

/** The same file with another TransferSyntaxUID in its meta header, whose length is corrected. */
export function withSyntax(file: Buffer, transferSyntax: string): Buffer {
  const meta = dicomParser.readPart10Header(file);
  const element = meta.elements['x00020010']!;
  const value = Buffer.from(transferSyntax.length % 2 === 1 ? `${transferSyntax}\0` : transferSyntax, 'latin1');
  const length = Buffer.alloc(2);
  length.writeUInt16LE(value.byteLength);
  const after = file.subarray(element.dataOffset + element.length);
  const changed = Buffer.concat([file.subarray(0, element.dataOffset - 2), length, value, after]);
  const groupLength = meta.elements['x00020000'];
  if (groupLength) changed.writeUInt32LE(meta.uint32('x00020000')! + value.byteLength - element.length, groupLength.dataOffset);
  return changed;
}
