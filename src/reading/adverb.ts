/** Tells adverbs in -ly from the nouns and adjectives that end so. */
const NOT_ADVERBS = new Set([
  'early',
  'only',
  'anomaly',
  'belly',
  'family',
  'likely',
  'unlikely',
  'july',
  'supply',
  'poly',
  'splenomegaly',
  'hepatomegaly',
  'cardiomegaly',
  'hepatosplenomegaly',
  'thyromegaly',
  'organomegaly',
  'elderly',
]);

export const isAdverb = (word: string): boolean => word.length > 3 && word.endsWith('ly') && !NOT_ADVERBS.has(word);
