/** Archive and health record of the load run, in a process of their own, so that their work is not in the sender's way. Tells its addresses by IPC. */
import type { Resource } from '@medplum/fhirtypes';
import { startArchive } from '#test/hospital/archive.ts';
import { startEhr } from '#test/hospital/ehr.ts';
import { makeChance } from '../torture/chance.ts';
import { inventPerson, patientResource } from '../torture/invented.ts';
import { PEOPLE } from './report-stream.ts';

const chance = makeChance(1);
const seed = Array.from({ length: PEOPLE }, (_, number) => patientResource(inventPerson(chance, number)) as Resource);
const archive = await startArchive({ folders: [] });
const ehr = await startEhr({ seed, validates: false });
process.send?.({ archive: archive.url, ehr: ehr.url });
process.on('disconnect', () => process.exit(0));
