/**
 * One regular expression of all that `readReport` looks for (fractures, shapes, mimics, red flags, trauma, treatment, thin bone, bones, advice, levels), made
 * from the books of the grammar themselves, so that it cannot drift from them. No context, no bones to tell fractures apart, no look-alikes.
 */
import { ADVICE } from '#src/reading/advice.ts';
import { CONCEPTS } from '#src/reading/concepts.ts';
import { DEFORMITIES } from '#src/reading/deformities.ts';
import { HEADS } from '#src/reading/fracture-words.ts';

const LEVELS = String.raw`(?:th|[cdlst])\s?-?\d{1,2}|(?:thoracic|lumbar|dorsal)\s+\d+`;

/** Words by what they go on with; '' marks an end. */
type Branches = Map<string, Branches>;

function branchesOf(paths: readonly (readonly string[])[]): Branches {
  const root: Branches = new Map();
  for (const path of paths) {
    let at = root;
    for (const step of path) {
      const next: Branches = at.get(step) ?? new Map();
      at.set(step, next);
      at = next;
    }
    at.set('', new Map());
  }
  return root;
}

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/** The alternatives of a table of branches, `joined` between a step and what follows it; branches that go on alike share their tail. */
function expressionOf(branches: Branches, joined: string, stepOf: (steps: string[]) => string): string {
  const tails = new Map<string, string[]>();
  for (const [step, more] of branches) {
    if (step === '') continue;
    const tail = expressionOf(more, joined, stepOf);
    tails.set(tail, [...(tails.get(tail) ?? []), step]);
  }
  if (tails.size === 0) return '';
  const body = `${joined}(?:${[...tails].map(([tail, steps]) => stepOf(steps) + tail).join('|')})`;
  return branches.has('') ? `(?:${body})?` : body;
}

/** Some words as an expression over their letters, so that words which begin alike are told apart once. */
const anyOf = (words: readonly string[]): string => expressionOf(branchesOf(words.map((word) => [...word])), '', (letters) => classOf(letters));
const classOf = (letters: readonly string[]): string => (letters.length === 1 ? literal(letters[0] ?? '') : `(?:${letters.map(literal).join('|')})`);

/**
 * The quickest of the forms that were tried: a look ahead at the first word, then the phrase. As flat alternatives V8 refuses it (20,000 phrases); as the
 * patterns are written it takes six times as long; without the look ahead three times.
 */
export function bareTargets(): RegExp {
  const phrases = [
    ...HEADS.phrases((meaning) => meaning !== 'none'),
    ...CONCEPTS.phrases(({ target }) => target !== 'none'),
    ...DEFORMITIES.phrases(({ need }) => need !== 'none'),
    ...ADVICE.phrases(({ sort }) => sort !== 'none'),
  ].map((phrase) => phrase.split(' '));
  // A mark has no edge of a word: "#" is told by the look ahead alone.
  const words = phrases.filter(([first]) => /\w/.test(first ?? ''));
  const first = anyOf([...new Set(words.map(([word]) => word ?? ''))]);
  const all = expressionOf(branchesOf(words), String.raw`[\s-]+`, anyOf).slice(String.raw`[\s-]+`.length);
  return new RegExp(String.raw`\b(?:(?=${first}\b)${all}|${LEVELS})\b`, 'gi');
}
