/** Finds spine levels in a sentence: "T12-L2", "D11", "L1 and 3", "T7 through T9", "11th thoracic vertebra", "dorsal 11th". */

import { LEVELS, type Level } from '#src/case/vertebra.ts';
import { NUMBER, type Tokens, WORD } from './tokens.ts';
import { learnWord, newBit, opensOf } from './vocabulary.ts';
import { WordSet, wordSet } from './word-set.ts';

/** One mention of one or more levels, in the tokens [first, last). */
export interface LevelMention {
  readonly first: number;
  readonly last: number;
  readonly levels: readonly Level[];
  /** Cervical, sacral, coccygeal, or a transitional one such as L6 or T13, as C7, S1, L6. */
  readonly otherLevels: readonly string[];
}

type Region = 'C' | 'T' | 'L' | 'S';
/** One vertebra as region and number: T13, L6 and S2 too. */
interface Spot {
  readonly region: Region;
  readonly number: number;
}

/** Head to tail, so that a range can be walked. */
const COLUMN: readonly string[] = ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', ...LEVELS, 'S1', 'S2', 'S3', 'S4', 'S5'];
const COLUMN_INDEX = new Map(COLUMN.map((name, index) => [name, index]));
const GRADED = new Map<string, Level>(LEVELS.map((level) => [level, level]));
const MOST: Readonly<Record<Region, number>> = { C: 7, T: 13, L: 6, S: 5 };

const REGION_LETTERS: Readonly<Record<string, Region>> = { c: 'C', t: 'T', th: 'T', d: 'T', l: 'L', s: 'S' };
const REGION_WORDS: Readonly<Record<string, Region>> = { cervical: 'C', thoracic: 'T', dorsal: 'T', lumbar: 'L', sacral: 'S' };
const ORDINALS: Readonly<Record<string, number>> = {
  first: 1,
  second: 2,
  third: 3,
  fourth: 4,
  fifth: 5,
  sixth: 6,
  seventh: 7,
  eighth: 8,
  ninth: 9,
  tenth: 10,
  eleventh: 11,
  twelfth: 12,
  '1st': 1,
  '2nd': 2,
  '3rd': 3,
  '4th': 4,
  '5th': 5,
  '6th': 6,
  '7th': 7,
  '8th': 8,
  '9th': 9,
  '10th': 10,
  '11th': 11,
  '12th': 12,
};
const WORD_STARTS = new WordSet([...Object.keys(REGION_WORDS), ...Object.keys(ORDINALS)]);
const NUMBER_WORDS: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
};
/** After "lumbar 2" these speak of one body, unless a plural follows. */
const NAMING = new WordSet(['compression', 'vertebral', 'vertebra']);
const PLURALS = new WordSet(['fractures', 'deformities', 'injuries', 'changes']);
/** After a number these are what it counts: "lumbar spine 2 views". */
const COUNTING = new WordSet('view views v vw vws of days weeks months years vertebra vertebral vertebrae compression fractures x'.split(' '));
/** After these a number word names and does not count: "thoracic vertebra eight". */
const ONE_BODY = new WordSet(['vertebra', 'body', 'level', 'number']);
const RANGE_WORDS = new WordSet(['-', 'to', 'through', 'thru', 'till', 'until', 'down']);
const LIST_WORDS = new WordSet([',', 'and', '&', '/', 'or', '+', 'plus']);
const CODE = /^(c|th|t|d|l|s)(\d{1,2})$/;

/** The bit of the words that a level may begin with: codes (t12, th07), letters of a region, ordinals and names of regions. */
export const LEVEL_BIT = newBit();
for (const word of WORD_STARTS.words) learnWord(word, LEVEL_BIT);
for (const letter of Object.keys(REGION_LETTERS)) {
  learnWord(letter, LEVEL_BIT);
  for (let number = 0; number < 100; number += 1)
    for (const digits of new Set([`${number}`, `0${number}`.slice(-2)])) learnWord(letter + digits, LEVEL_BIT);
}

/** After a level that was typed small and apart ("t 12 fracture"). */
const AROUND_LEVELS = new WordSet([
  'compression',
  'vertebra',
  'vertebral',
  'vertebrae',
  'fracture',
  'fractures',
  'body',
  'wedge',
  'level',
  'and',
  'deformity',
  'wedging',
]);
/** After a T1 or T2 these words mean a picture weighting, after L or S a root, after T3 a tumour stage, and so on. */
const NOT_A_LEVEL_AFTER = wordSet(`
  weighted; weighting; w; wi; hyperintense; hypointense; hyperintensity; hypointensity; isointense; signal; sequence; sequences; images;
  image; imaging; stir; fs; fse; tse; flair; bright; dark; shine; relaxation; mapping; n0; n1; n2; n3; nx; m0; m1; star; hyper; post; fat;
  axial; sagittal; prolongation; shortening; gradient; receptor; segment; portion; stage; contrast; gre; haste; tumor
`);
const NOT_A_LEVEL_BEFORE = wordSet(`
  vitamin; stage; pt; duodenum; cyp; series; image; slice; ct1; on; low; high; increased; decreased; weighted; vit; axial; sagittal;
  hyperintense; fat
`);
/** "on T2" and "high T2 signal" are pictures; "fracture on L1" is a level: these only spoil T1 and T2. */
const SPOILS_T1_T2 = new WordSet(['on', 'low', 'high', 'increased', 'decreased', 'weighted', 'axial', 'sagittal', 'hyperintense', 'fat']);

const nameOf = (spot: Spot): string => `${spot.region}${spot.number}`;
const isPossible = (spot: Spot): boolean => spot.number >= 1 && spot.number <= MOST[spot.region];

interface Found {
  readonly spot: Spot;
  readonly last: number;
}

/** "t12", "t 12", "t-12", "l one". */
function codeAt(tokens: Tokens, at: number, end: number): Found | null {
  const text = tokens.text[at] as string;
  if (tokens.kind[at] !== WORD || text.length > 4) return null;
  const code = CODE.exec(text);
  if (code !== null) return checked({ region: REGION_LETTERS[code[1] ?? ''] ?? 'T', number: Number(code[2]) }, tokens, at, at + 1, end);
  const region = Object.hasOwn(REGION_LETTERS, text) ? REGION_LETTERS[text] : undefined;
  if (region === undefined) return null;
  const next = tokens.text[at + 1] === '-' && tokens.spaceBefore[at + 1] === 0 ? at + 2 : at + 1;
  if (next >= end || tokens.kind[next] !== NUMBER) return null;
  const number = tokens.text[next] as string;
  if (number.length > 2 || (tokens.linesBefore[next] as number) > 1) return null;
  if (next === at + 1 && tokens.capital[at] === 0 && !AROUND_LEVELS.holds(tokens, next + 1)) return null;
  return checked({ region, number: Number(number) }, tokens, at, next + 1, end);
}

/** Refuses what looks like a level and is a weighting, a stage, a vitamin or a size. */
function checked(spot: Spot, tokens: Tokens, first: number, last: number, end: number): Found | null {
  if (!isPossible(spot)) return null;
  const before = tokens.text[first - 1] ?? '';
  const after = last < end ? (tokens.text[last] === '-' ? (tokens.text[last + 1] ?? '') : (tokens.text[last] ?? '')) : '';
  const early = spot.region === 'T' && spot.number <= 2;
  if (NOT_A_LEVEL_BEFORE.has(before) && (early || !SPOILS_T1_T2.has(before))) return null;
  if (NOT_A_LEVEL_AFTER.has(after) && (early || ['n0', 'n1', 'n2', 'nx', 'm0', 'receptor', 'stage', 'segment', 'portion', 'tumor'].includes(after)))
    return null;
  if (early && (after === 'and' || after === '/' || after === ',') && NOT_A_LEVEL_AFTER.holds(tokens, last + 2)) return null;
  if (after === '%' || after === 'mm' || after === 'cm') return null;
  return { spot, last };
}

/** "11th thoracic", "thoracic 11", "dorsal 11th", "lumbar vertebra 1", "eleventh dorsal". */
function wordsAt(tokens: Tokens, at: number, end: number): Found | null {
  const text = tokens.text[at] as string;
  if (!WORD_STARTS.holds(tokens, at)) return null;
  const ordinal = Object.hasOwn(ORDINALS, text) ? ORDINALS[text] : undefined;
  if (ordinal !== undefined) {
    const region = regionAfter(tokens, at + 1, end);
    // "The 12th thoracic rib", "the fifth lumbar nerve root".
    if (['rib', 'nerve', 'root'].includes(tokens.text[at + 2] ?? '')) return null;
    return region !== null && isPossible({ region: region.region, number: ordinal })
      ? { spot: { region: region.region, number: ordinal }, last: region.last }
      : null;
  }
  const region = Object.hasOwn(REGION_WORDS, text) ? REGION_WORDS[text] : undefined;
  if (region === undefined) return null;
  let next = at + 1;
  while (
    next < end &&
    ['vertebra', 'vertebral', 'vertebrae', 'body', 'bodies', 'level', 'number', '-', 'spine'].includes(tokens.text[next] as string) &&
    next < at + 4
  )
    next += 1;
  if (next >= end) return null;
  const named = tokens.text[next] as string;
  const number = tokens.kind[next] === NUMBER && named.length <= 2 ? Number(named) : (ORDINALS[named] ?? NUMBER_WORDS[named]);
  const unit = tokens.text[next + 1] ?? '';
  if (typeof number !== 'number' || unit === '%' || unit === 'mm' || unit === 'cm' || (unit === '.' && tokens.linesBefore[next] === 1)) return null;
  // "lumbar first", "thoracic 12": but not "lumbar spine 2 views", "lumbar vertebrae three of them".
  // "Lumbar 2 compression fracture" is of L2; "in the thoracic spine 2 compression fractures" counts them.
  const isOne = next === at + 1 && NAMING.holds(tokens, next + 1) && !PLURALS.holds(tokens, next + 2) && !PLURALS.holds(tokens, next + 3);
  if (!isOne && COUNTING.holds(tokens, next + 1) && tokens.kind[next] !== WORD) return null;
  if (Object.hasOwn(NUMBER_WORDS, named) && !ONE_BODY.holds(tokens, next - 1)) return null;
  return isPossible({ region, number }) ? { spot: { region, number }, last: next + 1 } : null;
}

/** The region word that an ordinal belongs to, over other ordinals of its list: "third to fifth lumbar", "11th and 12th thoracic". */
function regionAfter(tokens: Tokens, from: number, end: number): { readonly region: Region; readonly last: number } | null {
  for (let at = from; at < Math.min(end, from + 8); at += 1) {
    const text = tokens.text[at] as string;
    if (Object.hasOwn(REGION_WORDS, text)) return { region: REGION_WORDS[text] as Region, last: from };
    if (!Object.hasOwn(ORDINALS, text) && !LIST_WORDS.holds(tokens, at) && !RANGE_WORDS.holds(tokens, at)) return null;
  }
  return null;
}

const spotAt = (tokens: Tokens, at: number, end: number): Found | null => codeAt(tokens, at, end) ?? wordsAt(tokens, at, end);

/** After a bare number these say what it counts: no level. */
const COUNTED = wordSet(`
  %; mm; cm; percent; x; months; weeks; days; years; other; more; additional; old; chronic; of
`);
/** Words that may follow a bare number that is a level. */
const AFTER_CARRIED = wordSet(`
  vertebra; vertebral; vertebrae; compression; wedge; fracture; fractures; with; and; are; is; levels; body; bodies; deformity; deformities;
  have; show; demonstrate
`);

/** A bare number that carries the region on: the 5 of "L4-5", the 3 of "L1 and 3". */
function carriedAt(tokens: Tokens, at: number, end: number, previous: Spot, tight: boolean): Found | null {
  if (at >= end || tokens.kind[at] !== NUMBER) return null;
  const text = tokens.text[at] as string;
  if (text.length > 2) return null;
  if (at + 1 < end) {
    if (COUNTED.holds(tokens, at + 1)) return null;
    if (!tight && tokens.kind[at + 1] === WORD && !AFTER_CARRIED.holds(tokens, at + 1)) return null;
  }
  const spot = { region: previous.region, number: Number(text) };
  return isPossible(spot) ? { spot, last: at + 1 } : null;
}

/** All level mentions in tokens [first, end), left to right. */
export function findLevels(tokens: Tokens, first: number, end: number): LevelMention[] {
  const mentions: LevelMention[] = [];
  for (let at = first; at < end; ) {
    const found = (opensOf(tokens.word[at] as number) & LEVEL_BIT) === 0 ? null : spotAt(tokens, at, end);
    if (found === null) {
      at += 1;
      continue;
    }
    const group = collect(tokens, found, end);
    mentions.push({ first: at, last: group.last, ...sortOut(group.names) });
    at = group.last;
  }
  return mentions;
}

/** Follows a list or range from its first level: the names of all its levels and the token after it. */
function collect(tokens: Tokens, start: Found, end: number): { readonly names: readonly string[]; readonly last: number } {
  const names = [nameOf(start.spot)];
  let { spot, last } = start;
  while (last < end) {
    let at = last;
    let range = false;
    let joints = 0;
    while (at < end && joints < 3 && (LIST_WORDS.holds(tokens, at) || RANGE_WORDS.holds(tokens, at))) {
      range ||= RANGE_WORDS.holds(tokens, at);
      at += 1;
      joints += 1;
    }
    if (joints === 0 || at >= end) break;
    const tight = joints === 1 && tokens.spaceBefore[last] === 0;
    const next = spotAt(tokens, at, end) ?? carriedAt(tokens, at, end, spot, tight);
    if (next === null) break;
    names.push(...(range ? between(nameOf(spot), nameOf(next.spot)) : [nameOf(next.spot)]));
    ({ spot, last } = next);
  }
  return { names, last };
}

/** The levels after `from` up to and with `to`, walking down the column; only `to` when the walk cannot be made. */
function between(from: string, to: string): readonly string[] {
  const start = COLUMN_INDEX.get(from);
  const stop = COLUMN_INDEX.get(to);
  if (start === undefined || stop === undefined) return [to];
  return start < stop ? COLUMN.slice(start + 1, stop + 1) : COLUMN.slice(stop, start);
}

function sortOut(names: readonly string[]): { readonly levels: readonly Level[]; readonly otherLevels: readonly string[] } {
  if (names.length === 1) {
    const level = GRADED.get(names[0] ?? '');
    return level === undefined ? { levels: [], otherLevels: names } : { levels: [level], otherLevels: [] };
  }
  const unique = [...new Set(names)];
  const levels = LEVELS.filter((level) => unique.includes(level));
  return { levels, otherLevels: unique.filter((name) => !GRADED.has(name)) };
}
