/** From MSH-18 (HL7 table 0211, in all spellings that are met) to a decoder, and what to do when it says nothing or lies. */
import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';

export interface Decoded {
  readonly text: string;
  /** Name of the charset that was used, as iconv-lite or TextDecoder call it. */
  readonly charset: string;
  readonly flags: readonly string[];
}

const ASCII = /^(us)?ascii$|^isoir6$|^ansi(x34(1968|1986))?$/;
/** Spellings with everything but letters and digits removed. 8859/1 is read as windows-1252, as browsers do: C1 controls are never meant. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^(iso)?88591$|^isoir100$|^latin1$|^isolatin1$|^(windows|cp|win)1252$/, 'windows-1252'],
  [/^(unicode)?utf8$|^isoir192$|^unicode$/, 'utf-8'],
  [/^isoir101$|^latin2$/, 'iso-8859-2'],
  [/^isoir87$|^isoir159$|^isoir14$|^iso2022jp$|^jis$/, 'iso-2022-jp'],
  [/^gb180302000$|^gb18030$|^isoir58$|^gb2312$|^gbk$/, 'gb18030'],
  [/^ksx1001$|^isoir149$|^euckr$|^ksc5601$/, 'euc-kr'],
  [/^big5$|^cns116431992$/, 'big5'],
  [/^isoir13$|^shiftjis$|^sjis$/, 'shift_jis'],
];

/** The charset that MSH-18 asks for; null when it asks for none or for one that we do not know. */
function namedCharset(msh18: string): string | null {
  if (msh18 === '') return null;
  const names = msh18
    .split(/[~^]/)
    .map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, ''))
    .filter((name) => name !== '' && !ASCII.test(name));
  for (const name of names) {
    const known = NAMES.find(([pattern]) => pattern.test(name));
    if (known) return known[1];
    const part = /^(?:iso)?8859(\d{1,2})$/.exec(name);
    if (part && Number(part[1]) >= 2 && Number(part[1]) <= 16 && part[1] !== '12') return `iso-8859-${part[1]}`;
    const windows = /^(?:windows|cp)(125\d)$/.exec(name);
    if (windows) return `windows-${windows[1]}`;
  }
  return null;
}

/** What `decodeMessage` would find out, without the text where that can be: nearly all messages are valid UTF-8. */
export function charsetOf(bytes: Uint8Array, msh18: string): Pick<Decoded, 'charset' | 'flags'> {
  if ((msh18 === '' || SAYS_UTF8.test(msh18)) && isUtf8(bytes)) return UTF8;
  const { charset, flags } = decode(bytes, msh18);
  return { charset, flags };
}

const SAYS_UTF8 = /^(?:UNICODE )?UTF-8$/;
const UTF8: Pick<Decoded, 'charset' | 'flags'> = { charset: 'utf-8', flags: [] };

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true });

function strictUtf8(bytes: Uint8Array): string | null {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Decodes a message: MSH-18, else strict UTF-8, else windows-1252 with a flag. Never throws. A leading byte order mark is dropped,
 * and so is NUL: it means nothing in HL7, and a database's text type does not take it.
 */
export function decodeMessage(bytes: Uint8Array, msh18: string): Decoded {
  const { text, charset, flags } = decode(bytes, msh18);
  return { text: text.includes('\0') ? text.replaceAll('\0', '') : text, charset, flags };
}

function decode(bytes: Uint8Array, msh18: string): Decoded {
  const named = namedCharset(msh18);
  const flags: string[] = [];
  if (named !== null && named !== 'utf-8') {
    const text = named === 'iso-2022-jp' ? new TextDecoder(named).decode(bytes) : iconv.decode(Buffer.from(bytes), named);
    return { text, charset: named, flags: text.includes('\uFFFD') ? ['charset-wrong'] : [] };
  }
  if (named === null && msh18 !== '' && /[^~^\s]/.test(msh18) && !/^[\s~^]*(us-?)?ascii[\s~^]*$/i.test(msh18)) flags.push('charset-unknown');
  const utf8 = strictUtf8(bytes);
  if (utf8 !== null) return { text: utf8, charset: 'utf-8', flags };
  flags.push(named === 'utf-8' ? 'charset-wrong' : 'charset-guessed');
  return { text: iconv.decode(Buffer.from(bytes), 'windows-1252'), charset: 'windows-1252', flags };
}

/** One or more bytes of an `\Xdd..\` escape in the message's charset. */
export function decodeEscapedBytes(bytes: Uint8Array, charset: string): string {
  const utf8 = strictUtf8(bytes);
  if (charset === 'utf-8' && utf8 !== null) return utf8;
  return charset === 'iso-2022-jp'
    ? new TextDecoder(charset).decode(bytes)
    : iconv.decode(Buffer.from(bytes), charset === 'utf-8' ? 'windows-1252' : charset);
}
