/** The stand-in archive in a thread of its own, with one uncompressed CT in memory, so that the bench measures readers and not the server's share of their thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { startArchive } from '#test/hospital/archive.ts';
import { makeSliceFile, patternPixels } from '#test/systems/dicomweb/make-slices.ts';

const { slices, side } = workerData as { slices: number; side: number };
const archive = await startArchive({ folders: [] });
const pixels = patternPixels(side, side, 1);
for (let z = 0; z < slices; z += 1) {
  const file = makeSliceFile(z, { pixels, attributes: { Rows: side, Columns: side } });
  archive.index.add('', file, file);
}
parentPort?.postMessage(archive.url);
parentPort?.once('message', () => void archive.close());
