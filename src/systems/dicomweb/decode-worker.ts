/** Worker thread: takes the bytes of one instance, gives back its slices. Pixels are written where they stay, or travel by transfer. */
import { parentPort } from 'node:worker_threads';
import type { Slice } from '#src/case/volume.ts';
import { GiveUp } from '#src/lib/errors.ts';
import type { DecodeAnswer, DecodeTask } from './decode-pool.ts';
import { instanceToSlices } from './instance-to-slices.ts';

const port = parentPort;
if (!port) throw new Error('decode-worker.ts runs as a worker thread only');

// Two tasks may lie here at once, so that this thread never waits for its next one; they are done one after the other.
let last: Promise<void> = Promise.resolve();
port.on('message', (task: DecodeTask) => {
  last = last.then(async () => {
    const answer = await decode(task);
    port.postMessage(answer, 'slices' in answer ? buffersOf(answer.slices) : []);
  });
});

async function decode({ bytes, limits, place }: DecodeTask): Promise<DecodeAnswer> {
  try {
    const ours = place && new Int16Array(place.block, place.byteOffset, place.pixels);
    const slices = await instanceToSlices(bytes, limits, (pixels) => (pixels === place?.pixels ? ours : undefined));
    const [only] = slices;
    if (!only || only.values !== ours) return { ok: true, slices };
    const { values: _lieInPlace, ...inPlace } = only;
    return { ok: true, inPlace };
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

function buffersOf(slices: readonly Slice[]): ArrayBuffer[] {
  return slices.map((slice) => slice.values.buffer).filter((buffer) => buffer instanceof ArrayBuffer);
}
