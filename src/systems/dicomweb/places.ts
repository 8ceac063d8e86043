/** Which place of the picture an instance of the answer has: as the choice lists it or, of a series chosen by a sample, as its own header proves it. */
import type { SeriesChoice } from '#src/case/study.ts';
import { placeIn } from '#src/measure/even-stack.ts';
import { later } from './faults.ts';
import type { InstanceFacts } from './read-instance.ts';

export interface Places {
  readonly count: number;
  /** Undefined: not an instance of the choice. */
  listed(sopInstanceUid: string): number | 'in-its-header' | undefined;
  /** Throws DICOMWEB_NOT_AS_SAMPLED for a slice that lies elsewhere than the sample foretold, or where another one lies. */
  proved(facts: InstanceFacts): number;
}

export function makePlaces({ sopInstanceUids, stack }: SeriesChoice): Places {
  const byUid = new Map<string, number>(sopInstanceUids.map((uid, place) => [uid, place]));
  const taken = new Set<number>();
  return {
    count: stack?.count ?? byUid.size,
    listed: (uid) => (stack ? 'in-its-header' : byUid.get(uid)),
    proved(facts) {
      const place = stack && placeIn(stack, headerOf(facts));
      if (place === undefined || taken.has(place)) throw notAsSampled();
      taken.add(place);
      return place;
    },
  };
}

export function notAsSampled(): Error {
  return later('DICOMWEB_NOT_AS_SAMPLED', 'parse', 'a slice of the series does not lie where the sample of its headers foretold');
}

function headerOf({ dataset, rows, columns, frames }: InstanceFacts): Parameters<typeof placeIn>[1] {
  const [frame] = frames;
  return {
    sopClassUid: dataset.string('x00080016') ?? '',
    imageType: (dataset.string('x00080008') ?? '').split('\\').map((value) => value.trim()),
    numberOfFrames: frames.length,
    rows,
    columns,
    imagePosition: frame?.position ?? null,
    imageOrientation: frame?.orientation ?? null,
    pixelSpacing: frame?.spacing ?? null,
  };
}
