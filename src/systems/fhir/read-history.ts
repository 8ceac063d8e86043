/** Reads what the decision needs from the health record. A list that the record refuses is "not known"; a record that is down is tried later. */
import type { Condition, MedicationRequest, Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import type { PatientHistory } from '../../case/referral.ts';
import { AskAHuman } from '../../lib/errors.ts';
import { historyFromResources, type Read } from './history-from-resources.ts';
import type { RecordClient } from './record-client.ts';
import { Refusal } from './refusal.ts';

export interface ReadHistoryOptions {
  readonly ownKeys: ReadonlySet<string>;
  readonly siteReferralCodes: readonly string[];
  /** YYYY-MM-DD */
  readonly today: string;
}

/** `reference` is "Patient/ID". Throws AskAHuman when that patient is gone. */
export async function readHistory(client: RecordClient, reference: string, options: ReadHistoryOptions): Promise<PatientHistory> {
  const id = reference.slice('Patient/'.length);
  const list = <T extends Resource>(query: string) => readList<T>(client, query);
  const [patient, conditions, requests, statements, referrals, tasks] = await Promise.all([
    client.read('Patient', id),
    list<Condition>(`Condition?patient=${id}&_count=100`),
    list<MedicationRequest>(`MedicationRequest?patient=${id}&_include=MedicationRequest:medication&_count=100`),
    list<Resource>(`MedicationStatement?patient=${id}&_include=MedicationStatement:medication&_count=100`),
    list<ServiceRequest>(`ServiceRequest?patient=${id}&_count=100`),
    list<Task>(`Task?patient=${id}&_count=100`),
  ]);
  if (patient?.resourceType !== 'Patient') {
    throw new AskAHuman('the patient is no longer in the health record', { code: 'FHIR_PATIENT_GONE', phase: 'answer' });
  }
  return historyFromResources({ patient, conditions, drugs: both(requests, statements), referrals, tasks, ...options });
}

async function readList<T extends Resource>(client: RecordClient, query: string): Promise<Read<T>> {
  const type = query.slice(0, query.indexOf('?'));
  try {
    const { resources, complete } = await client.search(query);
    if (!complete) return { read: false, because: `the record's list of ${type} is too long to read whole` };
    return { read: true, resources: resources as readonly Resource[] as readonly T[] };
  } catch (error) {
    if (error instanceof Refusal) return { read: false, because: `the record answered ${error.status} for ${type}` };
    throw error;
  }
}

/** Orders are enough; many records have no statements. */
function both(requests: Read<MedicationRequest>, statements: Read<Resource>): Read<Resource> {
  if (!requests.read) return statements.read && statements.resources.length > 0 ? statements : requests;
  return { read: true, resources: [...requests.resources, ...(statements.read ? statements.resources : [])] };
}
