/** Greps every byte of a curated set for every identifier that went in, in several spellings and encodings, and says file and offset. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import dicomParser from 'dicom-parser';
import { type Identifier, readIdentifiers } from './identifiers.ts';
import { makeByteSearch, type Pattern } from './search-bytes.ts';

export interface Found {
  /** Path below the set's folder. */
  readonly file: string;
  /** Byte offset. */
  readonly offset: number;
  readonly kind: Identifier['kind'];
  readonly encoding: string;
  readonly where: 'name of the file' | 'header' | 'pixels' | 'text';
}

export interface Verified {
  readonly files: number;
  readonly bytes: number;
  readonly identifiers: number;
  readonly patterns: number;
  readonly found: readonly Found[];
}

interface Origin {
  readonly kind: Identifier['kind'];
  readonly encoding: string;
  /** Only files of this patient count (an examination's day is another patient's shifted day by chance); null: all. */
  readonly patient: string | null;
}

/** In pixels, chance holds any short text: only what is at least so long is looked for there. */
const SHORTEST_IN_PIXELS = 6;

/** `allow`: words that a person has looked at and found harmless (a family name that is also the maker's). */
export async function verifySet(
  folder: string,
  identifiersFile: string,
  allow: readonly string[] = [],
  progress: (file: string) => void = () => undefined,
): Promise<Verified> {
  const harmless = new Set(allow.map((word) => word.toLowerCase()));
  const identifiers = (await readIdentifiers(identifiersFile)).filter((one) => !harmless.has(one.value.toLowerCase()));
  const patterns = patternsOf(identifiers);
  const search = makeByteSearch(patterns);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const found: Found[] = [];
  let size = 0;
  for (const path of files) {
    const file = relative(folder, path);
    progress(file);
    const bytes = await readFile(path);
    size += bytes.length;
    const look = (part: Uint8Array, from: number, to: number, where: Found['where'], shortest: number): void => {
      for (const { offset, of } of search(part, from, to, shortest)) {
        if (of.patient === null || file.split(sep).includes(of.patient)) found.push({ file, offset, kind: of.kind, encoding: of.encoding, where });
      }
    };
    const name = Buffer.from(file);
    look(name, 0, name.length, 'name of the file', 3);
    const pixels = pixelOffset(bytes);
    look(bytes, 0, pixels ?? bytes.length, pixels === null ? 'text' : 'header', 3);
    if (pixels !== null) look(bytes, pixels, bytes.length, 'pixels', SHORTEST_IN_PIXELS);
  }
  return { files: files.length, bytes: size, identifiers: identifiers.length, patterns: patterns.length, found };
}

/** Where the pixels of a DICOM file begin; null for another file. */
function pixelOffset(bytes: Buffer): number | null {
  if (bytes.toString('latin1', 128, 132) !== 'DICM') return null;
  try {
    return dicomParser.parseDicom(bytes).elements['x7fe00010']?.dataOffset ?? bytes.length;
  } catch {
    return bytes.length;
  }
}

function patternsOf(identifiers: readonly Identifier[]): readonly Pattern<Origin>[] {
  const made = new Map<string, Pattern<Origin>>();
  for (const { kind, value, patient } of identifiers) {
    const scope = kind === 'date' ? patient : null;
    for (const text of spellings(kind, value)) {
      for (const [encoding, bytes] of encodings(text)) {
        const key = `${scope ?? ''}|${bytes.toString('latin1')}`;
        if (!made.has(key))
          made.set(key, {
            bytes,
            of: { kind, encoding, patient: scope },
            isWord: kind !== 'uid' && (encoding === 'utf-8' || encoding === 'latin-1') && bytes.length < 12,
          });
      }
    }
  }
  return [...made.values()];
}

function spellings(kind: Identifier['kind'], value: string): readonly string[] {
  if (kind === 'birth-date' || kind === 'date') {
    const day = value.replace(/\D/g, '').slice(0, 8);
    const [year, month, date] = [day.slice(0, 4), day.slice(4, 6), day.slice(6, 8)];
    return [
      day,
      `${year}-${month}-${date}`,
      `${year}.${month}.${date}`,
      `${date}/${month}/${year}`,
      `${date}.${month}.${year}`,
      `${month}/${date}/${year}`,
    ];
  }
  const plain = value.normalize('NFD').replace(/\p{M}/gu, '');
  return [...new Set([value, value.normalize('NFC'), value.normalize('NFD'), plain, ...(kind === 'phone' ? [value.replace(/\D/g, '')] : [])])].filter(
    (text) => text.length >= 3,
  );
}

function encodings(text: string): readonly (readonly [string, Buffer])[] {
  const isLatin = !/[^\p{ASCII}\u0080-\u00ff]/u.test(text);
  return [
    ['utf-8', Buffer.from(text, 'utf8')],
    ...(isLatin && /[\u0080-\u00ff]/.test(text) ? [['latin-1', Buffer.from(text, 'latin1')] as const] : []),
    ['utf-16le', Buffer.from(text, 'utf16le')],
    ['utf-16be', Buffer.from(text, 'utf16le').swap16()],
    ...(text.length >= 6 ? [['base64', Buffer.from(Buffer.from(text, 'utf8').toString('base64').replace(/=+$/, '').slice(0, -1))] as const] : []),
  ];
}
