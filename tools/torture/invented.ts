/** People, studies and report messages made up on the spot. None of the people exists. */

import { dicomUidFrom } from '#test/hospital/phantom/dicom-uid-from.ts';
import { makePhantom } from '#test/hospital/phantom/make-phantom.ts';
import type { PhantomParameters } from '#test/hospital/phantom/parameters.ts';
import { type DicomFile } from '#test/hospital/phantom/series-options.ts';
import { dicomSeries } from '#test/hospital/phantom/write-dicom.ts';
import { dicomPatient, HOSPITAL, type Person } from '../samples/people.ts';
import { reportMessage } from '../samples/report-message.ts';
import type { Chance } from './chance.ts';

export type Status = 'final' | 'corrected' | 'addendum' | 'cancelled';

const FAMILIES = ['Ashdown', 'Barrow', 'Castell', 'Dunmore', 'Elmhurst', 'Fairley', 'Grange', 'Hartley', 'Inskip', 'Jessop'];
const GIVEN = { female: ['Agnes', 'Bridget', 'Clara', 'Dorothy'], male: ['Alfred', 'Bernard', 'Cecil', 'Douglas'] } as const;
const PROCEDURE = { code: 'CCHES', text: 'CT chest' };
const DATE = '2026-11-17';

export function inventPerson(chance: Chance, number: number): Person {
  const sex = chance.isHit(0.7) ? 'female' : 'male';
  const birthDate = `${chance.whole(1935, 1960)}-0${chance.whole(1, 9)}-1${chance.whole(0, 9)}`;
  return { id: `T${String(number).padStart(6, '0')}`, family: chance.pick(FAMILIES), given: chance.pick(GIVEN[sex]), birthDate, sex };
}

/** As the health record knows the person; two numbers of one person are two records. */
export function patientResource(person: Person): object {
  return {
    resourceType: 'Patient',
    id: `pat-${person.id.toLowerCase()}`,
    active: true,
    identifier: [{ system: HOSPITAL.identifierSystem, value: person.id }],
    name: [{ family: person.family, given: [person.given] }],
    gender: person.sex,
    birthDate: person.birthDate,
  };
}

const ONE_SLICE = makePhantom({ seed: 14, sex: 'male', from: 'T12', to: 'T12', columns: 48, rows: 48, pixelMm: 3, sliceMm: 2, noiseHu: 8 });
const WEDGE: PhantomParameters = {
  seed: 303,
  sex: 'female',
  from: 'T11',
  to: 'S1',
  columns: 150,
  rows: 150,
  pixelMm: 1.1,
  sliceMm: 2,
  noiseHu: 6,
  trabecularHu: 80,
  fractures: [{ level: 'L1', shape: 'wedge', lossPercent: 36 }],
};
let measured: ReturnType<typeof makePhantom> | undefined;

/** One slice (quick: "cannot say"), or a small spine that the networks measure. */
export async function inventStudy(person: Person, accession: string, kind: 'one-slice' | 'measured'): Promise<readonly DicomFile[]> {
  const { volume } = kind === 'one-slice' ? ONE_SLICE : (measured ??= makePhantom(WEDGE));
  return await dicomSeries(volume, {
    patient: dicomPatient(person),
    study: {
      studyInstanceUid: dicomUidFrom(`torture study ${accession}`),
      accession,
      date: DATE.replaceAll('-', ''),
      time: '090000',
      description: PROCEDURE.text,
    },
    series: { number: 2, description: PROCEDURE.text, bodyPart: 'CHEST' },
    transferSyntax: 'explicit-le',
    ...(kind === 'one-slice' ? { faults: ['one-slice'] as const } : {}),
  });
}

const FINDINGS = [
  ['Moderate wedge compression fracture of T8. Recommend referral to the fracture liaison service.'],
  ['Compression fracture of L1 with 35 % loss of height.'],
  ['No vertebral fracture. The lungs are clear.'],
  ['The lungs are clear. No pleural effusion.'],
  ['Lytic metastasis of L2 with a pathological fracture.'],
] as const;

export interface InventedReport {
  readonly accession: string | null;
  readonly person: Person;
  readonly controlId: string;
  readonly status: Status;
  /** 1 for the first; later ones were reported later. */
  readonly version: number;
  readonly finding: number;
}

/** The words by which the end finds out which version of a report a case stands on. */
export function versionMark(controlId: string): string {
  return `Reading number ${controlId}.`;
}

export function inventReport(report: InventedReport): Buffer {
  const finding = FINDINGS[report.finding % FINDINGS.length] ?? FINDINGS[0];
  const text = reportMessage({
    controlId: report.controlId,
    accession: report.accession,
    person: report.person,
    date: DATE,
    time: `09${String(report.version).padStart(2, '0')}00`,
    procedure: PROCEDURE,
    report: [`FINDINGS: ${finding[0]}`, `COMMENT: ${versionMark(report.controlId)}`, 'CONCLUSION: As above.'],
  });
  const code = { final: 'F', corrected: 'C', addendum: 'Addendum', cancelled: 'X' }[report.status];
  return Buffer.from(text.replace('|CT|F|', `|CT|${code}|`), 'utf8');
}

/** ADT^A40: the record of `from` is now `into`. */
export function inventMerge(controlId: string, from: Person, into: Person): Buffer {
  const lines = [
    `MSH|^~\\&|PAS|${HOSPITAL.authority}|BACKSTOP|${HOSPITAL.authority}|20261117120000+0000||ADT^A40^ADT_A39|${controlId}|P|2.5.1|||||GBR|UNICODE UTF-8`,
    'EVN|A40|20261117120000+0000',
    `PID|1||${into.id}^^^${HOSPITAL.authority}^MR||${into.family}^${into.given}||${into.birthDate.replaceAll('-', '')}|${into.sex === 'female' ? 'F' : 'M'}`,
    `MRG|${from.id}^^^${HOSPITAL.authority}^MR`,
  ];
  return Buffer.from(`${lines.join('\r')}\r`, 'utf8');
}
