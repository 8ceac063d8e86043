/** One DICOM file without the person it shows (PS3.15 Annex E). The pixels stay as they are, byte for byte; the header is written anew. */
import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import dicomParser, { type DataSet, type Element } from 'dicom-parser';
import { attributeAction } from './kept-attributes.ts';
import { type Pseudonyms, shiftedDay } from './pseudonyms.ts';
import { type Refusal, whyRefused } from './why-refused.ts';
import { type ElementStyle, elementHeader, filePreamble, sequenceElement, textElement, UNDEFINED_LENGTH } from './write-element.ts';

export interface DeidentifiedFile {
  readonly ok: true;
  readonly bytes: Buffer;
  readonly sopInstanceUid: string;
  /** SHA-256 of the value of PixelData: the same before and after. */
  readonly pixelSha256: string;
  /** Tags that were taken out, for the count in the manifest. */
  readonly removed: readonly string[];
}

const SYNTAX = {
  implicit: '1.2.840.10008.1.2',
  explicit: '1.2.840.10008.1.2.1',
  deflated: '1.2.840.10008.1.2.1.99',
  big: '1.2.840.10008.1.2.2',
} as const;
const LARGEST_INFLATED = 1024 * 2 ** 20;

/** Type 2 attributes that every image must have, empty where the source left them out. */
const NEEDED = [
  ['00080020', 'DA'],
  ['00080030', 'TM'],
  ['00080050', 'SH'],
  ['00080090', 'PN'],
  ['00100030', 'DA'],
  ['00100040', 'CS'],
  ['00200010', 'SH'],
] as const;

interface Work {
  readonly patient: string;
  readonly daysBack: number;
  readonly pseudonyms: Pseudonyms;
  readonly style: ElementStyle;
  readonly source: Uint8Array;
  readonly removed: Set<string>;
}

/** `patient` is the pseudonym. A file that may show a name in its pixels, or that cannot be read, is refused with the reason. */
export function deidentify(file: Uint8Array, patient: string, pseudonyms: Pseudonyms): DeidentifiedFile | Refusal {
  const read = parse(file);
  if (!('dataset' in read)) return read;
  const { dataset, syntax } = read;
  const refused = whyRefused(dataset);
  if (refused) return refused;
  const pixels = dataset.elements['x7fe00010'];
  if (!pixels) return { ok: false, because: 'no-pixels' };
  const removed = new Set<string>();
  const style = { explicit: syntax !== SYNTAX.implicit };
  const work: Work = { patient, daysBack: pseudonyms.daysBack(patient), pseudonyms, style, source: dataset.byteArray, removed };
  const sopInstanceUid = pseudonyms.uid(uidOf(dataset, 'x00080018'));
  const written = syntax === SYNTAX.deflated ? SYNTAX.explicit : syntax;
  const body = writeDataset(dataset, work, marks(style));
  return {
    ok: true,
    bytes: Buffer.concat([filePreamble(uidOf(dataset, 'x00080016'), sopInstanceUid, written), body]),
    sopInstanceUid,
    pixelSha256: createHash('sha256').update(valueOf(pixels, dataset.byteArray)).digest('hex'),
    removed: [...removed],
  };
}

function parse(file: Uint8Array): { readonly dataset: DataSet; readonly syntax: string } | Refusal {
  try {
    const syntax = (dicomParser.readPart10Header(file).string('x00020010') ?? '').trim();
    if (syntax === SYNTAX.big) return { ok: false, because: 'big-endian' };
    const inflater = (all: Uint8Array, position: number): Uint8Array =>
      Buffer.concat([all.subarray(0, position), inflateRawSync(all.subarray(position), { maxOutputLength: LARGEST_INFLATED })]);
    return { dataset: dicomParser.parseDicom(file, { inflater }), syntax };
  } catch {
    return { ok: false, because: 'not-dicom' };
  }
}

/** `added` are elements that this profile puts in, by tag. */
function writeDataset(dataset: DataSet, work: Work, added: ReadonlyMap<string, Buffer> = new Map()): Buffer {
  const written = new Map<string, Buffer>(added);
  for (const element of Object.values(dataset.elements)) {
    const tag = element.tag.slice(1).toUpperCase();
    if (tag.startsWith('0002') || tag.endsWith('0000') || written.has(tag)) continue;
    const bytes = writeElement(tag, element, dataset, work);
    if (bytes) written.set(tag, bytes);
    else work.removed.add(tag);
  }
  for (const [tag, vr] of added.size > 0 ? NEEDED : []) if (!written.has(tag)) written.set(tag, textElement(tag, vr, '', work.style));
  return Buffer.concat([...written].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, bytes]) => bytes));
}

function writeElement(tag: string, element: Element, dataset: DataSet, work: Work): Buffer | null {
  const action = attributeAction(tag);
  if (action === null) return null;
  const { style, pseudonyms, daysBack } = work;
  // Implicit VR files tell no VR; what we write ourselves has the same one always.
  const vr = action === 'uid' ? 'UI' : (element.vr ?? 'UN');
  const text = (): string => dataset.string(element.tag) ?? '';
  const put = (value: string): Buffer => textElement(tag, vr, value, style);
  switch (action) {
    case 'keep':
      if (element.items)
        return sequenceElement(
          tag,
          element.items.map((item) => (item.dataSet ? writeDataset(item.dataSet, work) : Buffer.alloc(0))),
          style,
        );
      return Buffer.concat([headerOf(tag, vr, element, style), valueOf(element, work.source)]);
    case 'uid':
      return put(
        text()
          .split('\\')
          .map((uid) => pseudonyms.uid(uid.trim()))
          .join('\\'),
      );
    case 'day':
      return put(text().trim().length > 8 ? `${shiftedDay(text(), daysBack)}000000` : shiftedDay(text(), daysBack));
    case 'empty':
      return element.items ? sequenceElement(tag, [], style) : put('');
    case 'midnight':
      return put(text() === '' ? '' : '000000');
    case 'age':
      return put(cappedAge(text()));
    case 'pseudonym':
      return put(tag === '00100010' ? `${work.patient}^` : work.patient);
    case 'dummy':
      return put(text() === '' ? '' : 'REMOVED');
  }
}

/** Ages above 89 are rare enough to name a person: they are told as 90. */
function cappedAge(age: string): string {
  const found = /^(\d{3})Y$/.exec(age.trim());
  return found && Number(found[1]) > 89 ? '090Y' : age.trim();
}

function headerOf(tag: string, vr: string, element: Element, style: ElementStyle): Buffer {
  return elementHeader(tag, vr, element.hadUndefinedLength ? UNDEFINED_LENGTH : element.length, style);
}

/** The bytes as they stood, items and delimiter of encapsulated pixels included. */
function valueOf(element: Element, source: Uint8Array): Uint8Array {
  return source.subarray(element.dataOffset, element.dataOffset + element.length);
}

function uidOf(dataset: DataSet, tag: string): string {
  return (dataset.string(tag) ?? '').replace(/[\0 ]+$/, '');
}

/** What the profile has us say about ourselves: PS3.15 E.1.1 and E.3, codes of PS3.16 CID 7050. */
const METHODS = [
  ['113100', 'Basic Application Confidentiality Profile'],
  ['113107', 'Retain Longitudinal Temporal Information Modified Dates Option'],
  ['113108', 'Retain Patient Characteristics Option'],
] as const;

function marks(style: ElementStyle): ReadonlyMap<string, Buffer> {
  const items = METHODS.map(([code, meaning]) =>
    Buffer.concat([
      textElement('00080100', 'SH', code, style),
      textElement('00080102', 'SH', 'DCM', style),
      textElement('00080104', 'LO', meaning, style),
    ]),
  );
  return new Map([
    ['00120062', textElement('00120062', 'CS', 'YES', style)],
    ['00120063', textElement('00120063', 'LO', 'Backstop allow list', style)],
    ['00120064', sequenceElement('00120064', items, style)],
    ['00280303', textElement('00280303', 'CS', 'MODIFIED', style)],
  ]);
}
