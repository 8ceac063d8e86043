/** Tables of labels against readings, and precision, recall and F of one class of them. */

export type Pair = readonly [expected: string, got: string];

/** A markdown table: one row per label, one column per reading. */
export function confusionTable(classes: readonly string[], pairs: readonly Pair[]): string {
  const columns = [...new Set([...classes, ...pairs.map(([, got]) => got)])];
  const count = (label: string, reading: string): number => pairs.filter(([expected, got]) => expected === label && got === reading).length;
  const head = `| labelled \\ read | ${columns.join(' | ')} |\n|---|${columns.map(() => '---|').join('')}`;
  const body = classes.map((label) => `| ${label} | ${columns.map((column) => count(label, column)).join(' | ')} |`);
  return [head, ...body].join('\n');
}

/** Precision, recall and F of one class. */
export function scoreOfClass(pairs: readonly Pair[], isIn: (value: string) => boolean): string {
  const hits = pairs.filter(([expected, got]) => isIn(expected) && isIn(got)).length;
  const wanted = pairs.filter(([expected]) => isIn(expected)).length;
  const claimed = pairs.filter(([, got]) => isIn(got)).length;
  const precision = claimed === 0 ? 0 : hits / claimed;
  const recall = wanted === 0 ? 0 : hits / wanted;
  const f = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return `precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, F ${f.toFixed(3)} (n = ${wanted})`;
}
