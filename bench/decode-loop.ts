/** A thread that runs one bare codec over one frame, as long as it is told, and says how often: what the cores give when nothing has to be handed over. */
import { parentPort, workerData } from 'node:worker_threads';
import { CODECS } from './decode-codecs.ts';

const { name, frame } = workerData as { name: string; frame: Uint8Array };
const codec = CODECS.find((one) => one.name === name)!;

async function perSecond(ms: number): Promise<number> {
  const started = performance.now();
  let done = 0;
  while (performance.now() - started < ms) {
    await codec.bare(frame);
    done += 1;
  }
  return (1000 * done) / (performance.now() - started);
}

parentPort!.on('message', (ms: number) => void perSecond(ms).then((rate) => parentPort!.postMessage(rate)));
