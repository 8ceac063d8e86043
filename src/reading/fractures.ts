/** Finds fractures in a sentence and whether each is one of a vertebral body (T1 to L5) or of another bone. */
import type { BoneMention } from './anatomy.ts';
import { HEADS } from './fracture-words.ts';
import type { Mention } from './mention.ts';
import { type Tokens, WORD } from './tokens.ts';
import { type FractureScene, has, isHash, lookAround, lookAtSubject, lookLeft, lookRight, NONE, weigh } from './which-bone.ts';

/** What the words around a sentence say, when the sentence itself names no bone. */
export type Surroundings = 'vertebral' | 'other' | 'unknown';

const isLooseWord = (text: string): boolean => text === 'break' || text === 'broken' || text === 'burst' || text === 'fracturing';

/** All fractures in the sentence [first, end). One that is of both ("rib or vertebral fracture") gives two mentions. */
export function findFractures(tokens: Tokens, first: number, end: number, bones: readonly BoneMention[], surroundings: Surroundings): Mention[] {
  const matches = HEADS.findAll(tokens, first, end);
  if (matches.length === 0) return [];
  const scene: FractureScene = { tokens, first, end, bones, heads: matches };
  const mentions: Mention[] = [];
  for (const match of matches) {
    const text = tokens.text[match.first] as string;
    if (match.meaning === 'none' || (text === '#' && !isHash(scene, match.first))) continue;
    const phrase = lookLeft(scene, match.first);
    const left = has(phrase.sides) ? phrase : { ...phrase, sides: lookAtSubject(scene, match.first) };
    const right = lookRight(scene, match.last);
    const near = has(left.sides) || has(right);
    if (match.last === match.first + 1 && isLooseWord(text) && !near) continue;
    let sides = weigh(left.sides, right);
    if (!near) sides = { vertebral: left.kinds.vertebral, other: left.kinds.other && !left.kinds.vertebral };
    if (match.meaning === 'vertebral' && !sides.other) sides = { vertebral: true, other: false };
    if (match.meaning === 'other') sides = { vertebral: false, other: true };
    const explicit = sides.vertebral;
    if (!sides.vertebral && !sides.other) sides = weigh(NONE, lookAround(scene, bones, match.first));
    if (!sides.vertebral && !sides.other) sides = { vertebral: surroundings !== 'other', other: surroundings === 'other' };
    const from = Math.min(left.first, match.first);
    const concept = conceptOf(tokens, from, match.last);
    if (sides.vertebral) mentions.push({ target: 'vertebral-fracture', concept, first: from, last: match.last, explicit });
    if (sides.other) mentions.push({ target: 'other-fracture', concept, first: from, last: match.last, explicit: true });
  }
  return mentions;
}

/** The fracture's name without its level: "compression fracture". */
function conceptOf(tokens: Tokens, first: number, last: number): string {
  let words: string[] = [];
  for (let at = first; at < last; at += 1) {
    const text = tokens.text[at] as string;
    if (text === 'and' || text === 'or' || text === ',') words = [];
    else if (tokens.kind[at] === WORD && !/^(?:[ctdls]|th)\d{1,2}$/.test(text)) words.push(text);
  }
  return words.length === 0 ? 'fracture' : words.join(' ').replace(/fractures$|fractured$|fracture$/, 'fracture');
}
