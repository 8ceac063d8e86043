/** The k-th smallest number without sorting all of them (C. A. R. Hoare, "Algorithm 65: FIND", Communications of the ACM 4(7), 1961). */

/** Reorders `values` so that index `rank` holds what a sort would put there, with nothing larger before it and nothing smaller after it. No NaN. */
export function selectRank(values: Float32Array, rank: number, from = 0, until = values.length - 1): number {
  let [low, high] = [from, until];
  while (low < high) {
    const pivot = medianOfThree(values[low]!, values[(low + high) >> 1]!, values[high]!);
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i += 1;
      while (values[j]! > pivot) j -= 1;
      if (i > j) break;
      const held = values[i]!;
      values[i] = values[j]!;
      values[j] = held;
      i += 1;
      j -= 1;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank]!;
}

function medianOfThree(a: number, b: number, c: number): number {
  return a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
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
