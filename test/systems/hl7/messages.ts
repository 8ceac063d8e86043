/** Messages about invented people, for the tests of this folder. */
export interface OruParts {
  readonly controlId?: string;
  readonly accession?: string;
  readonly text?: readonly string[];
  readonly status?: string;
  readonly charset?: string;
  readonly type?: string;
  readonly msh15?: string;
  readonly msh16?: string;
  readonly pid?: string;
}

export function oru(parts: OruParts = {}): string {
  const { controlId = 'MSG1', accession = 'ACC1001', status = 'F', charset = '', type = 'ORU^R01^ORU_R01', msh15 = '', msh16 = '' } = parts;
  const text = parts.text ?? ['CT CHEST', 'FINDINGS: Lungs clear.', 'IMPRESSION: Mild wedge deformity of T12.'];
  return [
    `MSH|^~\\&|RIS|NORTH|BACKSTOP|FLS|20260302101500+0000||${type}|${controlId}|P|2.5.1|||${msh15}|${msh16}||${charset}`,
    parts.pid ?? 'PID|1||P-77^^^NORTH^MR~999-11-2222^^^^SS||Example^Edith^Q||19440511|F',
    'PV1|1|O|||||||||||||||||V-9',
    `ORC|RE|PL-5|${accession}`,
    `OBR|1|PL-5|${accession}^RIS|71250^CT CHEST WITHOUT CONTRAST^CPT|||20260301091000|||||||||42^Referrer^Rose^^^Dr||||||20260302101400||CT|${status}|||||||77&Reader&Rita`,
    ...text.map((line, index) => `OBX|${index + 1}|TX|71250^CT CHEST^CPT||${line}||||||${status}`),
  ].join('\r');
}
