/** Finds the patient of a report in the health record: by identifier, and only when the rest agrees. */
import type { Patient } from '@medplum/fhirtypes';
import type { Report, ReportPatient } from '../../case/report.ts';
import type { HealthRecord } from '../../ports.ts';
import type { RecordClient } from './record-client.ts';

export type FoundPatient = Awaited<ReturnType<HealthRecord['findPatient']>>;

/** `identifierSystems` takes an HL7 assigning authority to the FHIR system of its identifiers. The answer's detail holds no patient data. */
export async function findPatient(client: RecordClient, report: Report, identifierSystems: Readonly<Record<string, string>>): Promise<FoundPatient> {
  const { id } = report.patient;
  const system = id.authority === null ? undefined : identifierSystems[id.authority];
  const token = `${system === undefined ? '' : `${escapeToken(system)}|`}${escapeToken(id.value)}`;
  const { resources } = await client.search(`Patient?identifier=${encodeURIComponent(token)}&_count=10`, 10);
  const patients = await Promise.all(resources.filter((resource) => resource.resourceType === 'Patient').map((patient) => current(client, patient)));
  const alive = [...new Map(patients.map((patient) => [patient.id, patient])).values()];
  const [patient, another] = alive;
  if (!patient?.id) return { kind: 'none', detail: `no patient has the identifier of authority ${id.authority ?? '(none)'}` };
  if (another) return { kind: 'many', detail: `${alive.length} patients have the identifier` };
  const differs = whatDiffers(report.patient, patient);
  return differs === null ? { kind: 'found', reference: `Patient/${patient.id}` } : { kind: 'mismatch', detail: differs };
}

/** In a search token `\`, `|`, `,` and `$` mean something else (FHIR R4 3.1.1.4.0.1). */
function escapeToken(text: string): string {
  return text.replace(/[\\|,$]/g, (mark) => `\\${mark}`);
}

/** A record that was merged into another one points there (Patient.link replaced-by). */
async function current(client: RecordClient, patient: Patient): Promise<Patient> {
  const into = patient.link?.find((link) => link.type === 'replaced-by')?.other.reference;
  const id = /(?:^|\/)Patient\/([^/]+)$/.exec(into ?? '')?.[1];
  const replacing = id === undefined ? undefined : await client.read('Patient', id);
  return replacing?.resourceType === 'Patient' ? replacing : patient;
}

/** The date of birth decides; where one side has none, the family name has to be the same. Null = nothing differs. */
function whatDiffers(reported: ReportPatient, recorded: Patient): string | null {
  const born = recorded.birthDate;
  if (reported.birthDate && born) {
    const length = Math.min(reported.birthDate.length, born.length);
    if (reported.birthDate.slice(0, length) !== born.slice(0, length)) return 'the date of birth differs';
  } else if (!sameFamilyName(reported.familyName, recorded)) {
    return 'no date of birth to compare, and the family name differs';
  }
  const sexes = [reported.sex, recorded.gender];
  if (sexes.includes('female') && sexes.includes('male')) return 'the sex differs';
  return null;
}

function sameFamilyName(reported: string, recorded: Patient): boolean {
  const plain = (name: string) =>
    name
      .normalize('NFKD')
      .replace(/[^\p{L}]/gu, '')
      .toLowerCase();
  const names = (recorded.name ?? []).map((name) => plain(name.family ?? name.text?.split(' ').at(-1) ?? ''));
  return plain(reported) !== '' && names.includes(plain(reported));
}
