/** The stand-in EHR of the `fhir` bench in a thread of its own: a fresh one for each word `start`, so that every round creates. */
import { parentPort } from 'node:worker_threads';
import { type Ehr, startEhr } from '#test/hospital/ehr.ts';
import { ADA } from '#test/systems/fhir/hospital-of-one.ts';

let ehr: Ehr | undefined;
async function obey(word: 'start' | 'stop'): Promise<void> {
  await ehr?.close();
  ehr = undefined;
  if (word === 'stop') process.exit(0);
  ehr = await startEhr({ seed: [ADA] });
  parentPort?.postMessage(ehr.url);
}

parentPort?.on('message', (word: 'start' | 'stop') => void obey(word));
