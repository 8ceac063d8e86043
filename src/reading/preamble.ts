/** Where a request ends in a report that has no heading for its findings: "History: fall. Acute fracture of L1." */
import type { HeadingMeaning } from './headings.ts';
import type { Sentence } from './sentences.ts';
import type { Tokens } from './tokens.ts';
import { wordSet } from './word-set.ts';

/** Words of one who asks for a picture or tells the story, and not of one who reads it. */
const REQUESTING = wordSet(`
  ?; query; queried; rule; ruling; evaluate; evaluation; assess; assessment; exclude; please; history; hx; h; pmh; pain; painful; presents; presented; presenting;
  known; s; sp; status; previous; previously; prior; recent; suspected; suspicion; suspect; fall; fell; fallen; falls; injury; trauma; rta; rtc; mva; mvc; year; years; yo; yr; ago;
  patient; complains; complaining; tenderness; tender; concern; worsening; weakness; numbness; fever; cough; he; she; his; her; who; whether; if
`);
const REQUESTS = new Set<HeadingMeaning['section']>(['history', 'technique', 'comparison']);
const FINDINGS: HeadingMeaning = { section: 'findings', sort: 'plain' };

const isRequest = ({ section, sort }: HeadingMeaning): boolean => sort === 'title' || (sort === 'plain' && REQUESTS.has(section));

/**
 * The sentences with the findings told apart. A report with a heading for its findings is left as it is. In any other, what follows the first
 * sentence under a title, a history, a technique or a comparison is the report itself, from the first sentence on that asks nothing and tells no story; where
 * there is a heading for the impression, that sentence must open a line: a history that is kept apart so well may be long.
 */
export function endPreamble(tokens: Tokens, sentences: readonly Sentence[]): readonly Sentence[] {
  const has = (section: HeadingMeaning['section']): boolean => sentences.some(({ meaning }) => meaning.section === section);
  if (has('findings') || !sentences.some(({ meaning }) => isRequest(meaning))) return sentences;
  const concludes = has('impression');
  let opening: HeadingMeaning | null = null;
  let reporting = false;
  return sentences.map((sentence) => {
    const { meaning } = sentence;
    if (meaning !== opening) {
      opening = meaning;
      reporting = false;
      return sentence;
    }
    const opens = !concludes || (tokens.linesBefore[sentence.first] ?? 0) > 0;
    reporting ||= opens && isRequest(meaning) && !REQUESTING.holdsAny(tokens, sentence.first, sentence.last);
    return reporting ? { ...sentence, meaning: FINDINGS } : sentence;
  });
}
