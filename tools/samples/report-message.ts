/** An ORU^R01 as a radiology system sends it (HL7 v2.5.1, segments ended by CR). */
import { HOSPITAL, type Person } from './people.ts';

export interface MessageParts {
  readonly controlId: string;
  /** Null leaves every accession field empty. */
  readonly accession: string | null;
  readonly person: Person;
  /** YYYY-MM-DD and HHMMSS of the examination. */
  readonly date: string;
  readonly time: string;
  readonly procedure: { readonly code: string; readonly text: string };
  readonly studyUid?: { readonly in: 'ZDS' | 'OBX'; readonly uid: string };
  readonly report: readonly string[];
  /** OBR-24; default CT. */
  readonly modality?: string;
  /** Assigning authority and sending facility; default the sample hospital's. */
  readonly authority?: string;
  /** PID-11, first line. */
  readonly address?: string;
}

/** HL7 2.7.1: the delimiters of the message inside a text. */
function escaped(text: string): string {
  const codes: Readonly<Record<string, string>> = { '\\': '\\E\\', '|': '\\F\\', '^': '\\S\\', '&': '\\T\\', '~': '\\R\\' };
  return text.replace(/[\\|^&~]/g, (mark) => codes[mark] ?? mark);
}

/** A segment from its numbered fields; those in between stay empty. */
function segment(name: string, fields: Readonly<Record<number, string>>): string {
  const last = Math.max(...Object.keys(fields).map(Number));
  return [name, ...Array.from({ length: last }, (_, index) => fields[index + 1] ?? '')].join('|');
}

export function reportMessage(parts: MessageParts): string {
  const { person, accession, procedure } = parts;
  const authority = parts.authority ?? HOSPITAL.authority;
  const examined = `${parts.date.replaceAll('-', '')}${parts.time}+0000`;
  const reported = `${parts.date.replaceAll('-', '')}${String(Number(parts.time.slice(0, 2)) + 2).padStart(2, '0')}${parts.time.slice(2)}+0000`;
  const filler = accession === null ? '' : `${accession}^RADRIS`;
  const sex = person.sex === 'female' ? 'F' : 'M';
  const texts = parts.report.map((line, index) =>
    segment('OBX', { 1: String(index + 1), 2: 'TX', 3: `${procedure.code}&GDT^${procedure.text}^L`, 4: '1', 5: escaped(line), 11: 'F' }),
  );
  const observed =
    parts.studyUid?.in === 'OBX'
      ? [segment('OBX', { 1: String(texts.length + 1), 2: 'ST', 3: '113014^DICOM Study^DCM', 5: parts.studyUid.uid, 11: 'F' })]
      : [];
  const linked = parts.studyUid?.in === 'ZDS' ? [segment('ZDS', { 1: `${parts.studyUid.uid}^100^Application^DICOM` })] : [];
  const lines = [
    `MSH|^~\\&|RADRIS|${authority}|BACKSTOP|${authority}|${reported}||ORU^R01^ORU_R01|${parts.controlId}|P|2.5.1|||||GBR|UNICODE UTF-8`,
    segment('PID', {
      1: '1',
      3: `${person.id}^^^${authority}^MR`,
      5: `${person.family}^${person.given}^^^^^L`,
      7: person.birthDate.replaceAll('-', ''),
      8: sex,
      ...(parts.address === undefined ? {} : { 11: `${parts.address}^^Ashmore^^AS1 4XX^GBR` }),
    }),
    segment('PV1', { 1: '1', 2: 'O', 8: 'D2231^Marsh^Helen^^^Dr', 19: `V${person.id.slice(1)}` }),
    segment('ORC', { 1: 'RE', 3: filler, 5: 'CM', 12: 'D2231^Marsh^Helen^^^Dr' }),
    segment('OBR', {
      1: '1',
      3: filler,
      4: `${procedure.code}^${procedure.text}^L`,
      7: examined,
      16: 'D2231^Marsh^Helen^^^Dr',
      18: accession ?? '',
      22: reported,
      24: parts.modality ?? 'CT',
      25: 'F',
      32: 'R0417&Brennan&Tomas&&&Dr',
    }),
    ...linked,
    ...texts,
    ...observed,
  ];
  return `${lines.join('\r')}\r`;
}
