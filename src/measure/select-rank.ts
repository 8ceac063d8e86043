/** The k-th smallest number without sorting all of them (Floyd and Rivest, "Algorithm 489: SELECT", Communications of the ACM 18(3), 1975). */

/** Above this many numbers a small sample is searched first: split at its answer, almost all of them fall away at once. */
const WORTH_A_SAMPLE = 600;

/** Reorders `values` so that index `rank` holds what a sort would put there, with nothing larger before it and nothing smaller after it. No NaN. */
export function selectRank(values: Float32Array, rank: number, from = 0, until = values.length - 1): number {
  let low = from;
  let high = until;
  while (high > low) {
    if (high - low > WORTH_A_SAMPLE) {
      const [first, last] = sampleAbout(rank, low, high);
      selectRank(values, rank, first, last);
    }
    const middle = splitAt(values, rank, low, high);
    if (middle <= rank) low = middle + 1;
    if (rank <= middle) high = middle - 1;
  }
  return values[rank]!;
}

/** The places whose `rank`th number is likely, and narrowly, a good one to split at. */
function sampleAbout(rank: number, low: number, high: number): readonly [first: number, last: number] {
  const count = high - low + 1;
  const place = rank - low + 1;
  const log = Math.log(count);
  const size = 0.5 * Math.exp((2 * log) / 3);
  const spread = 0.5 * Math.sqrt((log * size * (count - size)) / count) * Math.sign(place - count / 2);
  return [
    Math.max(low, Math.floor(rank - (place * size) / count + spread)),
    Math.min(high, Math.floor(rank + ((count - place) * size) / count + spread)),
  ];
}

/** Splits [low, high] at the number that stands at `rank`; gives back where that number stands then. */
function splitAt(values: Float32Array, rank: number, low: number, high: number): number {
  const pivot = values[rank]!;
  let i = low;
  let j = high;
  swap(values, low, rank);
  const isLargeEnd = values[high]! > pivot;
  if (isLargeEnd) swap(values, low, high);
  while (i < j) {
    swap(values, i, j);
    i += 1;
    j -= 1;
    while (values[i]! < pivot) i += 1;
    while (values[j]! > pivot) j -= 1;
  }
  if (isLargeEnd) swap(values, low, j);
  else {
    j += 1;
    swap(values, j, high);
  }
  return j;
}

function swap(values: Float32Array, a: number, b: number): void {
  const held = values[a]!;
  values[a] = values[b]!;
  values[b] = held;
}

/** Percentile by linear interpolation between order statistics (numpy's default). `values` is reordered. */
export function percentileOf(values: Float32Array, percent: number): number {
  const place = ((values.length - 1) * percent) / 100;
  const rank = Math.floor(place);
  const low = selectRank(values, rank);
  if (rank === place || rank + 1 >= values.length) return low;
  // All that is larger stands behind: the next order statistic is the least of it.
  let next = Infinity;
  const count = values.length;
  for (let index = rank + 1; index < count; index += 1) if (values[index]! < next) next = values[index]!;
  return low + (place - rank) * (next - low);
}
