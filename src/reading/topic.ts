/** What each sentence's surroundings are about, so that "Fractures are present." under "Ribs:" is not a vertebral one. */

import type { BoneMention } from './anatomy.ts';
import type { Surroundings } from './fractures.ts';
import type { Sentence } from './sentences.ts';
import type { Tokens } from './tokens.ts';
import { WordSet, wordSet } from './word-set.ts';

const IMAGING = wordSet(`
  xr; ct; mri; mr; radiograph; radiographs; xray; view; views; scan; film; films; exam; study; x; plain
`);

/** Regions and organs rather than bones: "Pelvis: normal. No fracture." is not about the pelvis any more. */
const NOT_A_TOPIC = wordSet(`
  pelvis; pelvic; kidney; renal; liver; hepatic; spleen; splenic; penile; head; face; facial; frontal; parietal; occipital; temporal; device; lead; leads; wire; wires; plate;
  filter; needle; catheter; stent; hardware; chest; bony; arm; arms; leg; legs; limb; extremity; extremities; instrumentation; implant; osteophyte; osteophytes;
  facet; facets; pedicle; pedicles; lamina; pars; posterior; syndesmophyte; iliac
`);
const BONES_AT_ALL = new WordSet(['bones', 'bone', 'osseous', 'bony', 'skeletal', 'skeleton', 'musculoskeletal', 'msk']);

/** What one sentence is about by the bones it names: the last named, since a thing just spoken of is what comes next. */
function aboutOf(tokens: Tokens, bones: readonly BoneMention[]): Surroundings {
  const vertebral = bones.some((bone) => bone.bone === 'vertebral' || bone.bone === 'level');
  const other = bones.some((bone) => (bone.bone === 'other' || bone.bone === 'part') && !NOT_A_TOPIC.holds(tokens, bone.first));
  return vertebral ? 'vertebral' : other ? 'other' : 'unknown';
}

/** The examination's region, from its title or from an opening sentence that names a kind of picture. */
function titleOf(tokens: Tokens, sentences: readonly Sentence[], about: readonly Surroundings[]): Surroundings {
  for (const [index, sentence] of sentences.slice(0, 12).entries()) {
    const isTitle =
      sentence.meaning.sort === 'title' || (sentence.meaning.section === 'other' && IMAGING.holdsAny(tokens, sentence.first, sentence.last));
    const found = about[index] ?? 'unknown';
    if (isTitle && found !== 'unknown') return found;
  }
  return 'unknown';
}

const opensOnBones = (tokens: Tokens, sentence: Sentence): boolean => BONES_AT_ALL.holdsAny(tokens, sentence.first, sentence.first + 3);

/** For each sentence (with the bones named in it): what the sentence before it in the same paragraph is about, else the examination. */
export function followTopic(tokens: Tokens, sentences: readonly Sentence[], bones: readonly (readonly BoneMention[])[]): Surroundings[] {
  const about = bones.map((named) => aboutOf(tokens, named));
  const title = titleOf(tokens, sentences, about);
  let current: Surroundings = 'unknown';
  return sentences.map((sentence, index) => {
    // "Bones: no fracture" is about all of them, whatever came before.
    if (!sentence.continues || opensOnBones(tokens, sentence)) current = 'unknown';
    const before = current;
    const own = about[index] ?? 'unknown';
    if (own !== 'unknown') current = own;
    return before === 'unknown' ? title : before;
  });
}
