/** Worker thread: takes the bytes of one instance, gives back its slices. Pixel buffers travel by transfer, not by copy. */
import { parentPort } from 'node:worker_threads';
import { GiveUp } from '#src/lib/errors.ts';
import type { DecodeAnswer, DecodeTask } from './decode-pool.ts';
import { instanceToSlices } from './instance-to-slices.ts';

const port = parentPort;
if (!port) throw new Error('decode-worker.ts runs as a worker thread only');

port.on('message', (task: DecodeTask) => {
  void decode(task).then((answer) => {
    const buffers = answer.ok ? answer.slices.map((slice) => slice.values.buffer as ArrayBuffer) : [];
    port.postMessage(answer, buffers);
    // The file is decoded: its memory goes back now and not at this thread's next collection.
    const file = task.bytes.buffer;
    if (file instanceof ArrayBuffer && !file.detached) file.transfer(0);
  });
});

async function decode(task: DecodeTask): Promise<DecodeAnswer> {
  try {
    return { ok: true, slices: await instanceToSlices(task.bytes, task.limits) };
  } catch (error) {
    // Errors lose their class on the way between threads: only code, phase and text travel.
    if (error instanceof GiveUp) return { ok: false, code: error.code, phase: error.phase, text: error.message };
    return {
      ok: false,
      code: 'DICOMWEB_DECODE_FAILED',
      phase: 'compute',
      text: `the decoder failed (${error instanceof Error ? error.name : 'unknown'})`,
    };
  }
}
