/** Fetches and decodes the instances of a choice, at most a few at a time, and makes sure that none is missing, doubled or foreign. */
import type { DicomUid } from '#src/case/ids.ts';
import type { SeriesChoice } from '#src/case/study.ts';
import type { Slice } from '#src/case/volume.ts';
import { type DecodePool, TASKS_PER_THREAD } from './decode-pool.ts';
import { later, never } from './faults.ts';
import { instanceToSlices } from './instance-to-slices.ts';
import { makePartMemory, type PartMemory } from './part-memory.ts';
import { makePlaces, notAsSampled, type Places } from './places.ts';
import { type InstanceLimits, readInstance, SYNTAX } from './read-instance.ts';
import type { RetrievedInstance, Retriever } from './retrieve.ts';
import { makeSliceShelf, type SliceShelf } from './slice-shelf.ts';
import type { VolumeMemory } from './volume-memory.ts';

export interface ReadSlicesParts {
  readonly retriever: Retriever;
  readonly pool: DecodePool;
  readonly countInstances: (study: DicomUid, choice: SeriesChoice) => Promise<number | null>;
  readonly threads: number;
  readonly concurrency: number;
  readonly limits: InstanceLimits;
  /** Bytes of all pixels of a series. */
  readonly maxSeriesBytes: number;
  readonly volumes: VolumeMemory;
}

/** Up to this many instances, and below this share of the series, single requests are cheaper than the whole series. */
const FEW = 8;
const SHARE_OF_SERIES = 0.5;

export async function readSlices(
  parts: ReadSlicesParts,
  study: DicomUid,
  choice: SeriesChoice,
  progress?: (read: number, of: number) => void,
): Promise<readonly Slice[]> {
  const places = makePlaces(choice);
  const count = await parts.countInstances(study, choice);
  const expected = choice.seriesInstanceCount ?? null;
  if (count !== null && expected !== null && count !== expected)
    throw later('DICOMWEB_SERIES_CHANGED', 'answer', `the series had ${expected} instances when it was chosen and has ${count} now`);
  const shelf = makeSliceShelf(places.count, parts.maxSeriesBytes, parts.volumes);
  const memory = makePartMemory();
  const reading = makeReading(parts, places, shelf, memory, progress);
  const path = `/studies/${study}/series/${choice.seriesInstanceUid}`;
  if (places.count <= FEW || places.count < SHARE_OF_SERIES * (count ?? places.count)) await readSingly(parts, path, choice, memory, reading.accept);
  else await readSeries(parts, path, count, memory, reading.accept);
  await reading.finish();
  return shelf.take();
}

type Accept = (instance: RetrievedInstance) => Promise<void>;

async function readSeries(parts: ReadSlicesParts, path: string, count: number | null, memory: PartMemory, accept: Accept): Promise<void> {
  let received = 0;
  const abort = new AbortController();
  try {
    for await (const instance of parts.retriever.instances(path, abort.signal, memory.take)) {
      received += 1;
      await accept(instance);
    }
  } finally {
    abort.abort();
  }
  if (count !== null && received !== count)
    throw later('DICOMWEB_COUNT_MISMATCH', 'answer', `the archive counts ${count} instances in the series and sent ${received}`);
}

async function readSingly(parts: ReadSlicesParts, path: string, choice: SeriesChoice, memory: PartMemory, accept: Accept): Promise<void> {
  const left = [...choice.sopInstanceUids];
  const one = async () => {
    for (let uid = left.shift(); uid !== undefined; uid = left.shift()) {
      let received = 0;
      for await (const instance of parts.retriever.instances(`${path}/instances/${uid}`, undefined, memory.take)) {
        received += 1;
        if (instance.sopInstanceUid !== uid || received > 1)
          throw never('DICOMWEB_WRONG_INSTANCE', 'answer', 'the archive sent another instance than the one asked for');
        await accept(instance);
      }
    }
  };
  const lanes = Array.from({ length: Math.min(parts.concurrency, left.length) }, () =>
    one().catch((error: unknown) => {
      left.length = 0;
      throw error;
    }),
  );
  const results = await Promise.allSettled(lanes);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/**
 * Uncompressed files up to this size (1024 x 1024 and its header) become slices in this thread: that takes less than the two messages to another one
 * and back. A larger one, or a header of junk that long, would keep this thread from its other work.
 */
const SMALL_BYTES = 2.5 * 2 ** 20;
const PLAIN: ReadonlySet<string> = new Set([SYNTAX.implicitLittle, SYNTAX.explicitLittle, SYNTAX.explicitBig]);

/** Hands instances to the decoders and holds the network back while enough of them wait. */
function makeReading(
  parts: ReadSlicesParts,
  places: Places,
  shelf: SliceShelf,
  memory: PartMemory,
  progress: ((read: number, of: number) => void) | undefined,
) {
  const inFlight = new Set<Promise<void>>();
  const accepted = new Set<string>();
  let read = 0;
  let fault: unknown;
  const decode = async (listed: number | 'in-its-header', instance: RetrievedInstance) => {
    try {
      const { place, slices } = await toPlace(parts, places, shelf, instance, listed === 'in-its-header' ? undefined : listed);
      shelf.put(place, slices);
      if (read === 0 && isForThisThread(instance)) memory.stayInThread();
      memory.giveBack(instance.bytes);
      read += 1;
      progress?.(read, places.count);
    } catch (error) {
      fault ??= error;
    }
  };
  return {
    async accept(instance: RetrievedInstance) {
      if (fault) throw fault;
      const place = places.listed(instance.sopInstanceUid);
      if (place === undefined) return memory.giveBack(instance.bytes);
      accepted.add(instance.sopInstanceUid);
      const task: Promise<void> = decode(place, instance).finally(() => inFlight.delete(task));
      inFlight.add(task);
      if (inFlight.size >= (TASKS_PER_THREAD + 1) * parts.threads) await Promise.race(inFlight);
    },
    async finish() {
      await Promise.all(inFlight);
      if (fault) throw fault;
      if (accepted.size < places.count)
        throw later('DICOMWEB_INSTANCE_MISSING', 'answer', `${places.count - accepted.size} of ${places.count} chosen instances did not come`);
    },
  };
}

function isForThisThread({ bytes, transferSyntax }: RetrievedInstance): boolean {
  return PLAIN.has(transferSyntax) && bytes.byteLength <= SMALL_BYTES;
}

/** A file as slices in their place, which its header tells where the choice does not. */
async function toPlace(
  { limits, pool }: ReadSlicesParts,
  places: Places,
  shelf: SliceShelf,
  instance: RetrievedInstance,
  listed: number | undefined,
): Promise<{ readonly place: number; readonly slices: readonly Slice[] }> {
  const { bytes, transferSyntax } = instance;
  let place = listed;
  if (isForThisThread(instance)) {
    const slices = await instanceToSlices(bytes, limits, (pixels, facts) => {
      place ??= places.proved(facts);
      return shelf.placeFor(place, pixels);
    });
    if (place === undefined) throw notAsSampled();
    return { place, slices };
  }
  // Parsing a large file, or inflating one, would keep this thread from its other work.
  if (place === undefined && (bytes.byteLength > SMALL_BYTES || transferSyntax === SYNTAX.deflated)) throw notAsSampled();
  place ??= places.proved(readInstance(bytes, limits));
  return { place, slices: await pool.decode(bytes, shelf.anyPlaceFor(place)) };
}
