/** The stand-in archive over one folder, in a thread of its own, for `whole` on a machine without Orthanc. */
import { parentPort, workerData } from 'node:worker_threads';
import { startArchive } from '#test/hospital/archive.ts';

const archive = await startArchive({ folders: [workerData as string] });
parentPort?.postMessage(archive.url);
parentPort?.once('message', () => void archive.close());
