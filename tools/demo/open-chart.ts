/** Opens a chart as an EHR does. A service that answers 503 has said nothing about the patient: the chart is opened again, a few times. */
import { setTimeout as pause } from 'node:timers/promises';
import { type FiredCard, firePatientView } from '#test/hospital/cds-client.ts';
import type { Hospital } from '#test/hospital/start-hospital.ts';

const TRIES = 6;

/** Throws when the hook still does not answer 200. */
export async function openChart(hospital: Hospital, patientId: string): Promise<readonly FiredCard[]> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await firePatientView(hospital.webUrl, { patientId, userId: 'Practitioner/demo', fhirServer: hospital.ehr.url });
    if (answer.status === 200) return answer.cards;
    if (answer.status !== 503 || attempt === TRIES) throw new Error(`the patient-view hook answered ${answer.status} ${attempt} times`);
    await pause(300 * attempt);
  }
}
