/** Puts things of a sentence in order of their place, in place; most lists are in order already. */
export function inOrder<Thing extends { readonly first: number; readonly last: number }>(things: Thing[]): Thing[] {
  const compare = (a: Thing, b: Thing): number => a.first - b.first || a.last - b.last;
  for (let at = 1; at < things.length; at += 1) if (compare(things[at - 1] as Thing, things[at] as Thing) > 0) return things.sort(compare);
  return things;
}
