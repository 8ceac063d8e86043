/**
 * Everything that went in and names somebody. Kept beside the set, never in it: `curate verify` looks for each of them in every byte that came out.
 * One JSON object a line; the file is as secret as the archive and is thrown away when the set has been verified.
 */
import { appendFile, chmod, readFile } from 'node:fs/promises';
import type { DataSet } from 'dicom-parser';
import dicomParser from 'dicom-parser';

export interface Identifier {
  readonly kind: 'name' | 'number' | 'uid' | 'birth-date' | 'date' | 'address' | 'phone';
  readonly value: string;
  /** Pseudonym of the patient whose it is. */
  readonly patient: string;
}

/** Attributes of the images that name somebody; the UIDs of the instance itself among them. */
const ATTRIBUTES: readonly (readonly [kind: Identifier['kind'], tags: string])[] = [
  ['name', '00100010 00080090 00081050 00081060 00081070 00081048 00101001 00101005 00101060 00321032'],
  ['number', '00100020 00101000 00080050 00380010'],
  ['uid', '00080018 0020000D 0020000E 00200052'],
  ['birth-date', '00100030'],
  ['date', '00080020'],
  ['address', '00101040 00080080 00080081'],
  ['phone', '00102154'],
];
const SHORTEST: Readonly<Record<Identifier['kind'], number>> = { name: 3, number: 4, uid: 5, 'birth-date': 8, date: 8, address: 5, phone: 6 };

/** Of one DICOM file. Names are told as a whole and by their parts. */
export function identifiersOf(file: Uint8Array, patient: string): readonly Identifier[] {
  const dataset = dicomParser.parseDicom(file, { untilTag: 'x7fe00010' });
  return ATTRIBUTES.flatMap(([kind, tags]) =>
    tags.split(' ').flatMap((tag) => valuesOf(dataset, tag, kind).map((value) => ({ kind, value, patient }))),
  );
}

function valuesOf(dataset: DataSet, tag: string, kind: Identifier['kind']): readonly string[] {
  const element = dataset.elements[`x${tag.toLowerCase()}`];
  if (!element) return [];
  const bytes = dataset.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
  const isUtf8 = /192/.test(dataset.string('x00080005') ?? '');
  const text = Buffer.from(bytes)
    .toString(isUtf8 ? 'utf8' : 'latin1')
    .replace(/\0/g, '');
  const parts = text.split('\\').flatMap((one) => (kind === 'name' ? one.split(/[\^=]/) : [one]));
  return parts.map((one) => one.trim()).filter((one) => one.length >= SHORTEST[kind] && !(kind === 'uid' && one.startsWith('1.2.840.10008.')));
}

/** Only its owner may read the file. */
export async function rememberIdentifiers(file: string, identifiers: readonly Identifier[]): Promise<void> {
  if (identifiers.length === 0) return;
  const lines = new Set(identifiers.map((one) => `${JSON.stringify(one)}\n`));
  await appendFile(file, [...lines].join(''), { mode: 0o600 });
  await chmod(file, 0o600);
}

/** Each once; a last line that a killed run cut short is left out. */
export async function readIdentifiers(file: string): Promise<readonly Identifier[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  const found = new Map<string, Identifier>();
  for (const line of lines) {
    if (!line.endsWith('}')) continue;
    const one = JSON.parse(line) as Identifier;
    found.set(`${one.kind}|${one.value}|${one.patient}`, one);
  }
  return [...found.values()];
}
