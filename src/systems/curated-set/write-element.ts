/** Elements of a DICOM data set to bytes, little endian (PS3.5 section 7.1). */

export interface ElementStyle {
  /** False in Implicit VR Little Endian. */
  readonly explicit: boolean;
}

const LONG_VRS = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
export const UNDEFINED_LENGTH = 0xffffffff;

/** `tag` as eight hex digits. */
export function elementHeader(tag: string, vr: string, length: number, { explicit }: ElementStyle): Buffer {
  const isLong = explicit && LONG_VRS.has(vr);
  const bytes = Buffer.alloc(isLong ? 12 : 8);
  bytes.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  bytes.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  if (!explicit) bytes.writeUInt32LE(length, 4);
  else {
    bytes.write(vr, 4, 'latin1');
    if (isLong) bytes.writeUInt32LE(length, 8);
    else bytes.writeUInt16LE(length, 6);
  }
  return bytes;
}

/** A text value, padded to an even length: UIDs with a zero byte, everything else with a blank. */
export function textElement(tag: string, vr: string, text: string, style: ElementStyle): Buffer {
  const plain = Buffer.from(text, 'latin1');
  const value = plain.length % 2 === 0 ? plain : Buffer.concat([plain, Buffer.of(vr === 'UI' ? 0 : 0x20)]);
  return Buffer.concat([elementHeader(tag, vr, value.length, style), value]);
}

/** A sequence of items, each already written. */
export function sequenceElement(tag: string, items: readonly Buffer[], style: ElementStyle): Buffer {
  const parts = items.flatMap((item) => {
    const header = Buffer.alloc(8);
    header.writeUInt16LE(0xfffe, 0);
    header.writeUInt16LE(0xe000, 2);
    header.writeUInt32LE(item.length, 4);
    return [header, item];
  });
  const body = Buffer.concat(parts);
  return Buffer.concat([elementHeader(tag, 'SQ', body.length, style), body]);
}

const IMPLEMENTATION_CLASS_UID = '2.25.80302813137786398554742050926734630921';

/** Preamble, DICM and the file meta information (PS3.10 section 7.1). The data set follows. */
export function filePreamble(sopClassUid: string, sopInstanceUid: string, transferSyntax: string): Buffer {
  const style = { explicit: true };
  const meta = Buffer.concat([
    elementHeader('00020001', 'OB', 2, style),
    Buffer.of(0, 1),
    textElement('00020002', 'UI', sopClassUid, style),
    textElement('00020003', 'UI', sopInstanceUid, style),
    textElement('00020010', 'UI', transferSyntax, style),
    textElement('00020012', 'UI', IMPLEMENTATION_CLASS_UID, style),
    textElement('00020013', 'SH', 'BACKSTOP', style),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length, 0);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM', 'latin1'), elementHeader('00020000', 'UL', 4, style), length, meta]);
}
