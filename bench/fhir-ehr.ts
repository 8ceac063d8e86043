/** The stand-in EHR of the `fhir` bench in a thread of its own: a fresh one for each word `start`, so that every round creates. */
import { parentPort } from 'node:worker_threads';
import { type Ehr, startEhr } from '#test/hospital/ehr.ts';
import { ADA } from '#test/systems/fhir/hospital-of-one.ts';

let ehr: Ehr | undefined;
parentPort?.on('message', async (word: 'start' | 'stop') => {
  await ehr?.close();
  ehr = undefined;
  if (word === 'stop') return process.exit(0);
  ehr = await startEhr({ seed: [ADA] });
  parentPort?.postMessage(ehr.url);
});
